"""Trigger facts (Q-R2.1e-02): concepts that stand close together, after negation and tense."""

from dataclasses import dataclass
from typing import Any

from dispatcher.core.classify import Because, Discount, FactKind, StandingFact

from .lexicon import Findings, Hit
from .rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class _Trigger:
    key: str
    rule: dict[str, Any]
    any: frozenset[str]
    near: tuple[frozenset[str], ...]
    without: frozenset[str]
    within: int


class Triggers:
    """All triggers of the rule book."""

    def __init__(self, book: RuleBook) -> None:
        self._triggers = [
            _Trigger(
                key, rule, frozenset(rule["any"]), tuple(map(frozenset, rule["near"])),
                frozenset(rule["without"]), rule["within"],
            )
            for key, rule in book.triggers.items()
        ]  # fmt: skip

    def believed(
        self, text: str, found: Findings, major: float, floor: float
    ) -> tuple[tuple[StandingFact, ...], tuple[Discount, ...]]:
        """The facts that stand, and those that the learned reading does not believe: it gives the
        whole statement less than ``floor`` (negation and tense no cue has shown)."""
        facts = self.find(text, found)
        if major >= floor:
            return facts, ()
        doubted = (Discount(f.words, "model", Because.DISBELIEVED, f.rule, f.clause) for f in facts)
        return (), tuple(doubted)

    def find(self, text: str, found: Findings) -> tuple[StandingFact, ...]:
        """The facts that stand, at most one for each trigger."""
        standing: dict[str, list[Hit]] = {}
        everything: dict[str, list[Hit]] = {}
        for hit in found.hits:
            everything.setdefault(hit.concept, []).append(hit)
            if hit.off is None:
                standing.setdefault(hit.concept, []).append(hit)
        have = standing.keys()
        out = []
        for trigger in self._triggers:
            if have.isdisjoint(trigger.any) or any(map(have.isdisjoint, trigger.near)):
                continue
            hits = _stands(trigger, standing, everything)
            if hits:
                rule = trigger.rule
                words = "…".join(dict.fromkeys(text[hit.start : hit.end] for hit in hits))
                out.append(
                    StandingFact(
                        FactKind(rule["fact"]), rule["category"], words, f"trigger:{trigger.key}",
                        rule["clause"], rule["hazard"], hits[0].start,
                    )
                )  # fmt: skip
        return tuple(out)


Hits = dict[str, list[Hit]]


def _stands(trigger: _Trigger, standing: Hits, everything: Hits) -> list[Hit]:
    """The hits that make the trigger stand, in text order; empty when it does not."""
    firsts = [hit for name in trigger.any for hit in standing.get(name, ())]
    for first in sorted(firsts, key=lambda hit: (hit.start, hit.end, hit.concept)):
        low, high = first.start - trigger.within, first.end + trigger.within
        if _among(trigger.without, everything, low, high, []):
            continue
        hits = [first]
        for group in trigger.near:
            near = _among(group, standing, low, high, hits)
            if near is None:
                break
            hits.append(near)
        else:
            return sorted(hits, key=lambda hit: hit.start)
    return []


def _among(names: frozenset[str], hits: Hits, low: int, high: int, used: list[Hit]) -> Hit | None:
    """The first hit of one of ``names`` that begins in [low, high] and is not ``used``."""
    found = [
        hit
        for name in names
        for hit in hits.get(name, ())
        if low <= hit.start <= high and hit not in used
    ]
    return min(found, key=lambda hit: (hit.start, hit.end, hit.concept), default=None)
