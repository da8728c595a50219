"""Finding phrases: one overlapping Aho-Corasick pass over the text, one over its sounds."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from operator import itemgetter
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


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases (``off`` not yet told) and cues in text order that begin before ``until``."""

    until: int
    hits: list[Hit]
    cues: list[Cue]


NO_PHRASES = Phrases(0, [], [])


class Lexicon:
    """Pure, and safe to call from several threads."""

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
        self._longest = max(map(len, [*self._patterns, *self._heard_patterns]), default=0)

    def findings(self, text: str, phrases: Phrases) -> Findings:
        """What the ``phrases`` of ``text`` amount to: each beside what discounts it."""
        cut = clauses(text)
        off = spans(phrases.cues, cut, len(text))
        return Findings(_discounted(phrases.hits, off), off, phrases.cues, cut)

    def phrases(self, text: str, sound: str, known: Phrases) -> Phrases:
        """All phrases of normalised ``text``; ``sound`` is ``Sounds()(text)``. Those that begin
        before ``known.until`` are ``known``."""
        until = known.until
        skip = max(0, until - self._longest)  # what begins here may hide or mask what follows
        rest = text[skip:]
        words, cues = self._plain_hits(rest, skip)
        hiding = [(start, end) for start, end, key in words if key in self._hiding]
        if hiding:
            words = [word for word in words if not _hidden(word, hiding)]
        taken = set(words)
        heard = [h for h in self._heard_hits(rest, sound[skip:], skip) if h not in taken]
        hits = [Hit(key, start, end, None) for start, end, key in words if start >= until]
        hits += [Hit(key, start, end, None, True) for start, end, key in heard if start >= until]
        hits.sort(key=itemgetter(1, 2))
        later = [cue for cue in cues if cue.start >= until]
        return Phrases(len(text), known.hits + hits, known.cues + later)

    def settled(self, phrases: Phrases, length: int) -> Phrases:
        """Those of a text's ``phrases`` that every text with the same first ``length`` characters
        has too: they begin so early that nothing can hide, mask or lengthen them any more."""
        until = max(0, length - self._longest)
        hits = [hit for hit in phrases.hits if hit.start < until]
        return Phrases(until, hits, [cue for cue in phrases.cues if cue.start < until])

    def _plain_hits(self, text: str, at: int) -> tuple[list[tuple[int, int, str]], list[Cue]]:
        """Phrases and cues of ``text``, which begins at offset ``at`` of the whole."""
        words: list[tuple[int, int, str]] = []
        found: list[tuple[int, int, str]] = []
        masks: list[tuple[int, int, str]] = []
        roles = self._roles
        for pattern, start, end in self._plain.find_matches_as_indexes(text, overlapping=True):
            concepts, scopes, masked = roles[pattern]
            start += at
            end += at
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

    def _heard_hits(self, text: str, sound: str, at: int) -> list[tuple[int, int, str]]:
        out = []
        matches = self._by_sound.find_matches_as_indexes(sound, overlapping=True)
        for pattern, start, end in matches:
            surface = text[start:end]
            if surface in self._words or surface in self._unlike:
                continue
            keys = self._heard[self._heard_patterns[pattern]]
            out += [(start + at, end + at, key) for key in keys]
        return out


def _discounted(hits: list[Hit], off: list[Span]) -> list[Hit]:
    """The hits, each with the first span in which it begins; its own cue does not count."""
    out = list(hits)
    starts = [hit[1] for hit in hits]
    for span in off:
        _, _, _, first, last = span[3]
        for at in range(bisect_left(starts, span[1]), bisect_left(starts, span[2])):
            key, start, end, discount, by_sound = out[at]
            if discount is None and not (start <= first and last <= end):
                out[at] = Hit(key, start, end, span, by_sound)
    return out


def _hidden(word: tuple[int, int, str], hiding: list[tuple[int, int]]) -> bool:
    start, end, _ = word
    return any(s <= start and end <= e and end - start < e - s for s, e in hiding)


def clause_at(cut: list[tuple[int, int]], position: int) -> int:
    """Index of the clause that holds ``position`` (the nearest one before it otherwise)."""
    return max(0, bisect_right(cut, (position, 1 << 60)) - 1)
