"""AMI events → facts, in the order they arrived, each thing said once.

`Translator.handlers` maps an event's name to a function of the event's bytes, which fetches just
the headers it needs. What the table already knows gives no fact: after a reconnect the same
thing may be told by a list and again by a late event.
"""

from collections.abc import Callable

from ...core.facts import (
    CallerNotReached,
    ChannelEnded,
    Fact,
    PartyHeld,
    RoomJoined,
    RoomLeft,
    SeatAnswered,
)
from ...core.ids import CallId, CaseId, ChannelId, Party
from .callers import Callers
from .channels import Channel, Channels, agent_of, case_id, is_leg
from .legs import Handler, Legs
from .reading import number, sip_status
from .wire import EOL, key, value

WANTED_EVENTS = (
    "AgentCalled",
    "AgentConnect",
    "AgentRingNoAnswer",
    "ConfbridgeJoin",
    "ConfbridgeLeave",
    "DialState",
    "FullyBooted",
    "Hangup",
    "Newchannel",
    "Newstate",
    "OriginateResponse",
    "QueueCallerJoin",
    "QueueMemberAdded",
    "QueueMemberPause",
    "QueueMemberRemoved",
    "QueueMemberStatus",
    "Shutdown",
    "UserEvent",
)
"""The events the service reads; the manager account's filters are rendered from this."""

_UNIQUEID = key("Uniqueid")
_CHANNEL = key("Channel")
_CASE = key("Case")
_CAUSE = key("Cause")
_TECH_CAUSE = key("TechCause")
_CONFERENCE = key("Conference")
_USER_EVENT = key("UserEvent")
_RESPONSE = key("Response")
_WHY = key("Reason")
_RUNG_OUT = "3"
_HELD = key("Held")
CALLED_BACK = "back-"
"""How the id of a call begins that we place to a requester."""


class Translator:
    """Follows the channel table and emits facts. Not for use from several threads."""

    def __init__(self, channels: Channels, emit: Callable[[Fact], None]) -> None:
        self.channels = channels
        self.emit = emit
        self.legs = Legs(channels, emit)
        self.callers = Callers(channels, emit, self.left)
        self.handlers: dict[bytes, Handler] = {
            **self.legs.handlers,
            **self.callers.handlers,
            b"ConfbridgeJoin": self._room_join,
            b"ConfbridgeLeave": self._room_leave,
            b"Hangup": self._hangup,
            b"OriginateResponse": self._originate_response,
            b"UserEvent": self._user_event,
        }
        self._user_handlers = {
            **self.legs.user_handlers,
            **self.callers.user_handlers,
            b"HdHeld": self._held,
        }

    def joined(self, channel: Channel, room: CaseId, *, synthesised: bool = False) -> None:
        """A channel is in a room; said once per entry."""
        if channel.room == room:
            return
        self.left(channel, synthesised=synthesised)
        if channel.placed:  # the room may tell of a seat's line before its Originate reports
            self._seat_answered(channel.id)
        channel.room, channel.queued, channel.ready = room, False, True
        channel.held = False
        self.channels.changed()
        self.emit(RoomJoined(room, ChannelId(channel.id), synthesised))

    def left(self, channel: Channel, *, synthesised: bool = False) -> None:
        """A channel is in no room any more."""
        if channel.room is not None:
            room, channel.room = channel.room, None
            self.emit(RoomLeft(room, ChannelId(channel.id), synthesised))

    def held(self, channel: Channel, room: CaseId, *, synthesised: bool = False) -> None:
        """A channel hears music instead of the room; said once."""
        if not channel.held:
            self.left(channel, synthesised=synthesised)
            channel.held, channel.queued = True, False
            self.channels.changed()
            self.emit(PartyHeld(room, ChannelId(channel.id), synthesised))

    def _held(self, event: bytes) -> None:
        channel, room = self.channels.get(value(event, _HELD)), case_id(value(event, _CASE))
        if channel is not None and room is not None:
            self.held(channel, room)

    def _room_join(self, event: bytes) -> None:
        room, uniqueid = case_id(value(event, _CONFERENCE)), value(event, _UNIQUEID)
        if room is None or self.channels.has_ended(uniqueid):
            return
        channel = self.channels.leg(uniqueid)
        if channel is None:
            name = value(event, _CHANNEL)
            agent = agent_of(name)
            party = Party.AGENT if agent else None
            channel = self.channels.add(Channel(uniqueid, party, name=name, agent=agent))
        self.joined(channel, room)

    def _room_leave(self, event: bytes) -> None:
        """A caller's leaving means nothing yet: the dialplan's watchdog takes it out and in again
        within a millisecond. It has left when it is queued, released or gone."""
        channel = self.channels.get(value(event, _UNIQUEID))
        if channel is not None and channel.party is not Party.REQUESTER:
            self.left(channel)

    def _hangup(self, event: bytes) -> None:
        uniqueid = value(event, _UNIQUEID)
        channel = self.channels.leg(uniqueid)
        if channel is None:
            return
        self.left(channel)
        self.channels.end(uniqueid)
        q850, sip = number(value(event, _CAUSE)), sip_status(value(event, _TECH_CAUSE))
        if channel.party is Party.UNIT:
            self.legs.ended(channel, q850, sip)
        else:
            self.callers.ended(channel)
            self.emit(ChannelEnded(ChannelId(uniqueid), q850, sip))

    def _originate_response(self, event: bytes) -> None:
        """Of a unit's leg, of a seat's line, or of a caller who is called back."""
        uniqueid = value(event, _UNIQUEID)
        if is_leg(uniqueid):
            self.legs.originated(event)
        elif value(event, _RESPONSE) == "Success":
            self._seat_answered(uniqueid)
        elif (channel := self.channels.get(uniqueid)) is not None:
            if channel.placed and not channel.seen:
                self.channels.end(uniqueid)
                self.emit(ChannelEnded(ChannelId(uniqueid), 0))
        elif uniqueid.startswith(CALLED_BACK) and not self.channels.has_ended(uniqueid):
            self.channels.end(uniqueid)
            outcome = "no_answer" if value(event, _WHY) == _RUNG_OUT else "failed"
            self.emit(CallerNotReached(CallId(uniqueid), outcome))

    def _seat_answered(self, uniqueid: str) -> None:
        channel = self.channels.get(uniqueid)
        if channel is not None and channel.agent is not None and not channel.ready:
            channel.seen = channel.ready = True
            self.channels.changed()
            self.emit(SeatAnswered(ChannelId(uniqueid), channel.agent))

    def _user_event(self, event: bytes) -> None:
        at = event.find(_USER_EVENT)
        if at < 0:
            return
        at += len(_USER_EVENT)
        end = event.find(EOL, at)
        handler = self._user_handlers.get(event[at:] if end < 0 else event[at:end])
        if handler is not None:
            handler(event)
