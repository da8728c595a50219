"""Events about the legs we placed → facts."""

import asyncio
from collections.abc import Callable

from ...core.facts import (
    Fact,
    LegAnswered,
    LegEnded,
    LegKey,
    LegOutcome,
    LegRinging,
    LegSelfJoined,
)
from ...core.ids import LegId, Party
from .causes import outcome_of
from .channels import Channel, Channels
from .wire import key, value

Handler = Callable[[bytes], None]

_UNIQUEID = key("Uniqueid")
_CHANNEL = key("Channel")
_STATE = key("ChannelState")
_DEST_UNIQUEID = key("DestUniqueid")
_DIAL_STATUS = key("DialStatus")
_RESPONSE = key("Response")
_LEG = key("Leg")
_KEY = key("Key")

OVERTAKEN_S = 0.25
"""How far the report of an Originate may be ahead of the events of its channel: two threads of
Asterisk send them. On a busy machine a refusal's report is the first that is heard of it."""

_RINGING = "5"
_ALERTING = ("RINGING", "PROGRESS")
"""180, and 183 of a network that plays its own ringing tone."""


class Legs:
    """Facts of legs. A leg's id is its channel's Uniqueid."""

    def __init__(self, channels: Channels, emit: Callable[[Fact], None]) -> None:
        self._channels = channels
        self._emit = emit
        self.handlers: dict[bytes, Handler] = {
            b"DialState": self._dial_state,
            b"Newchannel": self._new_channel,
            b"Newstate": self._new_state,
        }
        self.user_handlers: dict[bytes, Handler] = {
            b"HdLegAnswered": self._leg_answered,
            b"HdLegKey": self._leg_key,
            b"HdLegNoKey": self._leg_no_key,
            b"HdLegSelfJoined": self._leg_self_joined,
            b"HdLegWon": self._leg_key,
        }

    # ------------------------------------------------------------ said by lists and events

    def rings(self, leg: str, *, synthesised: bool = False) -> None:
        channel = self._channels.leg(leg)
        if channel is None or channel.party is not Party.UNIT:
            return
        channel.seen = True
        if not channel.ringing and not channel.ready:
            channel.ringing = True
            self._channels.changed()
            self._emit(LegRinging(LegId(leg), synthesised))

    def answered(self, leg: str, *, synthesised: bool = False) -> Channel | None:
        """The leg's dialplan runs; None if the leg has ended or is none of ours."""
        channel = self._channels.leg(leg)
        if channel is not None and channel.party is not Party.UNIT:
            return None
        if channel is not None and not channel.ready:
            channel.seen = channel.ready = True
            self._channels.changed()
            self._emit(LegAnswered(LegId(leg), synthesised))
        return channel

    def self_joined(self, leg: str, *, synthesised: bool = False) -> None:
        """The dialplan joined a leg by itself: after key 1, unless it joins on answer anyway."""
        channel = self.answered(leg, synthesised=synthesised)
        if channel is not None and channel.mode != "voice":
            self._emit(LegSelfJoined(LegId(leg), synthesised))

    def ended(self, channel: Channel, q850: int, sip: int) -> None:
        """A leg that was just taken off the table has hung up."""
        outcome = outcome_of(
            answered=channel.ready,
            no_key=channel.no_key,
            released=channel.released,
            q850=q850,
            sip=sip,
        )
        self._emit(LegEnded(LegId(channel.id), outcome, q850, sip))

    # ------------------------------------------------------------ events

    def _new_channel(self, event: bytes) -> None:
        channel = self._channels.leg(value(event, _UNIQUEID))
        if channel is not None and not channel.seen:
            channel.seen, channel.name = True, value(event, _CHANNEL)
            self._channels.changed()

    def _new_state(self, event: bytes) -> None:
        if value(event, _STATE) == _RINGING:
            self.rings(value(event, _UNIQUEID))

    def _dial_state(self, event: bytes) -> None:
        if value(event, _DIAL_STATUS) in _ALERTING:
            self.rings(value(event, _DEST_UNIQUEID))

    def originated(self, event: bytes) -> None:
        """Failure of an attempt that has no channel is its end; otherwise Hangup tells why."""
        leg = value(event, _UNIQUEID)
        if value(event, _RESPONSE) == "Success":
            self.answered(leg)
            return
        channel = self._channels.get(leg)
        if channel is not None and channel.placed and not channel.seen:
            asyncio.get_running_loop().call_later(OVERTAKEN_S, self._never_lived, channel)

    def _never_lived(self, channel: Channel) -> None:
        if not channel.seen and self._channels.get(channel.id) is channel:
            self._channels.end(channel.id)
            self._emit(LegEnded(LegId(channel.id), LegOutcome.FAILED))

    def _leg_answered(self, event: bytes) -> None:
        channel = self.answered(value(event, _LEG))
        if channel is not None and not channel.briefed:
            channel.briefed = True
            self._channels.changed()

    def _leg_key(self, event: bytes) -> None:
        """A key. HdLegWon repeats key 1, so that an acceptance is heard even if only it came."""
        channel, pressed = self.answered(value(event, _LEG)), value(event, _KEY)[:1]
        if channel is None or not pressed or (pressed == "1" and channel.key == "1"):
            return
        channel.key = pressed
        self._emit(LegKey(LegId(channel.id), pressed))

    def _leg_self_joined(self, event: bytes) -> None:
        self.self_joined(value(event, _LEG))

    def _leg_no_key(self, event: bytes) -> None:
        channel = self._channels.leg(value(event, _LEG))
        if channel is not None:
            channel.no_key = True
