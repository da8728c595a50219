"""Every attempt to reach somebody, from placed to left."""

from dataclasses import dataclass
from typing import ClassVar

from ..ids import AssignmentId, ContactId, LegId
from .personal import ContactPerson


@dataclass(frozen=True, slots=True)
class LegPlaced:
    """An attempt to reach a contact. ``purpose``: handover, inform, rering."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId
    assignment: AssignmentId
    contact: ContactId
    purpose: str
    mode: str
    about: str
    personal: ContactPerson | None


@dataclass(frozen=True, slots=True)
class LineLinked:
    """An emergency line is in the talk (T04); the case stays open for what remains ours."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1e"
    line: str
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegRang:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegWasAnswered:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegPressed:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId
    key: str


@dataclass(frozen=True, slots=True)
class LegJoining:
    """It accepted, or is to be heard: on its way into the room."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegJoined:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId
    by_dialplan: bool = False


@dataclass(frozen=True, slots=True)
class LegLeft:
    """The leg is over. ``outcome`` is a `facts.LegOutcome` value.

    ``engaged`` is the number of another case for which the same telephone rang or talked then.
    """

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId
    outcome: str
    q850: int
    sip: int
    synthesised: bool = False
    engaged: str = ""


@dataclass(frozen=True, slots=True)
class LegFound:
    """A leg given up as unknown lives after all: it is ours again (the PBX has it, or it spoke)."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId
    assignment: AssignmentId
    contact: ContactId


@dataclass(frozen=True, slots=True)
class UnitCalledIn:
    """A unit has called the hotline for this case and hears its brief; ``leg`` is its channel.

    ``how``: number (known by the number it calls from) or pin (typed on another telephone).
    """

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R3.1"
    leg: LegId
    assignment: AssignmentId
    contact: ContactId
    how: str
    personal: ContactPerson | None


@dataclass(frozen=True, slots=True)
class ActionRepeated:
    """Something is done again although nothing new has happened: a fact or a key came twice."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    what: str
