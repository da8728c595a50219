"""A clock that only moves when told: hours run in milliseconds, always in the same order."""

import asyncio
import heapq
import itertools

from dispatcher.core.ids import Instant


class ManualClock:
    """`ports.Clock` for tests. `sleep_until` wakes its sleepers in order of their instants."""

    def __init__(self, start: Instant = 1_795_305_600_000) -> None:
        self._now = start
        self._order = itertools.count()
        self._sleepers: list[tuple[Instant, int, asyncio.Future[None]]] = []

    def now(self) -> Instant:
        return self._now

    async def sleep_until(self, at: Instant) -> None:
        if at <= self._now:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (at, next(self._order), future))
        await future

    def next_wake(self) -> Instant | None:
        """The earliest instant somebody sleeps until."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def jump_to(self, at: Instant) -> None:
        """Move to ``at`` (never back) and wake everybody whose time has come."""
        self._now = max(self._now, at)
        while self._sleepers and self._sleepers[0][0] <= self._now:
            _, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)
