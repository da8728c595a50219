"""From the agent's key to the unit's phone, and the silence the caller hears meanwhile.

    python -m bench.key_to_invite [--keys 300] [--joins 24]

A real Asterisk runs the hotline's dialplan, a second one plays the city; the service and its
gateway are the installation of the demo. For each key a caller talks to an agent, the agent's
console sends `open_emergency` over its websocket, and the city notes when the INVITEs arrive at
the phones of lead and assisting units (decided, committed and placed in between). Then the
hand-over is withdrawn and everybody hangs up. Times are the machine's wall clock; INVITEs are
stamped in whole milliseconds, so a figure may be one millisecond too small.

The silence is read off the caller's own recording, in frames of 10 ms, from before the key to
after caller and agent are in the case's room: each hears the other's tone all the time but for it.
"""

import asyncio
import contextlib
import itertools
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.figures import Figure, parser, percentile, report, two
from bench.quiet import quiet
from dispatcher.adapters.asterisk.embedded.layout import locate
from dispatcher.app import App
from dispatcher.core.ids import CaseId
from dispatcher.demo.client import ConsoleClient
from dispatcher.demo.town import RealTown
from dispatcher.demo.world import AGENTS, PASSWORD, open_world
from dispatcher.testing.city.city import City
from dispatcher.testing.city.leg import CityLeg

WANTED_MS = 50.0
WANTED_SILENCE_MS = 40
AFTER_S = 0.4
"""How long caller and agent are listened to after they are in the room."""


@dataclass(slots=True)
class Results:
    """Milliseconds. ``first`` and ``all``: until the first, and the last, phone of the key.

    ``unplaced`` counts calls that the PBX did not place at the first try.
    """

    unplaced: int = 0
    first: list[float] = field(default_factory=list)
    all: list[float] = field(default_factory=list)
    silence: list[int] = field(default_factory=list)
    rung: int = 0

    @property
    def phones(self) -> float:
        """Rung by one key, on average."""
        return self.rung / max(1, len(self.all))


@dataclass(slots=True)
class Desk:
    """An agent with a console. One desk at a time presses its key and takes it back, while the
    next callers arrive at the others."""

    app: App
    city: City
    console: ConsoleClient
    pressing: asyncio.Lock
    results: Results

    async def one(self, number: str, listen: bool) -> None:
        """A call, a key, and everything taken back."""
        city, console = self.city, self.console
        caller = await city.call(number)
        call = await console.until(lambda: self._talking(number))
        agent = next(x for x in reversed(city.legs_of(str(call["agent"]))) if x.alive)
        if listen:
            await caller.hears(agent.tone_hz)
        async with self.pressing:
            before, begun = len(city.legs), time.time_ns() / 1e6
            opened = await self._key(call)
            units = await self._rung(before, opened["case"])
            await console.until(lambda: _in_room(console.cases.get(opened["case"])))
            if listen:
                await self._listen(caller, int(begun) - 200)
            await self._take_back(opened["case"], [caller, agent, *units])
        invited = [leg.invited_at - begun for leg in units if leg.invited_at is not None]
        self.results.first.append(min(invited))
        self.results.all.append(max(invited))
        self.results.rung += len(invited)

    async def _listen(self, caller: CityLeg, since: int) -> None:
        await asyncio.sleep(AFTER_S)
        heard = caller.hearing()
        silent = heard.longest_silence_ms(since, heard.ended_at, caller.tone_hz)
        self.results.silence.append(silent)

    def _talking(self, number: str) -> dict[str, Any] | None:
        call = self.console.call_of(number)
        return call if call and call["state"] == "talking" else None

    async def _key(self, call: dict[str, Any]) -> dict[str, Any]:
        return await self.console.command(
            "open_emergency",
            call=call["id"],
            **{"class": "EMERGENCY_MAJOR"},
            category="E2.GAS",
            district="xuanzhou",
            township="水阳镇",
            text="厨房有很浓的气味",
            why="测量",
        )

    async def _rung(self, before: int, case: CaseId) -> list[CityLeg]:
        """The units' legs of this key, once the INVITEs of all that live have arrived."""
        city, handovers = self.city, self.app.service.hotline.handovers

        def units() -> list[CityLeg]:
            return [x for x in city.legs[before:] if x.party.isdigit() and x.shown == "12345"]

        await city._until(
            lambda: len(units()) >= max(1, len(handovers[case].legs)), 15, "nobody was rung"
        )
        self.results.unplaced += len([x for x in handovers[case].ended if x.outcome == "failed"])
        return units()

    async def _take_back(self, case: str, legs: list[CityLeg]) -> None:
        view = self.console.cases[case]
        for assignment in view["assignments"]:
            if assignment["active"]:
                await self.console.command(
                    "withdraw", case=case, assignment=assignment["id"], reason="测量完毕"
                )
        await self.console.command("end_conversation", case=case)
        for leg in legs:
            with contextlib.suppress(Exception):
                await leg.hang_up()
        state = self.console.agents
        agent = view["call"]["agent"]
        await self.console.until(lambda: state.get(agent, {}).get("state") in ("free", "wrapup"))


def _in_room(case: dict[str, Any] | None) -> bool:
    call = (case["call"] if case else None) or {}
    return call.get("requester_at") == call.get("agent_at") == "room"


async def measure(keys: int, joins: int) -> Results:
    results, numbers = Results(), itertools.count(1)
    with tempfile.TemporaryDirectory() as folder:
        async with open_world(Path(folder), locate(), port=0, time_scale=1) as world:
            assert isinstance(world.town, RealTown)
            app, city, pressing = world.app, world.town.city, asyncio.Lock()

            async def desk(seat: str) -> None:
                async with ConsoleClient(app.address, seat, PASSWORD) as console:
                    at_work = Desk(app, city, console, pressing, results)
                    while (n := next(numbers)) <= keys:
                        await at_work.one(f"1990{n:07d}", listen=n <= joins)

            await asyncio.gather(*(desk(seat) for seat in AGENTS))
    return results


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--keys", type=int, default=300)
    options.add_argument("--joins", type=int, default=24)
    given = options.parse_args()
    quiet()
    got = asyncio.run(measure(given.keys, given.joins))
    p99, worst = percentile(got.first, 99), max(got.silence)
    return report(
        [
            Figure(
                f"agent's key to the unit's INVITE, n = {len(got.first)}, p50/p99",
                two(got.first),
                wanted=f"p99 <= {WANTED_MS:.0f} ms",
                ok=p99 <= WANTED_MS,
            ),
            Figure(f"  to the last phone of the key ({got.phones:.0f} are rung)", two(got.all)),
            Figure("  calls not placed at the first try", str(got.unplaced)),
            Figure(
                f"silence the caller hears while being joined, n = {len(got.silence)}, p50/most",
                f"{percentile(got.silence, 50)} / {worst} ms",
                wanted=f"<= {WANTED_SILENCE_MS} ms",
                ok=worst <= WANTED_SILENCE_MS,
            ),
        ],
        given,
    )


if __name__ == "__main__":
    sys.exit(main())
