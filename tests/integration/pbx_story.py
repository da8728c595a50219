"""The least a service does, for tests of the PBX alone: put both into a room, ring a unit."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from dataclasses import dataclass
from pathlib import Path

from dispatcher.adapters.asterisk.embedded.ami import Ami, Message
from dispatcher.adapters.asterisk.embedded.pbx import EmbeddedPbx
from dispatcher.testing.city import Behaviour, City, CityLeg
from dispatcher.testing.city.leg import PATIENCE_S
from dispatcher.testing.hearing import Hearing
from dispatcher.testing.stand import Stand

_ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_numbers = itertools.count(1)


@dataclass
class Talk:
    """A caller and an agent talking; ids and channels are the PBX's."""

    caller: CityLeg
    agent: CityLeg
    call: str
    caller_channel: str
    agent_id: str
    agent_channel: str


class Story:
    """One test's view of the PBX and the city; every event since its beginning counts."""

    def __init__(self, pbx: EmbeddedPbx, city: City, ami: Ami) -> None:
        self.pbx = pbx
        self.city = city
        self.ami = ami

    @classmethod
    async def begin(cls, stand: Stand) -> Story:
        return cls(stand.pbx, stand.city, await stand.pbx.ami())

    async def end(self) -> None:
        """Hang everything up and wait until the PBX is empty and the agents are free."""
        failures = list(self.city.failures)
        await self.city.clear()
        for channel in await self.ami.list("CoreShowChannels"):
            await self.ami.action("Hangup", Channel=channel["Channel"])
        async with asyncio.timeout(PATIENCE_S):
            while not await self._idle():  # noqa: ASYNC110 (no event tells that all is over)
                await asyncio.sleep(0.02)
        for number in range(1, 5):
            await self.ami.action("QueuePause", Interface=f"PJSIP/agent{number}", Paused="false")
        await self.ami.close()
        self.city.failures.clear()
        assert not failures, failures

    async def only(self, *agents: str) -> None:
        """Pause every agent but these."""
        for number in range(1, 5):
            name = f"agent{number}"
            await self.ami.action(
                "QueuePause", Interface=f"PJSIP/{name}", Paused=str(name not in agents).lower()
            )

    async def user_event(
        self, name: str, deadline_s: float = PATIENCE_S, **headers: str
    ) -> Message:
        """The first UserEvent ``name`` with these headers."""

        def fits(event: Message) -> bool:
            return event.get("UserEvent") == name and headers.items() <= event.items()

        return await self.ami.event(fits, deadline_s, what=f"{name} {headers}")

    async def event(self, name: str, deadline_s: float = PATIENCE_S, **headers: str) -> Message:
        """The first event ``name`` with these headers."""

        def fits(event: Message) -> bool:
            return event["Event"] == name and headers.items() <= event.items()

        return await self.ami.event(fits, deadline_s, what=f"{name} {headers}")

    def user_events(self, name: str, **headers: str) -> list[Message]:
        """All of them so far."""
        return [
            event
            for event in self.ami.history
            if event.get("UserEvent") == name and headers.items() <= event.items()
        ]

    async def talk(self, agent: str = "agent1", number: str = "") -> Talk:
        """A caller is put through to ``agent`` by the queue, and both hear each other."""
        await self.only(agent)
        caller = await self.city.call(number or next_number())
        arrived = await self.user_event("HdCallArrived", Number=caller.party)
        link = await self.event("AgentConnect", Uniqueid=arrived["Call"])
        agent_leg = self.city.legs_of(agent)[-1]
        await agent_leg.answered()
        await caller.hears(agent_leg.tone_hz)
        await agent_leg.hears(caller.tone_hz)
        return Talk(
            caller,
            agent_leg,
            arrived["Call"],
            link["Channel"],
            link["DestUniqueid"],
            link["DestChannel"],
        )

    async def convene(self, talk: Talk, case: str) -> None:
        """Attach the case and move both into its room, as the service does."""
        for channel in (talk.call, talk.agent_id):
            await self.ami.action("Setvar", Channel=channel, Variable="HD_CASE", Value=case)
        answer = await self.ami.action(
            "Redirect",
            Channel=talk.caller_channel,
            Context="case-room-caller",
            Exten="s",
            Priority="1",
            ExtraChannel=talk.agent_channel,
            ExtraContext="case-room-agent",
            ExtraExten="s",
            ExtraPriority="1",
        )
        assert answer["Response"] == "Success", answer
        await self.event("ConfbridgeJoin", Conference=case, Uniqueid=talk.call)
        await self.event("ConfbridgeJoin", Conference=case, Uniqueid=talk.agent_id)

    async def ring(
        self, number: str, behaviour: Behaviour, case: str, leg: str = "", **variables: str
    ) -> tuple[str, CityLeg]:
        """Ring a unit for ``case``; returns the leg's id and its leg in the city."""
        self.city.unit(number, behaviour)
        before = len(self.city.legs_of(number))
        leg = leg or f"{case}.{next(_numbers)}"
        answer = await self.originate(number, leg, {"HD_CASE": case, "HD_LEG": leg, **variables})
        assert answer["Response"] == "Success", answer
        return leg, await self.city.leg(number, before)

    async def originate(self, number: str, channel_id: str, variables: dict[str, str]) -> Message:
        given = {
            "HD_MODE": "key",
            "HD_BRIEF": "none",
            "HD_DETAIL": "none",
            "HD_EXERCISE": "0",
            **variables,
        }
        return await self.ami.action(
            "Originate",
            given,
            Channel=f"PJSIP/{number}@trunk",
            ChannelId=channel_id,
            Context="unit-brief",
            Exten="s",
            Priority="1",
            CallerID="<12345>",
            Timeout="30000",
            Async="true",
        )

    async def recorded(self, name: str, leg: CityLeg) -> Hearing:
        """A closed recording of the PBX, beginning when ``leg`` was answered."""
        path = self.pbx.recordings / name
        async with asyncio.timeout(PATIENCE_S):
            while not _closed(path):  # noqa: ASYNC110 (the writer closes it a little later)
                await asyncio.sleep(0.02)
        return Hearing.of(path, leg.answered_at or 0)

    async def redirect(self, channel: str, context: str) -> None:
        answer = await self.ami.action(
            "Redirect", Channel=channel, Context=context, Exten="s", Priority="1"
        )
        assert answer["Response"] == "Success", answer

    async def _idle(self) -> bool:
        if await self.ami.list("CoreShowChannels"):
            return False
        members = await self.ami.list("QueueStatus", Queue="hotline")
        return all(m["Status"] == "1" for m in members if m["Event"] == "QueueMember")


def _closed(path: Path) -> bool:
    """Asterisk writes the length into a wave file's header when it closes it."""
    raw = path.read_bytes() if path.is_file() else b""
    return len(raw) > 44 and int.from_bytes(raw[40:44], "little") == len(raw) - 44


def next_number() -> str:
    """A caller's number nobody had yet; visibly fictitious."""
    return f"1990000{next(_numbers):04d}"


def unit_number() -> str:
    """A unit's number nobody had yet; visibly fictitious."""
    return f"0563555{next(_numbers):04d}"


def new_case() -> str:
    """A case id: 26 characters as a ULID has them."""
    return "".join(secrets.choice(_ULID) for _ in range(26))
