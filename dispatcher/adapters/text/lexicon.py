"""Finding phrases: one overlapping Aho-Corasick pass over the text, one over its sounds."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from .rulebook import RuleBook
from .scopes import Cue, Span, clauses, spans
from .sound import Sounds

_MIN_SOUND = 3
"""Shorter phrases collide with too many others by sound; they must be listed one by one."""


class Hit(NamedTuple):
    """A phrase of ``concept`` at characters [start, end). ``off`` is what discounts it, or None."""

    concept: str
    start: int
    end: int
    off: Span | None
    by_sound: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """All hits in text order, the scopes found, and the clauses as [start, end)."""

    hits: list[Hit]
    spans: list[Span]
    cues: list[Cue]
    clauses: list[tuple[int, int]]


class Lexicon:
    """``find`` is pure and safe to call from several threads."""

    def __init__(self, book: RuleBook, sounds: Sounds) -> None:
        self._sounds = sounds
        self._words: dict[str, list[str]] = {}
        self._cues: dict[str, list[str]] = {}
        self._masks: dict[str, list[str]] = {}
        self._unlike: set[str] = set()
        self._hiding = {key for key, rule in book.concepts.items() if rule["hides"]}
        heard: dict[str, list[str]] = {}
        for key, rule in book.concepts.items():
            for term in rule["terms"]:
                self._words.setdefault(term, []).append(key)
                if rule["homophone"] and len(term) >= _MIN_SOUND:
                    heard.setdefault(sounds(term), []).append(key)
            for term in rule["sounds"]:
                heard.setdefault(sounds(term), []).append(key)
            self._unlike.update(rule["unlike"])
        for key, scope in book.scopes.items():
            for term in scope["terms"]:
                self._cues.setdefault(term, []).append(key)
            for term in scope["mask"]:
                self._masks.setdefault(term, []).append(key)
        self._reach = {key: (rule["reach"], rule["span"]) for key, rule in book.scopes.items()}
        self._patterns = list({**self._words, **self._cues, **self._masks})
        self._roles = [
            (self._words.get(p, ()), self._cues.get(p, ()), self._masks.get(p, ()))
            for p in self._patterns
        ]
        self._plain = AhoCorasick(self._patterns, matchkind=MatchKind.Standard)
        self._heard = {s: list(dict.fromkeys(keys)) for s, keys in heard.items()}
        self._heard_patterns = list(self._heard)
        self._by_sound = AhoCorasick(self._heard_patterns, matchkind=MatchKind.Standard)

    def find(self, text: str, sound: str) -> Findings:
        """Phrases in normalised ``text``; ``sound`` is ``Sounds()(text)``."""
        words, cues = self._plain_hits(text)
        cut = clauses(text)
        off = spans(cues, cut, len(text))
        hiding = [(start, end) for start, end, key in words if key in self._hiding]
        if hiding:
            words = [word for word in words if not _hidden(word, hiding)]
        taken = {(start, end, key) for start, end, key in words}
        heard = [h for h in self._heard_hits(text, sound) if h not in taken]
        hits = [Hit(key, s, e, _discount(off, s, e)) for s, e, key in words]
        hits += [Hit(key, s, e, _discount(off, s, e), True) for s, e, key in heard]
        hits.sort(key=lambda hit: (hit.start, hit.end))
        return Findings(hits, off, cues, cut)

    def _plain_hits(self, text: str) -> tuple[list[tuple[int, int, str]], list[Cue]]:
        words: list[tuple[int, int, str]] = []
        found: list[tuple[int, int, str]] = []
        masks: list[tuple[int, int, str]] = []
        roles = self._roles
        for pattern, start, end in self._plain.find_matches_as_indexes(text, overlapping=True):
            concepts, scopes, masked = roles[pattern]
            for key in concepts:
                words.append((start, end, key))
            for key in scopes:
                found.append((start, end, key))
            for key in masked:
                masks.append((start, end, key))
        cues = [
            Cue(key, *self._reach[key], start, end)
            for start, end, key in found
            if not any(s <= start and end <= e and key == k for s, e, k in masks)
        ]
        cues.sort(key=lambda cue: (cue.start, -cue.end))
        return words, cues

    def _heard_hits(self, text: str, sound: str) -> list[tuple[int, int, str]]:
        out = []
        matches = self._by_sound.find_matches_as_indexes(sound, overlapping=True)
        for pattern, start, end in matches:
            surface = text[start:end]
            if surface in self._words or surface in self._unlike:
                continue
            out += [(start, end, key) for key in self._heard[self._heard_patterns[pattern]]]
        return out


def _discount(off: list[Span], start: int, end: int) -> Span | None:
    """The first span in which a phrase at [start, end) begins; its own cue does not count."""
    for span in off:
        if span[1] <= start < span[2]:
            cue = span[3]
            if not (start <= cue[3] and cue[4] <= end):
                return span
    return None


def _hidden(word: tuple[int, int, str], hiding: list[tuple[int, int]]) -> bool:
    start, end, _ = word
    return any(s <= start and end <= e and end - start < e - s for s, e in hiding)


def clause_at(cut: list[tuple[int, int]], position: int) -> int:
    """Index of the clause that holds ``position`` (the nearest one before it otherwise)."""
    return max(0, bisect_right(cut, (position, 1 << 60)) - 1)
