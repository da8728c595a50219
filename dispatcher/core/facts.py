"""What the telephone system told us: facts, past tense, in the order they happened.

An adapter turns AMI events (or the simulated telephony) into these. Facts about channels that
are bound to a case change its ledger; all facts change the live view (`call.py`).
``synthesised`` marks a fact concluded by comparing lists after a reconnect.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from .ids import AgentId, CallId, CaseId, ChannelId, Instant, LegId, Party


class LegOutcome(StrEnum):
    """Why an attempt to reach someone ended; told apart by SIP status and Q.850 cause."""

    BUSY = "busy"  # 486, 600 / 17
    NO_ANSWER = "no_answer"  # our ring time ran out, 480 / 18, 19
    REJECTED = "rejected"  # 603, 403 / 21
    UNREACHABLE = "unreachable"  # 500, 503 … / 27, 34, 38, 58
    NO_SUCH_NUMBER = "no_such_number"  # 404, 410, 484, 604 / 1, 22, 28: the registration is wrong
    NO_KEY = "no_key"  # answered, no key in time: may be voicemail
    HUNG_UP = "hung_up"  # left after answering / 16
    NETWORK = "network"  # left after answering, by a network cause
    RELEASED = "released"  # by us: taken by another, withdrawn
    FAILED = "failed"  # the PBX refused to place it
    UNKNOWN = "unknown"  # the link died before we learned
    TO_AGENT = "to_agent"  # a unit that had called in goes on to an agent, by the queue


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A call entered from the trunk, before the queue. ``number`` is '' when withheld; ``ivr``
    are the keys pressed in a menu before."""

    call: CallId
    number: str
    dialled: str
    synthesised: bool = False
    ivr: str = ""


@dataclass(frozen=True, slots=True)
class CallQueued:
    """The caller waits in the queue; ``reason`` is new, agent_lost, alone or again."""

    call: CallId
    case: CaseId | None = None
    reason: str = "new"
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class AgentRinging:
    call: CallId
    agent: AgentId
    channel: ChannelId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class AgentNoAnswer:
    call: CallId
    agent: AgentId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class AgentAnswered:
    call: CallId
    agent: AgentId
    channel: ChannelId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class ChannelEnded:
    """A caller's or an agent's channel hung up; ``q850`` the cause, ``sip`` 0 if unknown."""

    channel: ChannelId
    q850: int = 16
    sip: int = 0
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class CallDone:
    """The dialplan has said goodbye to the caller."""

    call: CallId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class RoomJoined:
    room: CaseId
    channel: ChannelId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class RoomLeft:
    room: CaseId
    channel: ChannelId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class PartyHeld:
    """The requester's or a unit's channel has left the case's room and hears music."""

    room: CaseId
    channel: ChannelId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class LegRinging:
    leg: LegId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class LegAnswered:
    leg: LegId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class LegKey:
    """A key in the unit's brief: 1 accept, 2 not our remit, 3 agent, 4 extension, 5 report."""

    leg: LegId
    key: str
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class LegSelfJoined:
    """After key 1 the service was silent for 3 s and the dialplan joined the room by itself."""

    leg: LegId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class LegEnded:
    leg: LegId
    outcome: LegOutcome
    q850: int = 0
    sip: int = 0
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class AgentPresence:
    """A seat's state: free, ringing, busy, paused, wrapup or offline."""

    agent: AgentId
    state: str
    reason: str = ""
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class SeatAnswered:
    """A seat whose phone we rang has answered and waits to be joined, or listens."""

    channel: ChannelId
    agent: AgentId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class CallerNotReached:
    """A requester who was called back did not answer; ``outcome``: no_answer or failed."""

    call: CallId
    outcome: str
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class UnitDialled:
    """A unit is at the telephone desk: it has come (``digits`` '') or has typed its case's digits.

    ``how``: number (the number it calls from is a unit's that has a case in hand) or pin (typed
    on any telephone; never shown, not even by ``repr``).
    """

    call: CallId
    number: str
    how: str
    digits: str = ""
    pin: str = field(default="", repr=False)
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class CallerLost:
    """A caller waited and hung up while nobody of us listened: the PBX has kept him.

    ``at``: when he hung up. Told after a reconnect, perhaps again after the next start.
    """

    call: CallId
    number: str
    dialled: str
    at: Instant
    synthesised: bool = True


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """One channel in a snapshot after a reconnect."""

    channel: ChannelId
    party: Party
    number: str = ""
    agent: AgentId | None = None
    call: CallId | None = None
    room: CaseId | None = None
    queued: bool = False
    answered: bool = True
    held: bool = False


@dataclass(frozen=True, slots=True)
class LinkLost:
    reason: str


@dataclass(frozen=True, slots=True)
class LinkRefused:
    """The PBX refused our login: alarmed, retried with back-off, not an outage of the network."""

    reason: str


@dataclass(frozen=True, slots=True)
class LinkRestored:
    """The link is up and resynchronised; ``channels`` is everything that lives now.

    The adapter sends the facts it could synthesise *before* this one, in order.
    ``restarted`` is true when the PBX itself is a new process: all earlier channels are gone.
    """

    channels: tuple[LiveChannel, ...]
    restarted: bool = False


Fact = (
    CallArrived
    | CallQueued
    | AgentRinging
    | AgentNoAnswer
    | AgentAnswered
    | ChannelEnded
    | CallDone
    | RoomJoined
    | RoomLeft
    | PartyHeld
    | LegRinging
    | LegAnswered
    | LegKey
    | LegSelfJoined
    | LegEnded
    | AgentPresence
    | SeatAnswered
    | CallerNotReached
    | UnitDialled
    | CallerLost
    | LinkLost
    | LinkRefused
    | LinkRestored
)
