"""A telephony on a scripted PBX: what lives there is told by its lists, events are sent by hand."""

from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from dispatcher.adapters.asterisk.link import LinkSettings
from dispatcher.adapters.asterisk.telephony import AsteriskTelephony
from dispatcher.core.effects import LiveEffect, TelephonyEffect
from dispatcher.core.facts import Fact, LinkRestored
from dispatcher.ports import Performed

from .events import AGENT, ARRIVED, CALLED, CALLER, CONNECTED, QUEUED
from .virtual import Connection, VirtualLoop, listed, run

NONE = "Response: Error\nMessage: No active conferences."


def status(
    channel: str,
    name: str = "PJSIP/trunk-00000001",
    *,
    context: str = "hotline-queue",
    state: str = "6",
    bridge: str = "",
    linked: str = "",
    **variables: str,
) -> str:
    lines = [
        "Event: Status",
        f"Channel: {name}",
        f"ChannelState: {state}",
        "CallerIDNum: 05635550101",
        f"Context: {context}",
        f"Uniqueid: {channel}",
        f"Linkedid: {linked or channel}",
        f"BridgeID: {bridge}",
    ]
    for variable in ("HD_CASE", "HD_MODE", "HD_DIALLED", "HD_IVR"):
        lines.append(f"Variable: {variable}={variables.get(variable, '(null)')}")
    return "\n".join(lines)


def member(agent: str = "agent1", state: str = "1", paused: str = "0") -> str:
    return f"Event: QueueMember\nName: {agent}\nStatus: {state}\nPaused: {paused}\nPausedReason: "


def waiting(caller: str = CALLER) -> str:
    return f"Event: QueueEntry\nUniqueid: {caller}\nPosition: 1"


class Scene:
    """The service's telephony, the PBX it talks to, and what it said."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop, self.pbx = loop, loop.pbx
        self.facts: list[Fact] = []
        self.telephony = AsteriskTelephony(
            LinkSettings(secret="not-a-secret"), wall_s=lambda: 1_795_000_000.0, random=Random(1)
        )
        self.started = "12:00:00"
        self.pbx.answers["CoreStatus"] = lambda _: (
            f"Response: Success\nCoreStartupDate: 2026-11-22\nCoreStartupTime: {self.started}"
        )
        self.lives()

    def lives(
        self, *channels: str, queue: tuple[str, ...] = (), rooms: dict[str, list[str]] | None = None
    ) -> None:
        """What the lists say from now on; ``rooms`` maps a room to channel ids."""
        rooms = rooms or {}
        self.pbx.answers["Status"] = lambda action: (
            listed(*channels) if "Channel" not in action else self._one(action["Channel"], channels)
        )
        self.pbx.answers["QueueStatus"] = listed(*queue)
        self.pbx.answers["ConfbridgeListRooms"] = (
            listed(*[f"Event: ConfbridgeListRooms\nConference: {room}" for room in rooms])
            if rooms
            else NONE
        )
        self.pbx.answers["ConfbridgeList"] = lambda action: listed(
            *[f"Event: ConfbridgeList\nUniqueid: {c}" for c in rooms.get(action["Conference"], [])]
        )

    def _one(self, channel: str, channels: tuple[str, ...]) -> str:
        found = [row for row in channels if f"Uniqueid: {channel}\n" in row]
        return listed(*found) if found else "Response: Error\nMessage: No such channel"

    @property
    def connection(self) -> Connection:
        return self.pbx.connections[-1]

    async def up(self) -> list[Fact]:
        """Start, or wait for the link to come back; what was said until it was up."""
        before = len(self.facts)
        await self.telephony.start(self.facts.append)
        assert await self.pbx.until(lambda: self.restored(before), 60)
        assert await self.telephony.link.until_up(1000)
        return self.facts[before:]

    def restored(self, after: int) -> bool:
        return any(isinstance(fact, LinkRestored) for fact in self.facts[after:])

    async def say(self, *events: bytes) -> list[Fact]:
        """The PBX sends these in one read; what was said of it."""
        before = len(self.facts)
        self.connection.send(b"".join(event + b"\r\n\r\n" for event in events))
        done = self.loop.create_future()
        self.loop.call_soon(self.loop.call_soon, done.set_result, None)
        await done
        return self.facts[before:]

    async def talking(self) -> None:
        """A caller and an agent talk."""
        await self.up()
        self.lives(status(CALLER, bridge="b1"), status(AGENT, "PJSIP/agent1-00000002", bridge="b1"))
        await self.say(ARRIVED, QUEUED, CALLED, CONNECTED)

    def will(self, action: str, answer: str, *events: bytes) -> None:
        """The PBX answers an action so, and these events follow."""

        def act(_: dict[str, str]) -> str:
            if events:
                self.loop.call_soon(
                    self.connection.send, b"".join(event + b"\r\n\r\n" for event in events)
                )
            return answer

        self.pbx.answers[action] = act

    async def perform(self, effect: TelephonyEffect | LiveEffect) -> Performed:
        return await self.telephony.perform(effect)


def play(story: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
    """Run a story in virtual time, then close the telephony."""

    async def whole(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        try:
            await story(scene)
        finally:
            await scene.telephony.close()

    run(whole)
