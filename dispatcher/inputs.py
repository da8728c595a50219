"""What the loop decides about beside facts and commands, and what one turn of it gathers."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from . import snapshots
from .core.case import CaseState
from .core.effects import Effect
from .core.engine import Decision
from .core.handover import Handover
from .core.ids import CaseId
from .core.rules import Rules
from .ports import Commit, Frame, Performed


@dataclass(slots=True)
class Input:
    """One thing to decide. ``answer`` is resolved after the commit."""

    given: Any
    actor: str = "system"
    answer: asyncio.Future[list[CaseId]] | None = None


@dataclass(frozen=True, slots=True)
class EffectDone:
    """An effect's end, to be written with the next group."""

    effect: Effect
    performed: Performed


@dataclass(frozen=True, slots=True)
class WriteOffsDue:
    """Performed effects have waited long enough for a group to go with."""


@dataclass(frozen=True, slots=True)
class RulesChanged:
    """A new, checked version of the rules: it counts for what comes."""

    rules: Rules


@dataclass(frozen=True, slots=True)
class Recalled:
    """A command about a closed case, with the case as its ledger has it."""

    command: Any
    case: CaseState
    handover: Handover | None


@dataclass(slots=True)
class Batch:
    """What one turn of the loop gathers."""

    commits: list[Commit] = field(default_factory=list)
    decisions: list[Decision | None] = field(default_factory=list)
    answers: list[tuple[Input, list[CaseId]]] = field(default_factory=list)
    live: list[Frame] = field(default_factory=list)

    def add(self, commit: Commit, decision: Decision | None) -> None:
        self.commits.append(commit)
        self.decisions.append(decision)


def finished_by(given: Any) -> tuple[tuple[str, str], ...]:
    """The outbox entry that an input writes off, whatever is decided about it."""
    if not isinstance(given, EffectDone):
        return ()
    return ((given.effect.key, given.performed.outcome.value),)


def commit_of(decision: Decision, finished: tuple[tuple[str, str], ...]) -> Commit:
    """A decision as the store keeps it, with the outbox entries it writes off."""
    assert decision.case is not None
    row = snapshots.row_of(decision.case, decision.handover, decision.wake_at)
    return Commit(
        decision.case_id,
        decision.expected_seq,
        decision.events,
        row if decision.events else None,
        decision.effects,
        finished,
    )


def fail(given: Input, error: Exception) -> None:
    """Tell who waits for the answer."""
    if given.answer is not None and not given.answer.done():
        given.answer.set_exception(error)
