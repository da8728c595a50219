"""The several matters of one call: each sentence judged by itself, the same matter told once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dispatcher.core.classify import Matter, StandingFact
from dispatcher.core.ids import CATEGORIES, CaseClass

from .analyse import Analysis
from .model import LABELS, Model, Opinion, RunsFound
from .places import district_of

_SENTENCE = re.compile(
    r"[。!?;\n]+|\.{3}|(?=另外|还有(?:一[件个]|个事|就是|我|想问)|顺便|对了,|再一个|第二[件个])"
)
_SHORTEST = 8
_SURE = 0.6
_MAX = 5
_NAMES = 40


@dataclass(frozen=True, slots=True)
class Part:
    """One sentence of several, at [start, end), read by its learned runs alone (``rows``)."""

    start: int
    end: int
    rows: list[int]
    opinion: Opinion


def parts_of(model: Model, seen: Analysis, runs: RunsFound) -> list[Part]:
    """The sentences of a text that has more than one; else none."""
    cuts = _sentences(seen.text)
    if len(cuts) < 2:
        return []
    owner = [-1] * (len(seen.masked) + 1)
    for number, (start, end) in enumerate(cuts):
        begin, stop = seen.masked_at(start), seen.masked_at(end)
        owner[begin:stop] = [number] * (stop - begin)
    rows = runs.by_part(owner, len(cuts))
    opinions = model.judge_parts(rows)
    read = zip(cuts, rows, opinions, strict=True)
    return [Part(start, end, found, opinion) for (start, end), found, opinion in read]


def matters_of(
    parts: Sequence[Part], seen: Analysis, facts: Sequence[StandingFact]
) -> tuple[Matter, ...]:
    """Up to five matters, most urgent first; empty when the text is one sentence.

    A sentence is what its fact says, else what its learned runs say when one label is likely.
    """
    best: dict[str, tuple[float, Matter]] = {}
    for part in parts:
        here = next((fact for fact in facts if part.start <= fact.at < part.end), None)
        if here is not None:
            p, label, rule, clause = 1.0, here.category, here.rule, here.clause
        else:
            p, rule, clause = max(part.opinion.labels), "model", ""
            label = LABELS[part.opinion.labels.index(p)]
        if p >= _SURE and (label not in best or p > best[label][0]):
            where = district_of(seen.located, part.start, part.end)
            words = seen.text[part.start : part.end].strip(" ,")[:_NAMES]
            best[label] = p, _matter(label, words, where, rule, clause)
    found = sorted((matter for _, matter in best.values()), key=lambda m: -m.case_class.urgency)
    return tuple(found[:_MAX])


def _sentences(text: str) -> list[tuple[int, int]]:
    out, start = [], 0
    for match in _SENTENCE.finditer(text):
        if match.start() - start >= _SHORTEST:
            out.append((start, match.start()))
            start = match.end()
    if len(text) - start >= _SHORTEST:
        out.append((start, len(text)))
    return out


def _matter(label: str, words: str, where: str | None, rule: str, clause: str) -> Matter:
    if label in CATEGORIES:
        return Matter(CATEGORIES[label][1], label, words, where, rule, clause)
    return Matter(CaseClass(label), None, words, where, rule, clause)
