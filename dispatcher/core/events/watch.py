"""The ladder, alarms, and what a shift leader decides."""

from dataclasses import dataclass
from typing import ClassVar

from ..ids import AlarmId, AssignmentId, ContactId


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """``priority`` 1 (act now) … 3. ``action`` is what the person should do."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1"
    alarm: AlarmId
    kind: str
    priority: int
    assignment: AssignmentId | None
    action: str
    role: str = "supervisor"


@dataclass(frozen=True, slots=True)
class AlarmCleared:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1"
    alarm: AlarmId
    reason: str


@dataclass(frozen=True, slots=True)
class ContactsCalled:
    """A step of a ladder adds these contacts; they are tried until closed.

    ``purpose``: handover (key 1 accepts) or inform (key 1 means heard). ``about`` is the step or
    mark (A0 … A4, B1 … B8, RERING, RERING_NEXT, MANUAL, INFORMED).
    """

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1"
    assignment: AssignmentId
    about: str
    purpose: str
    contacts: tuple[ContactId, ...]


@dataclass(frozen=True, slots=True)
class ContactClosed:
    """A contact is not tried any more: accepted, taken, returned, heard, superseded, done."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1"
    assignment: AssignmentId
    contact: ContactId
    reason: str


@dataclass(frozen=True, slots=True)
class SupervisorDecided:
    """``decision``: keep, take_over."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1c"
    decision: str
    assignment: AssignmentId | None
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class SupervisionOrderDrafted:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "A3.7"
    assignment: AssignmentId
    ground: str


@dataclass(frozen=True, slots=True)
class AssessmentNoted:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.4a"
    assignment: AssignmentId
    code: str


@dataclass(frozen=True, slots=True)
class Notified:
    """A message for a desk was decided: at least once, one per recipient and mark."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1"
    key: str
    recipient: str
    about: str
