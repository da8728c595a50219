"""A wall clock that was moved: alarmed, recorded, never followed (Q-X-02).

`clock.SystemClock` keeps its own time, so nothing is fired early or late by it; but whoever later
compares the ledger with other machines' records has to know.
"""

import asyncio
from collections.abc import Callable

import structlog

from .core.commands import NoteClockStep
from .core.errors import DispatcherError
from .service import Service

log = structlog.get_logger()

STEP_MS = 1_000
LOOK_MS = 1_000


async def watch_clock(service: Service, wall_offset_ms: Callable[[], int]) -> None:
    """Look once a second, for ever; every step is told once, and when it is over."""
    stepped = False
    while True:
        await service.clock.sleep_until(service.clock.now() + LOOK_MS)
        offset = wall_offset_ms()
        if abs(offset) <= STEP_MS:
            if stepped:
                service.show_status("clock", "up", "")
            stepped = False
        elif not stepped:
            stepped = True
            await _stepped(service, offset)


async def _stepped(service: Service, offset_ms: int) -> None:
    """A banner, a document, and a line in the ledger of every case whose clock runs."""
    now = service.clock.now()
    log.error("clock step", offset_ms=offset_ms)
    service.show_status("clock", "stepped", f"系统时间被调整 {offset_ms} ms")
    await service.store.put_document("clock_step", str(now), {"at": now, "offset_ms": offset_ms})
    running = [
        case.id for case in service.hotline.cases.values() if case.open and case.clock is not None
    ]
    notes = (service.submit(NoteClockStep(case, offset_ms), "system") for case in running)
    for done in await asyncio.gather(*notes, return_exceptions=True):
        if isinstance(done, DispatcherError):
            log.warning("clock step not noted", reason=str(done))
