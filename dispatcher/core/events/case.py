"""The case itself: accepted, amended, classed, answered, closed; entered from paper."""

from dataclasses import dataclass
from typing import ClassVar

from ..ids import AssignmentId, CaseClass, Instant
from ..rules import Policy
from .personal import CasePerson, ContactPerson, PaperNames, Said


@dataclass(frozen=True, slots=True)
class CaseAccepted:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1"
    number: str
    case_class: CaseClass
    category: str | None
    district: str | None
    township: str
    source: str
    rules_version: str
    policy: Policy | None
    casualties: int
    hazards: tuple[str, ...]
    exercise: bool
    anonymous: bool
    personal: CasePerson | None
    happened_at: Instant | None = None
    """When it was so, if it was entered afterwards from paper; else the line's own instant."""


@dataclass(frozen=True, slots=True)
class PaperEntered:
    """The case was taken on a paper form while the service was down (Q-R1.2-01).

    The line's own instant and actor say when it was entered, and by whom.
    """

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R1.2"
    form: str
    called_at: Instant
    accepted_at: Instant
    personal: PaperNames | None


@dataclass(frozen=True, slots=True)
class PaperCalled:
    """A call to a unit as the form tells it."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d"
    assignment: AssignmentId
    called_at: Instant
    reached: bool
    personal: ContactPerson | None


@dataclass(frozen=True, slots=True)
class CaseAmended:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1"
    district: str | None
    township: str
    casualties: int
    hazards: tuple[str, ...]
    personal: CasePerson | None


@dataclass(frozen=True, slots=True)
class CaseReclassified:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1e"
    case_class: CaseClass
    category: str | None
    policy: Policy | None
    reason: str


@dataclass(frozen=True, slots=True)
class CaseAnswered:
    """Answered in the call; nothing remains to be done (T02)."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1b"
    personal: Said | None


@dataclass(frozen=True, slots=True)
class CaseClosed:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1a"
    reason: str
