"""AMI events → facts, in the order they arrived, each thing said once.

`Translator.handlers` maps an event's name to a function of the event's bytes, which fetches just
the headers it needs. What the table already knows gives no fact: after a reconnect the same
thing may be told by a list and again by a late event.
"""

import re
from collections.abc import Callable

from ...core.facts import (
    AgentAnswered,
    AgentNoAnswer,
    AgentPresence,
    AgentRinging,
    CallArrived,
    CallDone,
    CallQueued,
    ChannelEnded,
    Fact,
    LegAnswered,
    LegEnded,
    LegKey,
    LegOutcome,
    LegRinging,
    LegSelfJoined,
    RoomJoined,
    RoomLeft,
)
from ...core.ids import AgentId, CallId, CaseId, ChannelId, LegId, Party
from .causes import outcome_of
from .channels import Channel, Channels, agent_of, case_id
from .wire import key, value

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

WANTED_USER_EVENTS = (
    "HdCallArrived",
    "HdCallDone",
    "HdCallQueued",
    "HdLegAnswered",
    "HdLegKey",
    "HdLegNoKey",
    "HdLegSelfJoined",
    "HdLegWon",
)

_UNIQUEID = key("Uniqueid")
_CHANNEL = key("Channel")
_STATE = key("ChannelState")
_DEST_UNIQUEID = key("DestUniqueid")
_DEST_CHANNEL = key("DestChannel")
_DIAL_STATUS = key("DialStatus")
_CAUSE = key("Cause")
_TECH_CAUSE = key("TechCause")
_RESPONSE = key("Response")
_CONFERENCE = key("Conference")
_MEMBER = key("MemberName")
_STATUS = key("Status")
_PAUSED = key("Paused")
_PAUSED_REASON = key("PausedReason")
_OLD_REASON = key("Reason")
_USER_EVENT = key("UserEvent")
_CALL = key("Call")
_CASE = key("Case")
_LEG = key("Leg")
_KEY = key("Key")
_REASON = key("Reason")
_NUMBER = key("Number")
_DIALLED = key("Dialled")

_RINGING = "5"
_IN_USE = "6"
_NOT_DIGITS = re.compile(r"[^0-9+*#]")
_SIP_STATUS = re.compile(r"\b([3-6][0-9]{2})\b")
_PRESENCE = {"1": "free", "2": "busy", "3": "busy", "6": "ringing", "7": "busy", "8": "busy"}
"""Device states of a queue member; the others (unknown, invalid, unavailable) are offline."""

Handler = Callable[[bytes], None]


def digits(text: str) -> str:
    """A telephone number as others may see it: a hostile caller id keeps only its digits."""
    return _NOT_DIGITS.sub("", text)[:32]


def presence(status: str, paused: str) -> str:
    """A seat's state from a queue member's device status and pause flag."""
    state = _PRESENCE.get(status, "offline")
    return "paused" if state == "free" and paused == "1" else state


def number(text: str) -> int:
    """A small decimal number, 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def sip_status(tech_cause: str) -> int:
    """The SIP status inside ``TechCause``, 0 when there is none."""
    found = _SIP_STATUS.search(tech_cause)
    return int(found[1]) if found else 0


class Translator:
    """Follows the channel table and emits facts. Not for use from several threads."""

    def __init__(self, channels: Channels, emit: Callable[[Fact], None]) -> None:
        self.channels = channels
        self._emit = emit
        self._presence: dict[AgentId, tuple[str, str]] = {}
        self.handlers: dict[bytes, Handler] = {
            b"AgentCalled": self._agent_called,
            b"AgentConnect": self._agent_connect,
            b"AgentRingNoAnswer": self._agent_no_answer,
            b"ConfbridgeJoin": self._room_join,
            b"ConfbridgeLeave": self._room_leave,
            b"DialState": self._dial_state,
            b"Hangup": self._hangup,
            b"Newchannel": self._new_channel,
            b"Newstate": self._new_state,
            b"OriginateResponse": self._originate_response,
            b"QueueCallerJoin": self._queue_join,
            b"QueueMemberAdded": self._member,
            b"QueueMemberPause": self._member,
            b"QueueMemberRemoved": self._member_removed,
            b"QueueMemberStatus": self._member,
            b"UserEvent": self._user_event,
        }
        self._user_handlers: dict[bytes, Handler] = {
            b"HdCallArrived": self._call_arrived,
            b"HdCallDone": self._call_done,
            b"HdCallQueued": self._call_queued,
            b"HdLegAnswered": self._leg_answered,
            b"HdLegKey": self._leg_key,
            b"HdLegNoKey": self._leg_no_key,
            b"HdLegSelfJoined": self._leg_self_joined,
            b"HdLegWon": self._leg_key,
        }

    # ------------------------------------------------------------ every channel

    def _new_channel(self, event: bytes) -> None:
        channel = self.channels.leg(value(event, _UNIQUEID))
        if channel is not None and not channel.seen:
            channel.seen, channel.name = True, value(event, _CHANNEL)

    def _new_state(self, event: bytes) -> None:
        if value(event, _STATE) == _RINGING:
            self._leg_rings(value(event, _UNIQUEID))

    def _dial_state(self, event: bytes) -> None:
        if value(event, _DIAL_STATUS) in ("RINGING", "PROGRESS"):
            self._leg_rings(value(event, _DEST_UNIQUEID))

    def _leg_rings(self, leg: str) -> None:
        channel = self.channels.leg(leg)
        if channel is None or channel.ready:
            return
        channel.seen = True
        if not channel.ringing:
            channel.ringing = True
            self._emit(LegRinging(LegId(leg)))

    def _hangup(self, event: bytes) -> None:
        uniqueid = value(event, _UNIQUEID)
        self.ended(uniqueid, number(value(event, _CAUSE)), sip_status(value(event, _TECH_CAUSE)))

    def ended(self, uniqueid: str, q850: int, sip: int) -> None:
        """A channel is gone: say so once, if it was a caller's, an agent's or a leg."""
        self.channels.leg(uniqueid)
        channel = self.channels.end(uniqueid)
        if channel is None:
            return
        if channel.party is Party.UNIT:
            outcome = outcome_of(
                answered=channel.ready,
                no_key=channel.no_key,
                released=channel.released,
                q850=q850,
                sip=sip,
            )
            self._emit(LegEnded(LegId(uniqueid), outcome, q850, sip))
        else:
            self._emit(ChannelEnded(ChannelId(uniqueid), q850, sip))

    def _originate_response(self, event: bytes) -> None:
        uniqueid = value(event, _UNIQUEID)
        if value(event, _RESPONSE) == "Success":
            self._answered(uniqueid)
            return
        channel = self.channels.get(uniqueid)
        if channel is not None and channel.placed and not channel.seen:
            self.channels.end(uniqueid)
            self._emit(LegEnded(LegId(uniqueid), LegOutcome.FAILED))

    # ------------------------------------------------------------ callers and agents

    def _call_arrived(self, event: bytes) -> None:
        call = value(event, _CALL)
        if not call or self.channels.has_ended(call) or self.channels.get(call) is not None:
            return
        self.channels.add(
            Channel(
                call,
                Party.REQUESTER,
                name=value(event, _CHANNEL),
                number=digits(value(event, _NUMBER)),
                dialled=digits(value(event, _DIALLED)),
                call=CallId(call),
                ready=True,
                seen=True,
            )
        )
        self._emit(
            CallArrived(CallId(call), digits(value(event, _NUMBER)), digits(value(event, _DIALLED)))
        )

    def _call_queued(self, event: bytes) -> None:
        caller = self.channels.get(value(event, _CALL))
        if caller is None or caller.queued:
            return
        case = case_id(value(event, _CASE))
        caller.queued, caller.case = True, case or caller.case
        self._emit(CallQueued(CallId(caller.id), case, value(event, _REASON) or "new"))

    def _queue_join(self, event: bytes) -> None:
        """The queue itself: second evidence, for a caller whose announcement was missed."""
        caller = self.channels.get(value(event, _UNIQUEID))
        if caller is not None and caller.party is Party.REQUESTER and not caller.queued:
            caller.queued = True
            self._emit(CallQueued(CallId(caller.id), caller.case, "again"))

    def _call_done(self, event: bytes) -> None:
        call = value(event, _CALL)
        if self.channels.get(call) is not None:
            self._emit(CallDone(CallId(call)))

    def _agent_called(self, event: bytes) -> None:
        channel = self._agent_channel(event)
        if channel is not None and not channel.ringing:
            channel.ringing = True
            assert channel.call is not None
            assert channel.agent is not None
            self._emit(AgentRinging(channel.call, channel.agent, ChannelId(channel.id)))

    def _agent_connect(self, event: bytes) -> None:
        channel = self._agent_channel(event)
        if channel is None or channel.ready:
            return
        channel.ringing, channel.ready = False, True
        assert channel.call is not None
        assert channel.agent is not None
        caller = self.channels.get(channel.call)
        if caller is not None:
            caller.queued = False
        self._emit(AgentAnswered(channel.call, channel.agent, ChannelId(channel.id)))

    def _agent_channel(self, event: bytes) -> Channel | None:
        """The agent's channel of a queue event, known from now on; None if it has ended."""
        uniqueid = value(event, _DEST_UNIQUEID)
        if not uniqueid or self.channels.has_ended(uniqueid):
            return None
        channel = self.channels.get(uniqueid)
        if channel is None:
            channel = self.channels.add(Channel(uniqueid, Party.AGENT))
        channel.name = value(event, _DEST_CHANNEL)
        channel.agent = AgentId(value(event, _MEMBER))
        channel.call = CallId(value(event, _UNIQUEID))
        return channel

    def _agent_no_answer(self, event: bytes) -> None:
        self._emit(AgentNoAnswer(CallId(value(event, _UNIQUEID)), AgentId(value(event, _MEMBER))))

    def _member(self, event: bytes) -> None:
        reason = value(event, _PAUSED_REASON) or value(event, _OLD_REASON)
        state = presence(value(event, _STATUS), value(event, _PAUSED))
        self.seat(AgentId(value(event, _MEMBER)), state, reason if state == "paused" else "")

    def _member_removed(self, event: bytes) -> None:
        self.seat(AgentId(value(event, _MEMBER)), "offline", "")

    def seat(self, agent: AgentId, state: str, reason: str, *, synthesised: bool = False) -> None:
        """A seat's state, said when it differs from what was said last."""
        if agent and self._presence.get(agent) != (state, reason):
            self._presence[agent] = (state, reason)
            self._emit(AgentPresence(agent, state, reason, synthesised))

    # ------------------------------------------------------------ the room

    def _room_join(self, event: bytes) -> None:
        room, uniqueid = case_id(value(event, _CONFERENCE)), value(event, _UNIQUEID)
        if room is not None and not self.channels.has_ended(uniqueid):
            self.joined(self._party(uniqueid, value(event, _CHANNEL)), room)

    def joined(self, channel: Channel, room: CaseId, *, synthesised: bool = False) -> None:
        """A channel is in a room; said once per entry."""
        if channel.room == room:
            return
        channel.room, channel.queued, channel.ready = room, False, True
        self._emit(RoomJoined(room, ChannelId(channel.id), synthesised))

    def _room_leave(self, event: bytes) -> None:
        channel = self.channels.get(value(event, _UNIQUEID))
        if channel is not None and channel.room is not None:
            room, channel.room = channel.room, None
            self._emit(RoomLeft(room, ChannelId(channel.id)))

    def _party(self, uniqueid: str, name: str) -> Channel:
        known = self.channels.leg(uniqueid)
        if known is None:
            agent = agent_of(name)
            party = Party.AGENT if agent else None
            known = self.channels.add(Channel(uniqueid, party, name=name, agent=agent))
        return known

    # ------------------------------------------------------------ legs

    def _leg_answered(self, event: bytes) -> None:
        self._answered(value(event, _LEG))

    def _answered(self, leg: str) -> Channel | None:
        channel = self.channels.leg(leg)
        if channel is not None and not channel.ready:
            channel.seen = channel.ready = True
            self._emit(LegAnswered(LegId(leg)))
        return channel

    def _leg_key(self, event: bytes) -> None:
        """A key; HdLegWon tells the same key 1 once more and is silent if that was heard."""
        channel, pressed = self._answered(value(event, _LEG)), value(event, _KEY)[:1]
        if channel is None or not pressed or (pressed == "1" and channel.key == "1"):
            return
        channel.key = pressed
        self._emit(LegKey(LegId(channel.id), pressed))

    def _leg_self_joined(self, event: bytes) -> None:
        channel = self._answered(value(event, _LEG))
        if channel is not None:
            self._emit(LegSelfJoined(LegId(channel.id)))

    def _leg_no_key(self, event: bytes) -> None:
        channel = self.channels.leg(value(event, _LEG))
        if channel is not None:
            channel.no_key = True

    def _user_event(self, event: bytes) -> None:
        at = event.find(_USER_EVENT)
        if at >= 0:
            at += len(_USER_EVENT)
            handler = self._user_handlers.get(event[at : event.find(b"\r\n", at)])
            if handler is not None:
                handler(event)
