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
        standing = [hit for hit in found.hits if hit.off is None]
        have = {hit.concept for hit in standing}
        out = []
        for trigger in self._triggers:
            if have.isdisjoint(trigger.any) or any(have.isdisjoint(g) for g in trigger.near):
                continue
            hits = self._stands(trigger, standing, found.hits)
            if hits:
                rule = trigger.rule
                words = "…".join(dict.fromkeys(text[hit.start : hit.end] for hit in hits))
                fact = FactKind(rule["fact"])
                out.append(
                    StandingFact(
                        fact, rule["category"], words, f"trigger:{trigger.key}", rule["clause"],
                        rule["hazard"],
                    )
                )  # fmt: skip
        return tuple(out)

    @staticmethod
    def _stands(trigger: _Trigger, standing: list[Hit], everything: list[Hit]) -> list[Hit]:
        for first in standing:
            if first.concept not in trigger.any:
                continue
            low, high = first.start - trigger.within, first.end + trigger.within
            if any(h.concept in trigger.without and low <= h.start <= high for h in everything):
                continue
            hits = [first]
            for group in trigger.near:
                near = next(
                    (h for h in standing
                     if h.concept in group and low <= h.start <= high and h not in hits),
                    None,
                )  # fmt: skip
                if near is None:
                    break
                hits.append(near)
            else:
                return sorted(hits, key=lambda hit: hit.start)
        return []
