"""Sleeps until the earliest stored wake-up; what is overdue goes first.

One entry per case: setting a new instant replaces the old one. Entries left in the heap by a
replacement are recognised and thrown away, so setting costs O(log n).
"""

import asyncio
import heapq
from collections.abc import Callable

from .core.ids import CaseId, Instant
from .ports import Clock


class Timekeeper:
    """Calls ``wake(case)`` once for every instant set, in order of time."""

    def __init__(self, clock: Clock, wake: Callable[[CaseId], None]) -> None:
        self._clock = clock
        self._wake = wake
        self._at: dict[CaseId, Instant] = {}
        self._heap: list[tuple[Instant, CaseId]] = []
        self._earlier = asyncio.Event()

    def set(self, case: CaseId, at: Instant | None) -> None:
        """When to wake this case next; None: not at all."""
        if at is None:
            self._at.pop(case, None)
            return
        if self._at.get(case) == at:
            return
        self._at[case] = at
        heapq.heappush(self._heap, (at, case))
        if self._heap[0] == (at, case):
            self._earlier.set()

    def fire_due(self, now: Instant) -> int:
        """Wake every case whose instant has come; returns how many."""
        fired = 0
        while self._heap and self._heap[0][0] <= now:
            at, case = heapq.heappop(self._heap)
            if self._at.get(case) == at:
                del self._at[case]
                self._wake(case)
                fired += 1
        return fired

    def __len__(self) -> int:
        return len(self._at)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._earlier.clear()
            self.fire_due(self._clock.now())
            if not self._heap:
                await self._earlier.wait()
                continue
            await self._sleep_until(self._heap[0][0])

    async def _sleep_until(self, at: Instant) -> None:
        """Until ``at``, or until an earlier instant is set."""
        sleep = asyncio.ensure_future(self._clock.sleep_until(at))
        earlier = asyncio.ensure_future(self._earlier.wait())
        try:
            await asyncio.wait((sleep, earlier), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            earlier.cancel()
