"""Brings the planned faults about, one at a time: kills, restarts, cuts of the manager link."""

from __future__ import annotations

import asyncio

from dispatcher.testing.city.leg import unix_ms
from tests.soak.evidence import Deed
from tests.soak.hotline import Hotline
from tests.soak.plan import Fault


class Faults:
    """``done`` tells what was done and when; ``died`` what the service did by itself."""

    def __init__(self, hotline: Hotline, planned: list[Fault]) -> None:
        self._hotline = hotline
        self._planned = planned
        self._one = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.done: list[Deed] = []
        self.died: list[str] = []

    def before(self, call: int) -> None:
        """Call number ``call`` is about to be placed."""
        while self._planned and self._planned[0].before <= call:
            task = asyncio.create_task(self._come(self._planned.pop(0)))
            self._tasks.add(task)

    async def watch(self) -> None:
        """Until cancelled: a service that ends by itself is told, and started again."""
        service = self._hotline.service
        while True:
            await asyncio.sleep(0.5)
            if service.wanted and service.pid is None:
                self.died.append(f"the service ended by itself: see {service.log}")
                async with self._one:
                    await service.start()
                    await service.until_up()

    async def over(self) -> None:
        """When all that has begun is over; raises what went wrong on the way."""
        await asyncio.gather(*self._tasks)

    async def _come(self, fault: Fault) -> None:
        await asyncio.sleep(fault.after_s)
        async with self._one:
            self.done.append((unix_ms(), f"{fault.kind} for {fault.lasts_s:.1f} s"))
            await getattr(self, f"_{fault.kind}")(fault.lasts_s)
            await self._hotline.service.until_up()
            self.done.append((unix_ms(), f"{fault.kind} is over"))

    async def _kill(self, lasts_s: float) -> None:
        await self._hotline.service.kill()
        await asyncio.sleep(lasts_s)
        await self._hotline.service.start()

    async def _restart(self, lasts_s: float) -> None:
        await self._hotline.service.stop()
        await asyncio.sleep(lasts_s)
        await self._hotline.service.start()

    async def _cut(self, lasts_s: float) -> None:
        self._hotline.proxy.cut()
        await asyncio.sleep(lasts_s)
        self._hotline.proxy.mend()

    async def _swallow(self, lasts_s: float) -> None:
        """Half open: no byte arrives any more; in the end the connection breaks."""
        self._hotline.proxy.swallow()
        await asyncio.sleep(lasts_s)
        self._hotline.proxy.cut()
        self._hotline.proxy.mend()
