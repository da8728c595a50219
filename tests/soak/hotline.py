"""The hotline under test: its PBX, the city beside it, a link that can be cut, and the service.

The service is `dispatcher run` on the shipped rules with units of its own; its manager link leads
through a proxy. The city's phones are dispatched here to the calls they belong to.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from dispatcher.adapters.asterisk.embedded.ami import Ami, Message
from dispatcher.adapters.asterisk.embedded.fetch import fetch
from dispatcher.adapters.asterisk.embedded.ports import free_tcp_port
from dispatcher.adapters.asterisk.embedded.settings import QueueSettings
from dispatcher.testing.city import Behaviour, City, CityLeg
from dispatcher.testing.stand import Stand, open_stand
from tests.integration.proxies import Proxy
from tests.soak.consoles import Consoles
from tests.soak.directory import COUNT, SoakUnit, write_rules
from tests.soak.phones import write_phrases
from tests.soak.service import SoakService

SEATS = 26
LEADERS = ("agent25", "agent26")
"""Seats that are taken out of the queue: the shift leaders' own phones."""
_HISTORY = 2_000


class Party(Protocol):
    """Whoever plays a call hears of the legs that belong to it."""

    def rung(self, role: str, leg: CityLeg) -> None: ...


@dataclass
class Hotline:
    """Everything that runs. ``ended_by_us`` holds the city's legs that our side hung up first."""

    stand: Stand
    service: SoakService
    proxy: Proxy
    consoles: Consoles
    seed: int
    units: asyncio.Queue[SoakUnit] = field(default_factory=asyncio.Queue)
    leaders: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    callers: dict[str, Party] = field(default_factory=dict)
    phones: dict[str, Party] = field(default_factory=dict)
    strays: list[CityLeg] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    ended_by_us: set[str] = field(default_factory=set)
    _living: set[str] = field(default_factory=set)
    _ended: set[str] = field(default_factory=set)
    _known: int = 0

    @property
    def alive(self) -> int:
        """Legs that live at the city."""
        return len(self._living)

    @property
    def city(self) -> City:
        return self.stand.city

    def watch(self) -> None:
        """Follow the city's own manager from now on."""
        for n in range(COUNT):
            self.units.put_nowait(SoakUnit(n))
        for seat in LEADERS:
            self.leaders.put_nowait(seat)
        for agent in self.stand.pbx.settings.agents:
            self.city.agent(agent.id, Behaviour.no_answer())
        self.city.ami.listeners.append(self._event)

    def _event(self, event: Message) -> None:
        kind, leg = event["Event"], event.get("Uniqueid", "")
        if kind == "HangupRequest" and leg not in self._ended:
            self.ended_by_us.add(leg)
        if kind in ("HangupRequest", "SoftHangupRequest"):
            self._ended.add(leg)
        if kind == "Hangup":
            self._living.discard(leg)
        if len(self.city.ami.history) > _HISTORY:
            self.city.ami.history.clear()
        for new in self.city.legs[self._known :]:
            self._living.add(new.id)
            self._dispatch(new)
        self._known = len(self.city.legs)

    def _dispatch(self, leg: CityLeg) -> None:
        if leg.party in self.callers:
            return  # his own call: placed, not rung
        is_seat = leg.party.startswith("agent")
        if leg.party in LEADERS or not is_seat:
            owner, role = self.phones.get(leg.party), "leader" if is_seat else "unit"
        else:
            owner, role = self.callers.get(leg.shown), "agent"
        if owner is None:
            self.strays.append(leg)
        else:
            owner.rung(role, leg)

    async def channels(self) -> dict[str, int]:
        """How many channels live on each PBX."""
        async with await self.stand.pbx.ami() as ami:
            return {"hotline": await _count(ami), "city": await _count(self.city.ami)}


def _nothing(_: str) -> None:
    """Standard output is for the result."""


async def _count(ami: Ami) -> int:
    return len(await ami.list("CoreShowChannels", deadline_s=30))


@contextlib.asynccontextmanager
async def open_hotline(folder: Path, seed: int) -> AsyncIterator[Hotline]:
    """Start everything below ``folder``; all of it is gone again when the block is left."""
    write_phrases(folder / "pbx" / "sounds")
    rules = write_rules(folder)
    queue = QueueSettings(ring_s=8, wrapup_s=0)
    async with contextlib.AsyncExitStack() as stack:
        stand = await stack.enter_async_context(
            open_stand(
                folder,
                agents=SEATS,
                install=fetch(say=_nothing),
                queue=queue,
                key_wait_s=1,
                sound_blocks=10,
                heard_as="wav",
            )
        )
        host, port, user, secret = stand.pbx.address
        proxy = await stack.enter_async_context(Proxy(port))
        pbx: dict[str, object] = {
            "mode": "external",
            "host": host,
            "port": proxy.port,
            "user": user,
            "secret": secret,
            "recordings": stand.pbx.recordings,
        }
        service = SoakService(folder, rules, free_tcp_port(), pbx)
        await service.put_users()
        stack.push_async_callback(service.kill)
        await service.start()
        await service.until_up()
        consoles = await stack.enter_async_context(Consoles(service.address))
        hotline = Hotline(stand, service, proxy, consoles, seed)
        hotline.watch()
        await consoles.until(lambda console: True, 20)
        for seat in LEADERS:
            await consoles.command("leader", "seat_out", seat=seat)
        yield hotline
