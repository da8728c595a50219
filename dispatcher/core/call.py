"""The live view of the telephone: who rings, who waits, who talks to whom, right now.

Not ledgered: it is rebuilt from the PBX after every reconnect. What a call means for a case is
`handover.py`'s business. `LiveBoard` is the one mutable object of the core, because it follows
every telephony fact: `apply` is a dictionary look-up and a few assignments.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import facts as f
from .ids import AgentId, CallId, CaseId, ChannelId, Instant, Party, UnitId


@dataclass(slots=True)
class LiveCall:
    """One caller's call. ``state``: arrived, desk, queued, ringing, talking, room, held, ended."""

    id: CallId
    number: str
    dialled: str
    state: str
    arrived_at: Instant
    queued_at: Instant | None = None
    answered_at: Instant | None = None
    ended_at: Instant | None = None
    agent: AgentId | None = None
    agent_channel: ChannelId | None = None
    case: CaseId | None = None
    reason: str = "new"
    recorded_as: str = ""
    unit: UnitId | None = None
    """The unit that has said who it is at the telephone desk."""
    ivr: str = ""
    """Keys pressed in a menu before the queue."""


@dataclass(slots=True)
class LiveAgent:
    """A seat. ``state``: free, ringing, busy, paused, wrapup, offline."""

    id: AgentId
    state: str
    reason: str = ""
    call: CallId | None = None
    wrapup_until: Instant | None = None
    told: tuple[str, str] = ("free", "")
    """State and reason as the PBX last said them."""
    member: bool = False
    """The PBX has said how it is: it is one of the queue's, not a leader's own phone."""


Changed = tuple[str, str]
"""('call' | 'agent' | 'link', id)"""

_NONE: tuple[Changed, ...] = ()


@dataclass(slots=True)
class LiveBoard:
    """Calls and seats as the PBX last told them. Ended calls stay until `forget_ended`."""

    calls: dict[CallId, LiveCall] = field(default_factory=dict)
    agents: dict[AgentId, LiveAgent] = field(default_factory=dict)
    by_agent_channel: dict[ChannelId, CallId] = field(default_factory=dict)
    link: str = "down"
    link_reason: str = ""
    link_since: Instant = 0
    wrapup_ms: int = 0
    """How long the queue leaves a seat alone after a call."""

    def apply(self, fact: f.Fact, now: Instant) -> tuple[Changed, ...]:
        """Follow one fact; tell which calls, seats or the link changed."""
        handler = _HANDLERS.get(type(fact))
        return handler(self, fact, now) if handler else _NONE

    def caller_of(self, channel: ChannelId) -> LiveCall | None:
        """The call in which this channel is the caller."""
        return self.calls.get(CallId(channel))

    def call_of(self, channel: ChannelId) -> LiveCall | None:
        """The call of a caller's or an agent's channel."""
        found = self.calls.get(CallId(channel))
        if found is None:
            call_id = self.by_agent_channel.get(channel)
            found = self.calls.get(call_id) if call_id is not None else None
        return found

    @property
    def staffed(self) -> bool:
        """Whether any seat takes calls, now or when it has ended the one it has.

        As long as the PBX has told of no seat at all nobody knows, and nobody is alarmed.
        """
        states = [x.state for x in self.agents.values() if x.member]
        return not states or any(x in ("free", "ringing", "busy", "wrapup") for x in states)

    def bind(self, call: CallId, case: CaseId | None) -> None:
        if call in self.calls:
            self.calls[call].case = case

    def wrapped_up(self, agent: AgentId, until: Instant) -> tuple[Changed, ...]:
        """The wrap-up that lasted ``until`` is over; what the PBX says of the seat counts again."""
        seat = self.agents.get(agent)
        if seat is None or seat.wrapup_until != until:
            return _NONE
        seat.wrapup_until = None
        if seat.state == "wrapup":
            seat.state, seat.reason = seat.told if seat.told[0] != "busy" else ("free", "")
        return (("agent", agent),)

    def forget_ended(self, before: Instant) -> list[CallId]:
        """Drop calls that ended before ``before``; returns their ids."""
        old = [c.id for c in self.calls.values() if c.ended_at is not None and c.ended_at < before]
        for call in old:
            del self.calls[call]
        return old

    # ------------------------------------------------------------ handlers

    def _arrived(self, fact: f.CallArrived, now: Instant) -> tuple[Changed, ...]:
        if fact.call in self.calls:
            return _NONE
        self.calls[fact.call] = LiveCall(
            fact.call, fact.number, fact.dialled, "arrived", now, ivr=fact.ivr
        )
        return (("call", fact.call),)

    def _queued(self, fact: f.CallQueued, now: Instant) -> tuple[Changed, ...]:
        call = self.calls.get(fact.call)
        if call is None:
            return _NONE
        self._drop_agent(call)
        call.state, call.queued_at, call.reason = "queued", now, fact.reason
        if fact.case is not None:
            call.case = fact.case
        return (("call", call.id),)

    def _agent_ringing(self, fact: f.AgentRinging, now: Instant) -> tuple[Changed, ...]:
        seat = self._seat(fact.agent)
        seat.state, seat.call = "ringing", fact.call
        call = self.calls.get(fact.call)
        if call is None:
            return (("agent", seat.id),)
        call.state, call.agent = "ringing", fact.agent
        return (("call", call.id), ("agent", seat.id))

    def _agent_no_answer(self, fact: f.AgentNoAnswer, now: Instant) -> tuple[Changed, ...]:
        seat = self._seat(fact.agent)
        seat.state, seat.call = "free", None
        call = self.calls.get(fact.call)
        if call is None or call.agent != fact.agent or call.state != "ringing":
            return (("agent", seat.id),)
        call.state, call.agent = "queued", None
        return (("call", call.id), ("agent", seat.id))

    def _agent_answered(self, fact: f.AgentAnswered, now: Instant) -> tuple[Changed, ...]:
        seat = self._seat(fact.agent)
        seat.state, seat.call = "busy", fact.call
        call = self.calls.get(fact.call)
        if call is None:
            return (("agent", seat.id),)
        call.state, call.agent, call.agent_channel = "talking", fact.agent, fact.channel
        if call.answered_at is None:
            call.answered_at = now
        self.by_agent_channel[fact.channel] = call.id
        return (("call", call.id), ("agent", seat.id))

    def _channel_ended(self, fact: f.ChannelEnded, now: Instant) -> tuple[Changed, ...]:
        call = self.calls.get(CallId(fact.channel))
        if call is not None:
            if call.ended_at is not None:
                return _NONE
            call.state, call.ended_at = "ended", now
            return (("call", call.id),)
        call_id = self.by_agent_channel.pop(fact.channel, None)
        call = self.calls.get(call_id) if call_id is not None else None
        if call is None or call.agent_channel != fact.channel:
            return _NONE
        changed: tuple[Changed, ...] = (("call", call.id),)
        if call.agent is not None:
            seat = self._seat(call.agent)
            seat.state, seat.call = "wrapup", None
            seat.wrapup_until = now + self.wrapup_ms if self.wrapup_ms else None
            if seat.told[0] in ("offline", "paused"):
                # Its telephone has died, or it was paused in mid-call: nothing to wrap up from.
                (seat.state, seat.reason), seat.wrapup_until = seat.told, None
            changed += (("agent", seat.id),)
        call.agent_channel = None
        if call.state == "talking":
            call.state = "alone"
        elif call.state in ("room", "held"):
            # The others talk on: it is no longer this agent's call.
            call.agent = None
        return changed

    def _done(self, fact: f.CallDone, now: Instant) -> tuple[Changed, ...]:
        call = self.calls.get(fact.call)
        if call is None or call.ended_at is not None:
            return _NONE
        call.state = "ending"
        return (("call", call.id),)

    def _room_joined(self, fact: f.RoomJoined, now: Instant) -> tuple[Changed, ...]:
        call = self.calls.get(CallId(fact.channel))
        if call is None:
            return _NONE
        call.state, call.case = "room", fact.room
        return (("call", call.id),)

    def _unit_dialled(self, fact: f.UnitDialled, now: Instant) -> tuple[Changed, ...]:
        call = self.calls.get(fact.call)
        if call is None or call.state not in ("arrived", "desk"):
            return _NONE
        call.state = "desk"
        return (("call", call.id),)

    def _leg_ended(self, fact: f.LegEnded, now: Instant) -> tuple[Changed, ...]:
        """A unit that had called in is gone: its leg is a call as well."""
        call = self.calls.get(CallId(fact.leg))
        if call is None or call.ended_at is not None or fact.outcome is f.LegOutcome.TO_AGENT:
            return _NONE
        call.state, call.ended_at = "ended", now
        return (("call", call.id),)

    def _held(self, fact: f.PartyHeld, now: Instant) -> tuple[Changed, ...]:
        call = self.calls.get(CallId(fact.channel))
        if call is None:
            return _NONE
        call.state, call.case = "held", fact.room
        return (("call", call.id),)

    def _presence(self, fact: f.AgentPresence, now: Instant) -> tuple[Changed, ...]:
        seat = self._seat(fact.agent)
        seat.told, seat.member = (fact.state, fact.reason), True
        state = fact.state
        if state == "free" and seat.wrapup_until is not None and now < seat.wrapup_until:
            state = "wrapup"  # also when a pause or another call has come in between
        if seat.state == state and seat.reason == fact.reason:
            return _NONE
        seat.state, seat.reason = state, fact.reason
        if state in ("free", "offline"):
            seat.call = None
        return (("agent", seat.id),)

    def _link_lost(self, fact: f.LinkLost, now: Instant) -> tuple[Changed, ...]:
        self.link, self.link_reason, self.link_since = "down", fact.reason, now
        return (("link", ""),)

    def _link_refused(self, fact: f.LinkRefused, now: Instant) -> tuple[Changed, ...]:
        self.link, self.link_reason, self.link_since = "refused", fact.reason, now
        return (("link", ""),)

    def _link_restored(self, fact: f.LinkRestored, now: Instant) -> tuple[Changed, ...]:
        self.link, self.link_reason, self.link_since = "up", "", now
        changed: list[Changed] = [("link", "")]
        alive = {c.channel for c in fact.channels}
        for call in self.calls.values():
            if call.ended_at is None and ChannelId(call.id) not in alive:
                call.state, call.ended_at = "ended", now
                changed.append(("call", call.id))
        for channel in fact.channels:
            if channel.party is Party.REQUESTER:
                changed.append(self._adopt(channel, now))
        for channel in fact.channels:
            if channel.party is Party.AGENT:
                changed += self._adopt_agent(channel, now)
        return tuple(changed)

    # ------------------------------------------------------------ helpers

    def _adopt(self, channel: f.LiveChannel, now: Instant) -> Changed:
        call_id = CallId(channel.channel)
        call = self.calls.get(call_id)
        if call is None:
            call = self.calls[call_id] = LiveCall(call_id, channel.number, "", "talking", now)
        if channel.room is not None:
            call.state, call.case = "room", channel.room
        elif channel.held:
            call.state = "held"
        elif channel.queued and call.state not in ("queued", "ringing"):
            call.state, call.queued_at = "queued", call.queued_at or now
        return ("call", call_id)

    def _adopt_agent(self, channel: f.LiveChannel, now: Instant) -> tuple[Changed, ...]:
        """Who talks to whom, told by a list: as if the agent had just answered."""
        call = self.calls.get(channel.call) if channel.call is not None else None
        if call is None or channel.agent is None or not channel.answered:
            return _NONE
        if call.agent_channel == channel.channel:
            return _NONE
        state = call.state
        changed = self._agent_answered(
            f.AgentAnswered(call.id, channel.agent, channel.channel), now
        )
        if state in ("room", "held"):
            call.state = state
        return changed

    def _seat(self, agent: AgentId) -> LiveAgent:
        seat = self.agents.get(agent)
        if seat is None:
            seat = self.agents[agent] = LiveAgent(agent, "offline")
        return seat

    def _drop_agent(self, call: LiveCall) -> None:
        if call.agent_channel is not None:
            self.by_agent_channel.pop(call.agent_channel, None)
        call.agent, call.agent_channel = None, None


_HANDLERS: dict[type, Callable[[LiveBoard, Any, Instant], tuple[Changed, ...]]] = {
    f.CallArrived: LiveBoard._arrived,
    f.CallQueued: LiveBoard._queued,
    f.AgentRinging: LiveBoard._agent_ringing,
    f.AgentNoAnswer: LiveBoard._agent_no_answer,
    f.AgentAnswered: LiveBoard._agent_answered,
    f.ChannelEnded: LiveBoard._channel_ended,
    f.CallDone: LiveBoard._done,
    f.RoomJoined: LiveBoard._room_joined,
    f.PartyHeld: LiveBoard._held,
    f.AgentPresence: LiveBoard._presence,
    f.UnitDialled: LiveBoard._unit_dialled,
    f.LegEnded: LiveBoard._leg_ended,
    f.LinkLost: LiveBoard._link_lost,
    f.LinkRefused: LiveBoard._link_refused,
    f.LinkRestored: LiveBoard._link_restored,
}
