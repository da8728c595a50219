"""Giving a case to units and taking it back; who is rung again."""

from dataclasses import dataclass

from ..ids import AgentId, AssignmentId, CallId, CaseId, ContactId, Means, Role, UnitId


@dataclass(frozen=True, slots=True)
class HandOverByRoute:
    """Hand a case that was opened in haste to its routed units, as `OpenEmergency` would have.

    ``category`` and ``district`` complete what was not known; ``unit`` overrides the lead.
    """

    case: CaseId
    category: str | None = None
    district: str | None = None
    unit: UnitId | None = None
    means: Means = Means.THREE_WAY
    seat: AgentId | None = None
    """As of `OpenEmergency`."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give the case to a unit: the first lead, or one unit more (T03)."""

    case: CaseId
    unit: UnitId
    role: Role
    means: Means = Means.THREE_WAY
    reason: str = ""
    seat: AgentId | None = None


@dataclass(frozen=True, slots=True)
class Reassign:
    """Another unit becomes lead; the present lead is released in the same commit (Q-R1.3-04)."""

    case: CaseId
    unit: UnitId
    reason: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take a hand-over back: handed over -> accepted."""

    case: CaseId
    assignment: AssignmentId
    reason: str


@dataclass(frozen=True, slots=True)
class AcknowledgeSpoken:
    """The agent heard the unit accept: "heard and accepted"."""

    case: CaseId
    assignment: AssignmentId
    contact: ContactId | None = None


@dataclass(frozen=True, slots=True)
class RingAgain:
    """Ring a unit's contact again at once (unit left; or on request)."""

    case: CaseId
    assignment: AssignmentId
    contact: ContactId | None = None
    seat: AgentId | None = None


@dataclass(frozen=True, slots=True)
class ReceiveUnit:
    """A unit that has called in is known, and so is its case: it hears the brief.

    ``contact`` is whose number it is, or the unit's nobody in particular when it gave its PIN.
    """

    case: CaseId
    assignment: AssignmentId
    call: CallId
    contact: ContactId
    name: str
    number: str
    how: str
