"""A statutory clock: basis, limit, ceiling, and the marks between them.

Rules of this file:

* The basis never moves; all marks are absolute instants computed from it (R2.1d-e, AMB-03).
* Marks before the limit are percentages of (due - basis), those after it of (ceiling - basis).
* A mark fires exactly once: a code fired in an earlier clock version is not fired again, one
  that a new version puts into the past fires at once.
* A stopped clock fires nothing; a rejected report re-opens it with all its old marks.
* Time is an argument: `due_marks` says what must fire now, `next_mark_at` when to wake.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .ids import AssignmentId, DeadlineId, Instant
from .rules import Policy
from .values import replace

UNIT_BEFORE = ("B1", "B2", "B3", "B4")
UNIT_AFTER = ("B5", "B6", "B7")
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Fired:
    code: str
    ordinal: int
    version: int
    due_at: Instant
    at: Instant
    held: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """One clock. ``assignment`` is None for the case clock."""

    id: DeadlineId
    assignment: AssignmentId | None
    basis_at: Instant
    due_at: Instant
    ceiling_at: Instant
    version: int = 1
    stopped_at: Instant | None = None
    stop_reason: str = ""
    fired: tuple[Fired, ...] = ()

    @property
    def running(self) -> bool:
        return self.stopped_at is None

    def has_fired(self, code: str, ordinal: int = 0) -> bool:
        return (code, ordinal) in [(f.code, f.ordinal) for f in self.fired]

    @property
    def held(self) -> bool:
        """The limit passed while a report was being given, and that is still undecided."""
        held = [f for f in self.fired if f.code == "B4" and f.held]
        return bool(held) and not self.has_fired("B4", 1)


@dataclass(frozen=True, slots=True)
class Mark:
    """One instant at which something must happen."""

    at: Instant
    code: str
    ordinal: int = 0


def start(
    deadline: DeadlineId, assignment: AssignmentId | None, basis_at: Instant, policy: Policy
) -> Deadline:
    """A fresh clock from its basis and the policy's limits."""
    return Deadline(
        deadline, assignment, basis_at, basis_at + policy.limit_ms, basis_at + policy.ext_limit_ms
    )


def upgraded(deadline: Deadline, policy: Policy, now: Instant) -> Deadline:
    """Stricter limits from ``now`` on, never later than before (AMB-10, TV09)."""
    return replace(
        deadline,
        version=deadline.version + 1,
        due_at=min(deadline.due_at, now + policy.limit_ms),
        ceiling_at=min(deadline.ceiling_at, now + policy.ext_limit_ms),
    )


def marks(deadline: Deadline, policy: Policy) -> Iterator[Mark]:
    """All marks of this clock in time order; the last of them (B8) repeat without end."""
    if deadline.assignment is None:
        yield Mark(deadline.due_at, "CASE_LIMIT")
        yield Mark(deadline.ceiling_at, "CASE_EXT_LIMIT")
        return
    span = deadline.due_at - deadline.basis_at
    for pct, code in zip(policy.marks_pct, UNIT_BEFORE, strict=True):
        yield Mark(deadline.basis_at + span * pct // 100, code)
    whole = deadline.ceiling_at - deadline.basis_at
    for pct, code in zip(policy.ext_marks_pct, UNIT_AFTER, strict=True):
        yield Mark(deadline.basis_at + whole * pct // 100, code)
    yield from _repeats(deadline, policy)


def _repeats(deadline: Deadline, policy: Policy) -> Iterator[Mark]:
    at, ordinal = deadline.ceiling_at, 0
    hourly = max(1, HOUR_MS // policy.time_scale)
    while True:
        at += policy.repeat_ms if ordinal < policy.repeats_before_hourly else hourly
        yield Mark(at, "B8", ordinal)
        ordinal += 1


def pending(deadline: Deadline, policy: Policy) -> Iterator[Mark]:
    """Marks that have not fired, in time order; repeats before a fired one are passed over."""
    done = {(f.code, f.ordinal) for f in deadline.fired}
    repeated = max((f.ordinal for f in deadline.fired if f.code == "B8"), default=-1)
    return (
        m
        for m in marks(deadline, policy)
        if (m.code, m.ordinal) not in done and not (m.code == "B8" and m.ordinal <= repeated)
    )


def due_marks(deadline: Deadline, policy: Policy, now: Instant) -> list[Mark]:
    """What must fire at ``now``, overdue ones included, in order.

    Of the repeats only the latest missed one counts: a restart after an hour must not ring the
    same person twelve times at once.
    """
    if not deadline.running:
        return []
    due: list[Mark] = []
    for mark in pending(deadline, policy):
        if mark.at > now:
            break
        if mark.code == "B8" and due and due[-1].code == "B8":
            due.pop()
        due.append(mark)
    return due


def next_mark_at(deadline: Deadline, policy: Policy) -> Instant | None:
    """When the next mark of a running clock is due."""
    if not deadline.running:
        return None
    return next((mark.at for mark in pending(deadline, policy)), None)


def state(deadline: Deadline) -> str:
    """running, warned, expired, ext_expired or stopped, as the state machine names them."""
    if not deadline.running:
        return "stopped"
    if deadline.has_fired("B7") or deadline.has_fired("CASE_EXT_LIMIT"):
        return "ext_expired"
    if (deadline.has_fired("B4") and not deadline.held) or deadline.has_fired("CASE_LIMIT"):
        return "expired"
    return "warned" if deadline.has_fired("B2") else "running"
