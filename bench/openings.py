"""Durable case openings per second, beside APScheduler 3 adding jobs to its SQLite store.

    python -m bench.openings [--rounds 5] [--submitters 256] [--count 4000]

Ours: so many submitters each give `Service.submit` one `OpenEmergency` after the other. Every one
is a decision of its own (accept, two clocks, hand over, ladder A, two calls: eight events and two
effects), encrypted, chained, with its row, on the disk before it is answered; meanwhile the calls
are placed on a telephony that says done at once, and written off.
APScheduler: as many threads each call `add_job` of a `BackgroundScheduler` with its
`SQLAlchemyJobStore` on SQLite: one row per job. It is measured running, as a user has it, and
paused, where it does not look for due jobs after each addition. Rounds in turns.
"""

import asyncio
import functools
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from bench.figures import Figure, parser, report, spread
from bench.quiet import QuietPhones, quiet
from dispatcher import heap
from dispatcher.adapters.sql.store import SqlStore
from dispatcher.case_numbers import local_day, new_ulid
from dispatcher.clock import SystemClock
from dispatcher.core.commands import OpenEmergency
from dispatcher.core.ids import CaseClass, CaseId
from dispatcher.service import Service
from dispatcher.testing.sample_rules import sample_rules

WANTED = 10.0


def opening(n: int, now: int) -> OpenEmergency:
    """The agent's one key, for the ``n``-th gas leak of the day."""
    return OpenEmergency(
        case=CaseId(new_ulid(now)),
        number=f"{local_day(now)}-{n:06d}",
        call=None,
        case_class=CaseClass.EMERGENCY_MAJOR,
        category="E2.GAS",
        district="xuanzhou",
        township="水阳镇",
        address=f"测试路{n % 900 + 1}号3幢2单元",
        text="厨房有很浓的气味,老人头晕",
        requester_number=f"1990{n % 10_000_000:07d}",
    )


async def ours(folder: Path, count: int, submitters: int) -> float:
    clock = SystemClock()
    service = Service(
        SqlStore(folder / "ledger.db", reserve_bytes=0), QuietPhones(), clock, sample_rules()
    )
    with heap.built_to_stay():
        await service.start(local_day(clock.now()))
    numbers = iter(range(count))

    async def submit() -> None:
        for n in numbers:
            await service.submit(opening(n, clock.now()), "agent1")

    begun = time.perf_counter()
    await asyncio.gather(*(submit() for _ in range(submitters)))
    rate = count / (time.perf_counter() - begun)
    await service.stop()
    return rate


def job(n: int) -> None:
    """What APScheduler stores a reference to."""


def theirs(folder: Path, count: int, submitters: int, *, paused: bool) -> float:
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(f"sqlite:///{folder / 'jobs.db'}")}, timezone=UTC
    )
    scheduler.start(paused=paused)
    at = datetime.now(UTC) + timedelta(hours=1)
    numbers, taking = iter(range(count)), threading.Lock()

    def submit() -> None:
        while True:
            with taking:
                n = next(numbers, None)
            if n is None:
                return
            scheduler.add_job(job, "date", run_date=at, args=[n], id=str(n))

    threads = [threading.Thread(target=submit) for _ in range(submitters)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = count / (time.perf_counter() - begun)
    scheduler.shutdown()
    return rate


def in_folder(work: Callable[[Path], float]) -> float:
    with tempfile.TemporaryDirectory() as name:
        return work(Path(name))


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--submitters", type=int, default=256)
    options.add_argument("--count", type=int, default=4_000)
    given = options.parse_args()
    quiet()
    mine: list[float] = []
    beside: dict[str, list[float]] = {"running": [], "paused": []}
    for _ in range(given.rounds):
        mine.append(in_folder(lambda f: asyncio.run(ours(f, given.count, given.submitters))))
        for state, rates in beside.items():
            work = functools.partial(
                theirs,
                count=given.count // 8,
                submitters=given.submitters,
                paused=state == "paused",
            )
            rates.append(in_folder(work))
    name = f"durable case openings per second, {given.submitters} submitters"
    return report([_figure(name, mine, state, rates) for state, rates in beside.items()], given)


def _figure(name: str, mine: list[float], state: str, rates: list[float]) -> Figure:
    ratio = median(a / b for a, b in zip(mine, rates, strict=True))
    wanted = {"running": (">= 10", ratio >= WANTED), "paused": ("", None)}[state]
    return Figure(
        f"{name}, scheduler {state}",
        spread(mine),
        f"APScheduler {spread(rates)}",
        f"{ratio:.1f}",
        *wanted,
    )


if __name__ == "__main__":
    sys.exit(main())
