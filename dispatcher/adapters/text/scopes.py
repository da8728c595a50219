"""Clauses, and what takes a word out of the here and now: negation, tense, hypothesis, questions.

A *cue* (没有, 去年, 万一 …) opens a *span* of text; a word that begins inside it is discounted.
How far a cue reaches is data (`rules/classification/scopes.yaml`).
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

Reach = Literal["before", "after", "clause", "next", "rest", "back", "text"]

NOW = "now"
"""The scope that ends a ``rest`` reach; it discounts nothing."""

_BOUNDARY = re.compile(r"[,。!?;、:~\n ]+|\.{2,}|-{2,}")
_CONNECTIVE = re.compile(
    "但是|可是|不过|结果|然后|现在|刚才|刚刚|今天|后来|就是说|因为|所以|反正|还有"
)
_LONG_CLAUSE = 16


class Cue(NamedTuple):
    """A scope word found in the text, at characters [start, end)."""

    scope: str
    reach: Reach
    span: int
    start: int
    end: int


class Span(NamedTuple):
    """Characters [start, end) that the cue takes out of the here and now."""

    scope: str
    start: int
    end: int
    cue: Cue


def clauses(text: str) -> list[tuple[int, int]]:
    """Cut at punctuation and pauses; long unpunctuated runs also before connectives."""
    out: list[tuple[int, int]] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        _cut(text, start, match.start(), out)
        start = match.end()
    _cut(text, start, len(text), out)
    return out or [(0, len(text))]


def _cut(text: str, start: int, end: int, out: list[tuple[int, int]]) -> None:
    if end - start > _LONG_CLAUSE:
        for match in _CONNECTIVE.finditer(text, start + 4, end):
            if match.start() - start >= 4:
                out.append((start, match.start()))
                start = match.start()
    if end > start:
        out.append((start, end))


def spans(cues: Sequence[Cue], cut: Sequence[tuple[int, int]], length: int) -> list[Span]:
    """The spans of all cues, in text order. ``cut`` are the clauses of a text of ``length``."""
    nows = [cue.start for cue in cues if cue.scope == NOW]
    out = []
    for cue in cues:
        if cue.scope == NOW:
            continue
        start, end = _reach(cue, cut, length, nows)
        if end > start:
            out.append(Span(cue.scope, start, end, cue))
    return out


def _reach(
    cue: Cue, cut: Sequence[tuple[int, int]], length: int, nows: Sequence[int]
) -> tuple[int, int]:
    index = next((i for i, (_, end) in enumerate(cut) if end > cue.start), len(cut) - 1)
    first, last = cut[index]
    match cue.reach:
        case "before":
            return cue.end, min(cue.end + cue.span, last)
        case "after":
            return max(first, cue.start - cue.span), cue.start
        case "clause":
            return first, last
        case "next":
            return first, cut[min(index + 1, len(cut) - 1)][1]
        case "rest":
            later = next((at for at in nows if at > cue.start), length)
            return first, later
        case "back":
            return 0, last
        case "text":
            return 0, length
