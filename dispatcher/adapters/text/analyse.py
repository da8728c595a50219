"""One text looked at once: normalised, matched, located, and turned into features."""

from dataclasses import dataclass
from typing import NamedTuple

from . import features
from .grown import Memory, boundary
from .lexicon import NO_PHRASES, Findings, Lexicon, Phrases
from .normal import Normaliser
from .places import NO_NAMES, Gazetteer, Located, Names, located
from .rulebook import RuleBook
from .sound import Sounds


@dataclass(frozen=True, slots=True)
class Analysis:
    """``text`` is normalised; offsets everywhere refer to it."""

    text: str
    truncated: bool
    found: Findings
    located: Located
    masked: str
    masked_sound: str
    signs: set[str]
    ends: set[str]

    def masked_at(self, at: int) -> int:
        """Where offset ``at`` of ``text`` is in ``masked``."""
        return _masked_at(self.located, at)

    @property
    def grams(self) -> set[str]:
        """All runs, known to a model or not: only training needs them."""
        return features.grams(self.masked, self.masked_sound)


class _Begun(NamedTuple):
    """What is settled by the beginning of a text, whatever follows."""

    sound: str
    phrases: Phrases
    names: Names


class Analyser:
    """Everything built from the rule book once. Pure, safe to call from several threads."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self.sounds = Sounds(book.syllables)
        self._normal = Normaliser(book.traditional)
        self._lexicon = Lexicon(book, self.sounds)
        self._places = Gazetteer(book, self.sounds)
        self._memory = Memory(_Begun("", NO_PHRASES, NO_NAMES))

    def __call__(self, raw: str) -> Analysis:
        normal = self._normal(raw)
        text = normal.text
        length, known = self._memory.begun(text)
        sound = known.sound + self.sounds(text[length:])
        phrases = self._lexicon.phrases(text, sound, known.phrases)
        names = self._places.named(text, sound, known.names)
        end = boundary(len(text))
        if end > length:
            settled = self._lexicon.settled(phrases, end), self._places.settled(names, end)
            self._memory.keep(text[:end], _Begun(sound[:end], *settled))
        found = self._lexicon.findings(text, phrases)
        where = located(text, names)
        places = [(m.start, m.end) for m in where.mentions]
        masked = features.masked(text, places)
        signs = features.signs(text, found)
        heard = features.masked(sound, places) if places else sound
        backwards = (_masked_at(where, start) for start, _ in reversed(found.clauses))
        ends = features.ends(masked, backwards)
        return Analysis(text, normal.truncated, found, where, masked, heard, signs, ends)


def _masked_at(located: Located, at: int) -> int:
    before = (m for m in located.mentions if m.end <= at)
    return at - sum(m.end - m.start - len(features.PLACE) for m in before)
