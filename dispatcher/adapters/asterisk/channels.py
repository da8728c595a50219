"""Which channel is whom: the small table between the PBX's channels and the core's facts.

A channel is known by its Uniqueid. Ours carry the leg id (we set ``ChannelId`` on Originate), a
caller is announced by the dialplan, an agent by the queue or by the name of its endpoint.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ...core.ids import AgentId, CallId, CaseId, Party

_LEG = re.compile(r"[0-9A-Z]{26}\.[0-9]+\Z")
_ROOM = re.compile(r"[0-9A-Z]{26}\Z")
_AGENT_CHANNEL = re.compile(r"PJSIP/((?:agent|leader)[0-9]+)-")
ENDED_KEPT = 8192
"""Ended channels remembered, so that a late or repeated event about one says nothing new."""


def is_leg(channel: str) -> bool:
    """Whether a Uniqueid is a leg id (``<case id>.<n>``); Asterisk's own never are."""
    return len(channel) > 27 and _LEG.match(channel) is not None


def case_id(text: str) -> CaseId | None:
    """A case id as the dialplan tells it, None for anything else (it may be empty)."""
    return CaseId(text) if _ROOM.match(text) else None


def agent_of(channel_name: str) -> AgentId | None:
    """The seat whose phone a channel such as ``PJSIP/agent7-0000001c`` is."""
    found = _AGENT_CHANNEL.match(channel_name)
    return AgentId(found[1]) if found else None


@dataclass(slots=True)
class Channel:
    """What is known of one living channel.

    ``placed``: we asked for it; it may not exist yet (``seen`` tells). ``ready``: Originate has
    reported success or its dialplan runs, so a Redirect is safe. ``released``: we are ending it.
    ``briefed``: its dialplan plays the brief.
    ``mode``: how a leg was rung (key, voice, inform), '' when another process placed it.
    ``connecting``: the queue gave this agent a caller, and they were not seen together yet.
    """

    id: str
    party: Party | None
    name: str = ""
    number: str = ""
    dialled: str = ""
    agent: AgentId | None = None
    call: CallId | None = None
    case: CaseId | None = None
    room: CaseId | None = None
    mode: str = ""
    key: str = ""
    queued: bool = False
    held: bool = False
    ringing: bool = False
    ready: bool = False
    placed: bool = False
    seen: bool = False
    released: bool = False
    no_key: bool = False
    briefed: bool = False
    connecting: bool = False


class Channels:
    """All living channels, in the order they appeared, and the ids of those that ended."""

    __slots__ = ("_ended", "_waiting", "live")

    def __init__(self) -> None:
        self.live: dict[str, Channel] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._ended: OrderedDict[str, None] = OrderedDict()

    def get(self, channel: str) -> Channel | None:
        return self.live.get(channel)

    def add(self, channel: Channel) -> Channel:
        self.live[channel.id] = channel
        return channel

    def leg(self, leg: str) -> Channel | None:
        """The leg's entry, made when it is new; None when it has ended or is no leg id."""
        known = self.live.get(leg)
        if known is None and leg not in self._ended and is_leg(leg):
            known = self.add(Channel(leg, Party.UNIT, case=CaseId(leg[:26])))
        return known

    def end(self, channel: str) -> None:
        """Forget a channel, and remember that it has ended."""
        self._ended[channel] = None
        if len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)
        self.live.pop(channel, None)
        self.changed()

    def has_ended(self, channel: str) -> bool:
        return channel in self._ended

    def changed(self) -> None:
        """Wake those who wait: whoever changes an entry calls this."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    async def until(self, condition: Callable[[], bool], within_ms: int) -> bool:
        """Wait for something to become true of the table; whether it did in time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within_ms / 1000
        while not condition():
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.append(future)
            await asyncio.wait({future}, timeout=max(0.0, end - loop.time()))
            if not future.done() and loop.time() >= end:
                future.cancel()
                return condition()
        return True
