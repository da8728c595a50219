"""Things that happen later, on any `ports.Clock`."""

import asyncio
from collections.abc import Callable

from dispatcher.ports import Clock


class Timers:
    """Calls functions after a delay; those due at one instant go in the order they were set."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def after(self, ms: int, act: Callable[[], None]) -> "asyncio.Task[None]":
        """Call ``act`` in ``ms`` milliseconds unless the returned task is cancelled."""
        task = asyncio.create_task(self._run(self.clock.now() + ms, act))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self, at: int, act: Callable[[], None]) -> None:
        await self.clock.sleep_until(at)
        act()

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Alarms:
    """One party's timers: all of them fall when it does something else."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._mine: list[asyncio.Task[None]] = []

    def after(self, ms: int, act: Callable[[], None]) -> None:
        self._mine.append(self._timers.after(ms, act))

    def cancel(self) -> None:
        """A timer may cancel its own party's timers: the one that runs is let finish."""
        current = asyncio.current_task()
        for task in self._mine:
            if task is not current:
                task.cancel()
        self._mine.clear()
