"""The trickle of calls, the calls placed on request, and the robots at the free desks."""

import asyncio
import contextlib
import itertools
import random
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import structlog

from dispatcher.core.errors import DispatcherError
from dispatcher.core.ids import UnitId
from dispatcher.testing.city.behaviour import Behaviour
from dispatcher.testing.city.leg import CityError

from .robot import Robot
from .scripts import MIX, SCRIPTS, Script, prepare_unit, quiet
from .town import Phone
from .world import AGENTS, DemoWorld

log = structlog.get_logger()

PATIENCE_S = 240
"""A caller who is never released hangs up at last, so that the demo stays small."""
ANSWER_AFTER_S = 1.5
DIRECTED_S = 10
"""How long the queue leaves a call for the person who asked for it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A call of the demo: who calls, and what will be said."""

    number: str
    script: Script


class Life:
    """Places calls one after the other and lets robots answer at empty desks.

    ``recent`` holds the last calls, newest first.
    """

    def __init__(self, world: DemoWorld, every_s: float, seed: int = 12345) -> None:
        self._world = world
        self._every_s = every_s
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1)
        self._scripts: dict[str, Script] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._directed = 0
        self.recent: deque[Placed] = deque(maxlen=8)

    async def run(self) -> None:
        """Until cancelled. With ``every_s`` 0 only what is asked for is placed."""
        quiet(self._world.app.service.hotline.rules, self._world.town)
        for seat in AGENTS:
            self._world.town.agent(seat, Behaviour.answers(ANSWER_AFTER_S))
            robot = Robot(self._world, seat, self._scripts.get, self._chance)
            self._start(robot.run())
        try:
            if self._every_s:
                for name in itertools.cycle(MIX):
                    await self._place(name)
                    await asyncio.sleep(self._every_s * self._chance.uniform(0.6, 1.4))
            await asyncio.Event().wait()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def place(self, name: str) -> Placed:
        """Place one call of this kind now; to a person, when one is signed in at a seat."""
        persons = frozenset(s for s in AGENTS if self._world.app.gateway.seats_taken(s) > 1)
        if persons:
            await self._world.town.only(persons, AGENTS)
            self._start(self._to_all_again())
        return await self._place(name)

    async def _to_all_again(self) -> None:
        """After a moment the queue rings every seat again."""
        self._directed += 1
        await asyncio.sleep(DIRECTED_S)
        self._directed -= 1
        if not self._directed:
            await self._world.town.only(frozenset(AGENTS), AGENTS)

    async def _place(self, name: str) -> Placed:
        script = SCRIPTS[name]
        placed = Placed(f"199{next(self._numbers):08d}", script)
        self._scripts[placed.number] = script
        self.recent.appendleft(placed)
        self._prepare(script)
        phone = await self._world.town.call(placed.number)
        self._start(self._leave_at_last(phone))
        return placed

    def _prepare(self, script: Script) -> None:
        """The unit that will be rung is known from what will be said."""
        try:
            said = self._world.app.desk.classify(script.text)
        except DispatcherError as error:
            log.warning("what the caller will say is not classified", reason=error.message_en)
            return
        unit = said.get("unit")
        if unit:
            units = self._world.app.service.hotline.rules.units
            prepare_unit(units[UnitId(unit["id"])], script.phones, self._world.town)

    async def _leave_at_last(self, phone: Phone) -> None:
        with contextlib.suppress(CityError):
            await phone.left(deadline_s=PATIENCE_S)
        with contextlib.suppress(CityError):
            await phone.hang_up()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
