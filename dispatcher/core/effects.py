"""What must now be done, each with an idempotency key.

Effects are committed with the events that caused them and performed afterwards by the outbox.
``at_most_once`` effects are never repeated when their outcome is unknown: the engine is told
and decides anew. The others retry with back-off until done or superseded.
"""

from dataclasses import dataclass
from typing import ClassVar

from .ids import AgentId, AlarmId, CallId, CaseId, ChannelId, LegId


@dataclass(frozen=True, slots=True)
class ConveneRoom:
    """Move caller and agent, who go on talking, into the case's room."""

    key: str
    case: CaseId
    caller: ChannelId | None
    agent: ChannelId | None
    at_most_once: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Brief:
    """What a unit's contact hears. ``before_key`` holds no address (it may be voicemail)."""

    before_key: str
    after_key: str
    exercise: bool = False


@dataclass(frozen=True, slots=True)
class RingContact:
    """Place a call to a contact. ``key`` is the leg id and becomes the channel id.

    ``mode``: key (1 accepts), voice (joined on answer), inform (1 means heard). ``hunt`` names the
    race whose first key 1 wins: one per assignment. ``apart``: the requester is put on hold before
    this leg is joined, so the dialplan gives us a moment before it joins a switchboard by itself.
    """

    key: str
    leg: LegId
    case: CaseId
    number: str
    mode: str
    brief: Brief
    ring_ms: int
    hunt: str = ""
    apart: bool = False
    at_most_once: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class JoinRoom:
    """Move an answered leg into the room; ``as_party``: unit, caller or agent.

    ``from_hold``: only if it still hears music; whoever was quicker, nobody is taken out of a
    conversation or out of the queue.
    """

    key: str
    channel: ChannelId
    case: CaseId
    as_party: str
    from_hold: bool = False
    at_most_once: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class HoldParty:
    """Music for the requester (``as_party`` caller), who is in the room, or for a unit's leg.

    The dialplan watches by itself that nobody hears music for ever: alone he goes to the queue
    with the case, a unit hears the detail. ``patience_ms``: how long a unit waits for somebody who
    is still being rung.
    """

    key: str
    channel: ChannelId
    case: CaseId
    as_party: str
    patience_ms: int = 0
    at_most_once: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class RingAgent:
    """Ring an agent's own phone into the case's room; ``key`` becomes the channel id."""

    key: str
    channel: ChannelId
    case: CaseId
    agent: AgentId
    at_most_once: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ReleaseLeg:
    """End a leg: ringing legs are hung up, answered ones first hear ``why``.

    ``why``: taken, withdrawn, detail (case and how to call back), noted (an extension is asked
    for), done, or agent: a unit that has called in is not ended but goes on into the queue.
    ``case`` is set where the leg's id does not begin with it.
    """

    key: str
    leg: LegId
    why: str
    case: CaseId | None = None
    at_most_once: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class BriefUnit:
    """A unit that has called in hears the case's brief with its keys. ``leg`` is its channel.

    Not done when it has gone on to the queue by itself: nobody is taken out of it.
    """

    key: str
    leg: LegId
    case: CaseId
    brief: Brief
    hunt: str = ""
    at_most_once: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class QueueCaller:
    """Put the caller at the head of the queue with the case attached.

    Done without moving him when he waits there already, or talks to somebody: the dialplan does
    the same by itself, and whoever was quicker, nobody is taken out of a conversation.
    """

    key: str
    channel: ChannelId
    case: CaseId
    at_most_once: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class FinishCaller:
    """Mark the conversation finished, so that leaving the room ends in goodbye."""

    key: str
    channel: ChannelId
    case: CaseId | None = None
    hang_up: bool = False
    at_most_once: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class NotifyDesk:
    """Put a message on the screens of a role (DutySupervisor, OpenGovOffice, SupervisionOffice)."""

    key: str
    case: CaseId
    role: str
    alarm: AlarmId | None
    text: str
    at_most_once: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class SetSeat:
    """Sign a seat in or out of the queue, pause it or let it go on.

    ``duty``: in, out, paused, resumed. This and the effects below are of the moment: they belong
    to no case, are never stored and never repeated.
    """

    key: str
    agent: AgentId
    duty: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RingSeat:
    """Ring a seat's own phone and hold the line when it is answered (`SeatAnswered`)."""

    key: str
    channel: ChannelId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class ListenIn:
    """Ring the shift leader's phone and let it hear ``target``.

    ``mode``: listen, whisper (heard by the target only), barge (heard by all). ``room`` is the
    case's room when the conversation is held there.
    """

    key: str
    channel: ChannelId
    agent: AgentId
    target: ChannelId
    mode: str
    room: CaseId | None = None


@dataclass(frozen=True, slots=True)
class TakeCaller:
    """The caller goes on with the seat whose held line is ``channel``; the agent is let go."""

    key: str
    caller: ChannelId
    channel: ChannelId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class RingCaller:
    """Call a requester back at his own number, and join him to the seat that waits.

    ``channel`` becomes the id of his call.
    """

    key: str
    channel: ChannelId
    number: str
    seat: ChannelId
    agent: AgentId
    ring_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class HangUp:
    """End a seat's line."""

    key: str
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class PreferNumber:
    """Calls from this number go before other new calls, or no longer do."""

    key: str
    number: str
    preferred: bool


@dataclass(frozen=True, slots=True)
class AnswerUnit:
    """What a unit at the telephone desk is told. ``word``: again (no such case, or a wrong PIN:
    which of them is not said) or agent (on into the queue)."""

    key: str
    channel: ChannelId
    word: str


@dataclass(frozen=True, slots=True)
class SetDialCode:
    """What an agent's phone dials for ``*code`` (9NN, 110 …), service or not; '' for nothing."""

    key: str
    code: str
    number: str


LiveEffect = (
    SetSeat
    | RingSeat
    | ListenIn
    | TakeCaller
    | RingCaller
    | HangUp
    | PreferNumber
    | AnswerUnit
    | SetDialCode
)
TelephonyEffect = (
    ConveneRoom
    | RingContact
    | JoinRoom
    | HoldParty
    | RingAgent
    | ReleaseLeg
    | BriefUnit
    | QueueCaller
    | FinishCaller
)
Effect = TelephonyEffect | NotifyDesk


@dataclass(frozen=True, slots=True)
class EffectFinished:
    """Fed back as an input: what came of an effect. ``outcome``: done, failed or unknown."""

    key: str
    outcome: str
    reason: str = ""
    case: CaseId | None = None
    call: CallId | None = None
