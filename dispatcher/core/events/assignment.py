"""A unit's part: handed over, delivered, acknowledged, given back (T03, T05, T14)."""

from dataclasses import dataclass
from typing import ClassVar

from ..ids import AssignmentId, ContactId, Instant, LegId, Means, Role, UnitId


@dataclass(frozen=True, slots=True)
class CaseHandedOver:
    """A unit was given the case (T03); this commit is ``handed_over_at``."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d"
    assignment: AssignmentId
    unit: UnitId
    unit_name: str
    role: Role
    means: Means
    proposed_by: str
    reason: str
    happened_at: Instant | None = None
    """When it was so, if it was entered afterwards from paper; else the line's own instant."""


@dataclass(frozen=True, slots=True)
class AssignmentDelivered:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d"
    assignment: AssignmentId
    contact: ContactId
    happened_at: Instant | None = None
    """When it was so, if it was entered afterwards from paper; else the line's own instant."""


@dataclass(frozen=True, slots=True)
class AssignmentAcknowledged:
    """``channel``: key, button, spoken, report. Stops ladder A only (T05)."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1"
    assignment: AssignmentId
    contact: ContactId | None
    channel: str
    leg: LegId | None
    happened_at: Instant | None = None
    """When it was so, if it was entered afterwards from paper; else the line's own instant."""


@dataclass(frozen=True, slots=True)
class AssignmentWithdrawn:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d"
    assignment: AssignmentId
    reason: str


@dataclass(frozen=True, slots=True)
class AssignmentSuperseded:
    """Another unit has the case now; the clock of this one stops."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1g"
    assignment: AssignmentId
    by: AssignmentId
    reason: str


@dataclass(frozen=True, slots=True)
class ReturnRequested:
    """Key 2: a return slip is asked for; responsibility has not moved."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1g"
    assignment: AssignmentId
    contact: ContactId
    leg: LegId | None


@dataclass(frozen=True, slots=True)
class ExtensionRequested:
    """Key 4 or spoken; decided by a DutySupervisor."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1f"
    assignment: AssignmentId
    contact: ContactId | None
    leg: LegId | None
