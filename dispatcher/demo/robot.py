"""An agent's work done by a robot, through the real gateway, at seats where nobody is signed in.

It reads what is said, opens the emergency or ends the call with one line, says goodbye, and takes
the units' reports. Where a person has signed in for its seat, it stands back.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from dispatcher.testing.city.leg import CityError

from .client import CommandFailed, ConsoleClient
from .scripts import Script
from .world import PASSWORD, DemoWorld

log = structlog.get_logger()
TROUBLE = (OSError, CommandFailed, TimeoutError, CityError)


class Robot:
    """One seat. ``script_of`` tells what the caller with a number says."""

    def __init__(
        self,
        world: DemoWorld,
        seat: str,
        script_of: Callable[[str], Script | None],
        chance: random.Random,
    ) -> None:
        self._world, self._seat = world, seat
        self._script_of, self._chance = script_of, chance
        self._done: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                try:
                    await self._work()
                except (*TROUBLE, ConnectionError) as error:
                    log.warning("robot starts again", seat=self._seat, reason=str(error))
                    await asyncio.sleep(2)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self) -> None:
        address = self._world.app.address
        async with ConsoleClient(address, self._seat, PASSWORD) as console:
            while True:
                call = await console.until(lambda: self._next_call(console), None)
                self._done.add(str(call["id"]))
                script = self._script_of(str(call["number"]))
                if script is not None and not self.person_here:
                    self._start(self._handle(console, call, script))

    @property
    def person_here(self) -> bool:
        """Somebody else is signed in for this seat."""
        return self._world.app.gateway.seats_taken(self._seat) > 1

    def _next_call(self, console: ConsoleClient) -> dict[str, Any] | None:
        return next(
            (
                c
                for c in console.calls.values()
                if c["agent"] == self._seat
                and c["state"] == "talking"
                and c["id"] not in self._done
                and not c["case"]
            ),
            None,
        )

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """A call that the city or a person ends in between is no trouble of the demo."""
        try:
            await work
        except TROUBLE as error:
            log.info("robot gave up", seat=self._seat, reason=str(error))

    async def _handle(self, console: ConsoleClient, call: dict[str, Any], script: Script) -> None:
        """Type as the caller speaks, then one key, or one line."""
        for end in range(4, len(script.text) + 4, 4):
            said = await console.command("call_text", call=call["id"], text=script.text[:end])
            await asyncio.sleep(0.4)
        if said["class"] in ("ORDINARY", "CONSULT"):
            await console.command(
                "record_call",
                call=call["id"],
                line=f"已答复:{script.title}",
                answered=said["class"] == "CONSULT",
                **{"class": said["class"]},
            )
            await self._world.town.hangup(str(call["number"]))
            return
        opened = await console.command(
            "open_emergency",
            call=call["id"],
            **{"class": said["class"]},
            category=said["category"],
            district=said["district"],
            text=script.text,
            why="演示来电",
        )
        case = str(opened["case"])
        await console.until(lambda: case in console.cases)
        self._start(self._listen(console, case))
        self._start(self._follow(console, case, script))
        await self._converse(console, case)

    async def _converse(self, console: ConsoleClient, case: str) -> None:
        """Talk until the unit is there and some time more, then say goodbye."""
        with contextlib.suppress(TimeoutError):
            await console.until(lambda: _joined(console.cases.get(case)), 75)
        await asyncio.sleep(self._chance.uniform(12, 20))
        with contextlib.suppress(CommandFailed):
            await console.command("end_conversation", case=case)
        await self._world.town.hangup(self._seat)

    async def _listen(self, console: ConsoleClient, case: str) -> None:
        """A switchboard that was joined has heard the case and says so."""
        while True:
            heard = await console.until(lambda: _unheard(console.cases.get(case)), 120)
            await asyncio.sleep(2)
            await console.command("acknowledge_spoken", case=case, assignment=heard)

    async def _follow(self, console: ConsoleClient, case: str, script: Script) -> None:
        """The units report some time later, and again in the end; then the case is closed."""
        clock = console.cases[case]["clock"]
        limit_s = (clock["due_at"] - clock["basis_at"]) / 1000
        await asyncio.sleep(limit_s * self._chance.uniform(0.3, 0.6))
        await self._report_all(console, case, "assisting", final=False)
        first, last = script.reports
        at = clock["basis_at"] / 1000 + limit_s * self._chance.uniform(first, last)
        await asyncio.sleep(max(0.0, at - self._world.app.clock.now() / 1000))
        await self._report_all(console, case, "lead", final=False)
        await asyncio.sleep(self._chance.uniform(25, 50))
        await self._report_all(console, case, "assisting", final=True)
        await self._report_all(console, case, "lead", final=True)
        await console.command("close_case", case=case, reason="演示办结")

    async def _report_all(
        self, console: ConsoleClient, case: str, role: str, *, final: bool
    ) -> None:
        for assignment in console.cases[case]["assignments"]:
            if assignment["role"] == role and assignment["active"]:
                await self._report(console, case, str(assignment["id"]), final=final)

    async def _report(
        self, console: ConsoleClient, case: str, assignment: str, *, final: bool
    ) -> None:
        await console.command("begin_report", case=case, assignment=assignment)
        await console.command(
            "take_report",
            case=case,
            assignment=assignment,
            who_responds="演示抢修班两人",
            action_taken="已处置完毕" if final else "已电话指导处置,人员已出发",
            arrival="已到场" if final else "8分钟后到场",
            situation="险情已排除" if final else "现场无人受伤",
            next_report_at=None if final else self._world.app.clock.now() + 1_800_000,
            final=final,
        )


def _legs(case: dict[str, Any] | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = case["call"]["legs"] if case and case["call"] else []
    return [leg for leg in found if leg["state"] == "joined"]


def _joined(case: dict[str, Any] | None) -> bool:
    return any(leg["mode"] == "key" for leg in _legs(case))


def _unheard(case: dict[str, Any] | None) -> str | None:
    """An assignment whose switchboard is in the room and has not accepted yet."""
    waiting = {a["id"] for a in (case["assignments"] if case else ()) if not a["acknowledged_at"]}
    return next(
        (
            x["assignment"]
            for x in _legs(case)
            if x["mode"] == "voice" and x["assignment"] in waiting
        ),
        None,
    )
