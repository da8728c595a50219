"""The system's clock: wall time at start + time elapsed on CLOCK_BOOTTIME.

CLOCK_MONOTONIC stops while a machine sleeps; CLOCK_BOOTTIME does not. A wall clock that is
stepped never moves our ``now``: the difference is alarmed and adopted at the next start.
"""

import asyncio
import time

from .core.ids import Instant

_ELAPSED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """`ports.Clock` on the real machine."""

    def __init__(self) -> None:
        self._wall_at_start = time.time_ns()
        self._elapsed_at_start = time.clock_gettime_ns(_ELAPSED)

    def now(self) -> Instant:
        elapsed = time.clock_gettime_ns(_ELAPSED) - self._elapsed_at_start
        return (self._wall_at_start + elapsed) // 1_000_000

    def wall_offset_ms(self) -> int:
        """How far the wall clock has moved away from ``now`` (positive: it runs ahead)."""
        return time.time_ns() // 1_000_000 - self.now()

    async def sleep_until(self, at: Instant) -> None:
        """Returns at ``at`` or a moment later, never before."""
        left = at - self.now()
        while left > 0:
            await asyncio.sleep(min(left / 1000, 3600.0))
            left = at - self.now()
