"""One spelling for one text: NFKC, simplified characters, no control characters, no emoji.

Everything after this module works on normalised text; offsets in findings refer to it.
Punctuation stays, since clauses are cut at it; full-width forms become half-width by NFKC.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

MAX_CHARS = 8_000
"""Longer texts are read at their beginning and their end, half each (never a stall)."""

_NOISE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffd"
    "\u2190-\u2bff\U0001f000-\U0001faff\U000e0000-\U000e007f\ud800-\udfff]+"
)
_PLAIN = re.compile("[\u4e00-\u9fff0-9a-z,.。!?;:、]*")
"""Most texts are of these alone, which every step but the last leaves as they are."""
_SPACES = re.compile(r"\s+")
_REPEATED = re.compile(r"(.)\1{3,}")
_HAN_GAP = re.compile("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_HAN = re.compile("[\u4e00-\u9fff]")
_SPACED_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Normalised:
    """``text`` is what is read; ``truncated`` says that the middle of a huge text was left out."""

    text: str
    truncated: bool


class Normaliser:
    """Callable ``str -> Normalised``; pure, never raises for any string (also lone surrogates)."""

    def __init__(self, traditional: Mapping[str, str]) -> None:
        """``traditional`` maps one traditional or variant character to its simplified form."""
        self._table = {ord(old): new for old, new in traditional.items()}
        self._old = frozenset(traditional)

    def __call__(self, raw: str) -> Normalised:
        truncated = len(raw) > MAX_CHARS
        if truncated:
            half = MAX_CHARS // 2
            raw = raw[:half] + "\n" + raw[-half:]
        if _PLAIN.fullmatch(raw) and self._old.isdisjoint(raw):
            return Normalised(_REPEATED.sub(r"\1\1\1", raw), truncated)
        text = _NOISE.sub(" ", raw)
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", text)
        if not self._old.isdisjoint(text):
            text = text.translate(self._table)
        text = _SPACES.sub(" ", text).strip().lower()
        return Normalised(_join_spaced(_REPEATED.sub(r"\1\1\1", text)), truncated)


def _join_spaced(text: str) -> str:
    """Undo letter-spaced writing (煤 气 漏 了), but keep spaces that stand for pauses."""
    gaps = len(_HAN_GAP.findall(text))
    if gaps > 2 and gaps > _SPACED_SHARE * len(_HAN.findall(text)):
        return _HAN_GAP.sub("", text)
    return text


def read_table(lines: str) -> dict[str, str]:
    """Parse ``简 繁繁`` lines into {traditional: simplified}; ``#`` starts a comment line."""
    table: dict[str, str] = {}
    for line in lines.splitlines():
        if not line.startswith("#") and " " in line:
            target, variants = line.split(" ", 1)
            table.update(dict.fromkeys(variants, target))
    return table
