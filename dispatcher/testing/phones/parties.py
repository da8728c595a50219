"""Who is on the line in the simulated telephony: callers, agents' legs, units' legs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dispatcher.core.ids import AgentId, CallId, CaseId, ChannelId, Instant
from dispatcher.testing.city.behaviour import Behaviour

from .timers import Alarms

if TYPE_CHECKING:
    from .desks import Desks
    from .exchange import Exchange


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the dialplan takes, in milliseconds; as `asterisk_config/` has it."""

    agent_ring_ms: int = 15_000
    wrapup_ms: int = 5_000
    phrase_ms: int = 3_000
    detail_ms: int = 12_000
    brief_ms: int = 17_000
    """One telling of the brief and the menu, and the wait for a key."""
    brief_times: int = 3
    self_join_ms: int = 3_000
    lone_ms: int = 5_000
    """How long a caller who came into an empty room waits there."""
    desk_ms: int = 15_000
    """The question of the units' desk, and the wait for digits."""


@dataclass(eq=False, slots=True)
class Party:
    """A channel. ``room`` is where it is, ``case`` the case attached to it (HD_CASE)."""

    channel: ChannelId
    name: str
    alarms: Alarms
    alive: bool = True
    room: CaseId | None = None
    case: CaseId | None = None
    left_at: Instant | None = None
    held: CaseId | None = None
    """It hears music until it is let into this case's room again."""


@dataclass(eq=False, slots=True)
class Caller(Party):
    """A caller. ``state``: queue, talking (to ``partner``), room, held, goodbye, gone; a unit's
    also desk (at the units' telephone desk) and leg (it hears its brief, as ``leg``)."""

    exchange: Exchange = field(kw_only=True)
    number: str = ""
    dialled: str = ""
    state: str = "queue"
    done: bool = False
    partner: AgentLeg | None = None
    offered: AgentLeg | None = None
    returned: bool = False
    served: bool = False
    """Somebody has answered him, at whatever time."""
    called: bool = False
    """We called him back: without a case the call ends with the agent."""
    how: str = ""
    tries: int = 0
    unit: bool = False
    """Known as a unit by its PIN: it goes before other new callers."""
    leg: UnitLeg | None = None

    @property
    def call(self) -> CallId:
        return CallId(self.channel)

    @property
    def company(self) -> tuple[str, ...]:
        """Names of those the caller can talk to right now."""
        return self.exchange.company(self)

    def types(self, digits: str, pin: str = "") -> None:
        """Digits at the units' desk, with the # key after them."""
        self.exchange.unit_desk.types(self, digits, pin)

    def hang_up(self, q850: int = 16) -> None:
        self.exchange.caller_leaves(self, q850)


@dataclass(eq=False, slots=True)
class AgentLeg(Party):
    """An agent's channel. ``state``: ringing, talking, room, goodbye, gone."""

    agent: AgentPhone = field(kw_only=True)
    caller: Caller = field(kw_only=True)
    state: str = "ringing"


@dataclass(eq=False, slots=True)
class AgentPhone:
    """A seat. ``answer_after_s`` None: it rings until `answer` is called."""

    id: AgentId
    desks: Desks
    answer_after_s: float | None = None
    state: str = "free"
    reason: str = ""
    leg: AgentLeg | None = None
    line: SeatLine | None = None
    free_since: Instant = 0
    afterwards: str = ""
    """What the seat is after the call it has: '' as usual, else paused or offline."""

    def answer(self) -> None:
        """Take the call that rings; an error when none does."""
        self.desks.answer(self)

    def hang_up(self, q850: int = 16) -> None:
        """Leave the call."""
        self.desks.hang_up(self, q850)

    def unplug(self) -> None:
        """The phone is gone, in mid-call or not."""
        self.desks.unplug(self)

    def plug_in(self) -> None:
        self.desks.plug_in(self)

    @property
    def company(self) -> tuple[str, ...]:
        return self.desks.exchange.company(self.leg) if self.leg is not None else ()


@dataclass(eq=False, slots=True)
class SeatLine(Party):
    """A line we rang at a seat. ``state``: ringing, held, listening, room, gone.

    ``before`` is the seat's state before it rang; ``mode`` and ``target`` say how it listens to
    whom, ``joins`` in which room it speaks.
    """

    agent: AgentPhone = field(kw_only=True)
    state: str = "ringing"
    before: tuple[str, str] = ("free", "")
    mode: str = ""
    target: ChannelId | None = None
    joins: CaseId | None = None

    @classmethod
    def of(cls, channel: ChannelId, phone: AgentPhone) -> SeatLine:
        return cls(channel, str(phone.id), Alarms(phone.desks.exchange.timers), agent=phone)


@dataclass(eq=False, slots=True)
class UnitLeg(Party):
    """A call we placed. ``state``: placed, ringing, brief, pressed, saying, room, held, gone."""

    number: str = ""
    mode: str = "key"
    lock: str = ""
    behaviour: Behaviour = Behaviour()  # noqa: RUF009 - frozen
    state: str = "placed"
    ready: bool = False
    no_key: bool = False
    released: bool = False
    placed_at: Instant = 0
    answered_at: Instant | None = None
    brief: str = ""
    heard: tuple[str, ...] = ()
    """What was said to it, in order: brief, taken, withdrawn, detail."""
    exercise: bool = False
    apart: bool = False
    """A switchboard is not joined before the service has had its time."""
    confirms: str = ""
    """What its key is answered with before the line ends."""
    caller: Caller | None = None
    """Set when the unit has called in itself: the caller it was."""


@dataclass(frozen=True)
class LosesNetwork(Behaviour):
    """A phone whose network breaks off ``lost_after_s`` after the answer."""

    lost_after_s: float = 5.0
