"""Events about callers, the queue and the seats → facts."""

from collections.abc import Callable

from ...core.facts import (
    AgentAnswered,
    AgentNoAnswer,
    AgentPresence,
    AgentRinging,
    CallArrived,
    CallDone,
    CallQueued,
    Fact,
    LegEnded,
    LegOutcome,
    UnitDialled,
)
from ...core.ids import AgentId, CallId, CaseId, ChannelId, LegId, Party
from .agents import OUT
from .channels import Channel, Channels, case_id
from .reading import digits, presence, pressed_keys, typed_digits
from .wire import key, value

Handler = Callable[[bytes], None]

_UNIQUEID = key("Uniqueid")
_CHANNEL = key("Channel")
_DEST_UNIQUEID = key("DestUniqueid")
_DEST_CHANNEL = key("DestChannel")
_MEMBER = key("MemberName")
_STATUS = key("Status")
_PAUSED = key("Paused")
_PAUSED_REASON = key("PausedReason")
_CALL = key("Call")
_CASE = key("Case")
_REASON = key("Reason")
_NUMBER = key("Number")
_DIALLED = key("Dialled")
_IVR = key("Ivr")
_TAKER = key("Taker")
_HOW = key("How")
_DIGITS = key("Digits")
_PIN = key("Pin")
_HOWS = ("number", "pin")


class Callers:
    """Facts of callers and of the agents that take their calls."""

    def __init__(
        self,
        channels: Channels,
        emit: Callable[[Fact], None],
        leave_room: Callable[[Channel], None],
    ) -> None:
        self._channels = channels
        self._emit = emit
        self._leave_room = leave_room
        self._said: dict[AgentId, tuple[str, str]] = {}
        self._rung: dict[str, AgentId] = {}
        self.handlers: dict[bytes, Handler] = {
            b"AgentCalled": self._agent_called,
            b"AgentConnect": self._agent_connect,
            b"AgentRingNoAnswer": self._agent_no_answer,
            b"QueueCallerJoin": self._queue_join,
            b"QueueMemberAdded": self._member,
            b"QueueMemberPause": self._member,
            b"QueueMemberRemoved": self._member_removed,
            b"QueueMemberStatus": self._member,
        }
        self.user_handlers: dict[bytes, Handler] = {
            b"HdCallArrived": self._call_arrived,
            b"HdCallDone": self._call_done,
            b"HdCallQueued": self._call_queued,
            b"HdCallTaken": self._call_taken,
            b"HdUnitDialled": self._unit_dialled,
        }

    # ------------------------------------------------------------ said by lists and events

    def arrived(
        self,
        call: str,
        name: str,
        number: str,
        dialled: str,
        ivr: str = "",
        *,
        synthesised: bool = False,
    ) -> None:
        if not call or self._channels.has_ended(call) or self._channels.get(call) is not None:
            return
        known = CallId(call)
        self._channels.add(
            Channel(
                call,
                Party.REQUESTER,
                name=name,
                number=digits(number),
                call=known,
                ready=True,
                seen=True,
            )
        )
        pressed = pressed_keys(ivr)
        self._emit(CallArrived(known, digits(number), digits(dialled), synthesised, pressed))

    def queued(
        self, caller: Channel, case: CaseId | None, reason: str, *, synthesised: bool = False
    ) -> None:
        if not caller.queued:
            self._leave_room(caller)
            caller.queued, caller.case = True, case or caller.case
            caller.held = False
            self._channels.changed()
            self._emit(CallQueued(CallId(caller.id), case, reason, synthesised))

    def rings(
        self, channel: Channel, call: CallId, agent: AgentId, *, synthesised: bool = False
    ) -> None:
        if not channel.ringing and not channel.ready:
            channel.ringing = True
            self._rung[channel.id] = agent
            self._emit(AgentRinging(call, agent, ChannelId(channel.id), synthesised))

    def answered(
        self, channel: Channel, call: CallId, agent: AgentId, *, synthesised: bool = False
    ) -> None:
        if channel.ready:
            return
        channel.ringing, channel.ready = False, True
        channel.connecting = not synthesised
        self._rung.pop(channel.id, None)
        caller = self._channels.get(call)
        if caller is not None:
            caller.queued = False
        self._emit(AgentAnswered(call, agent, ChannelId(channel.id), synthesised))

    def agent_channel(self, uniqueid: str, name: str, call: str, agent: str) -> Channel | None:
        """The agent's channel, known from now on; None if it has ended."""
        if not uniqueid or self._channels.has_ended(uniqueid):
            return None
        channel = self._channels.get(uniqueid)
        if channel is None:
            channel = self._channels.add(Channel(uniqueid, Party.AGENT, seen=True))
        channel.name, channel.agent, channel.call = name, AgentId(agent), CallId(call)
        return channel

    def ended(self, channel: Channel) -> None:
        """A caller's or agent's channel was taken off the table."""
        self._rung.pop(channel.id, None)

    def seat(self, agent: AgentId, state: str, reason: str, *, synthesised: bool = False) -> None:
        """A seat's state, said when it differs from what was said last.

        A phone that takes one call counts as busy to Asterisk while it still rings.
        """
        if state == "busy" and agent in self._rung.values():
            state = "ringing"
        if (state, reason) == ("paused", OUT):
            state, reason = "offline", ""
        if agent and self._said.get(agent) != (state, reason):
            self._said[agent] = (state, reason)
            self._emit(AgentPresence(agent, state, reason, synthesised))

    @property
    def seats(self) -> tuple[AgentId, ...]:
        return tuple(self._said)

    # ------------------------------------------------------------ events

    def _call_arrived(self, event: bytes) -> None:
        self.arrived(
            value(event, _CALL),
            value(event, _CHANNEL),
            value(event, _NUMBER),
            value(event, _DIALLED),
            value(event, _IVR),
        )

    def _call_queued(self, event: bytes) -> None:
        caller = self._channels.get(value(event, _CALL))
        if caller is not None:
            self.back(caller)
            self.queued(caller, case_id(value(event, _CASE)), value(event, _REASON) or "new")

    def _queue_join(self, event: bytes) -> None:
        """The queue itself: second evidence, for a caller whose announcement was missed."""
        caller = self._channels.get(value(event, _UNIQUEID))
        if caller is not None:
            self.back(caller)
        if caller is not None and caller.party is Party.REQUESTER:
            self.queued(caller, caller.case, "again")

    def _unit_dialled(self, event: bytes) -> None:
        """Typed by anybody: digits are taken, and nothing else."""
        caller, how = self._channels.get(value(event, _CALL)), value(event, _HOW)
        if caller is None or caller.party is not Party.REQUESTER or how not in _HOWS:
            return
        typed, pin = typed_digits(value(event, _DIGITS)), typed_digits(value(event, _PIN))
        self._emit(UnitDialled(CallId(caller.id), caller.number, how, typed, pin))

    def back(self, channel: Channel, *, synthesised: bool = False) -> None:
        """A unit that had called in goes on to an agent: a caller like any other again."""
        if channel.party is Party.UNIT and channel.call == channel.id:
            self._leave_room(channel)
            channel.party, channel.mode, channel.key = Party.REQUESTER, "", ""
            channel.released = channel.no_key = channel.briefed = False
            ended = LegEnded(LegId(channel.id), LegOutcome.TO_AGENT, synthesised=synthesised)
            self._emit(ended)

    def _call_taken(self, event: bytes) -> None:
        caller = self._channels.get(value(event, _CALL))
        seat = self._channels.get(value(event, _TAKER))
        if caller is not None and seat is not None:
            self.takes(seat, caller)

    def takes(self, seat: Channel, caller: Channel) -> None:
        """A seat's line that we rang is an agent's from now on: this caller's."""
        if seat.agent is None or seat.call == caller.id:
            return
        seat.party, seat.call = Party.AGENT, CallId(caller.id)
        caller.queued = caller.held = False
        self._channels.changed()
        self._emit(AgentAnswered(CallId(caller.id), seat.agent, ChannelId(seat.id)))

    def _call_done(self, event: bytes) -> None:
        caller = self._channels.get(value(event, _CALL))
        if caller is not None:
            self._leave_room(caller)
            self._emit(CallDone(CallId(caller.id)))

    def _agent_called(self, event: bytes) -> None:
        call, agent = value(event, _UNIQUEID), value(event, _MEMBER)
        channel = self._agent_of(event, call, agent)
        if channel is not None:
            self.rings(channel, CallId(call), AgentId(agent))

    def _agent_connect(self, event: bytes) -> None:
        call, agent = value(event, _UNIQUEID), value(event, _MEMBER)
        channel = self._agent_of(event, call, agent)
        if channel is not None:
            self.answered(channel, CallId(call), AgentId(agent))

    def _agent_of(self, event: bytes, call: str, agent: str) -> Channel | None:
        return self.agent_channel(
            value(event, _DEST_UNIQUEID), value(event, _DEST_CHANNEL), call, agent
        )

    def _agent_no_answer(self, event: bytes) -> None:
        self._emit(AgentNoAnswer(CallId(value(event, _UNIQUEID)), AgentId(value(event, _MEMBER))))

    def _member(self, event: bytes) -> None:
        state = presence(value(event, _STATUS), value(event, _PAUSED))
        reason = value(event, _PAUSED_REASON) if state == "paused" else ""
        self.seat(AgentId(value(event, _MEMBER)), state, reason)

    def _member_removed(self, event: bytes) -> None:
        self.seat(AgentId(value(event, _MEMBER)), "offline", "")
