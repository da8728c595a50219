"""The store's figures, beside what a user would otherwise pick.

    python -m bench.store [openings | lone | restore ...] [--cases 100000] [--rounds 5]

``openings``  the store alone, case openings per second: 256 submitters, one decision each (three
              events, a row, two effects, encrypted and chained), beside APScheduler 3 adding as
              many jobs to its SQLAlchemyJobStore on SQLite. Rounds alternate; medians, ratio.
``lone``      one small commit at a time (a mark fires), beside a bare write and fsync of as
              many bytes.
``restore``   100,000 open cases with the service's own snapshots: time from start to all rows in
              memory, resident bytes per case.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from bench.figures import machine, parser
from dispatcher import snapshots
from dispatcher.adapters.sql import SqlStore
from dispatcher.testing.ledgers import START, SampleCase

SUBMITTERS = 256


def sample(n: int) -> SampleCase:
    return SampleCase(n, fold=snapshots.fold)


# ---------------------------------------------------------------- openings


async def ours(folder: Path, count: int) -> float:
    """Case openings per second."""
    store = SqlStore(folder / "ledger.db", reserve_bytes=0)
    await store.open()
    waiting = [sample(n).open() for n in range(count)]

    async def submit() -> None:
        while waiting:
            [done] = await store.commit([waiting.pop()], START)
            if done.error is not None:
                raise done.error

    begun = time.perf_counter()
    await asyncio.gather(*(submit() for _ in range(SUBMITTERS)))
    rate = count / (time.perf_counter() - begun)
    await store.close()
    return rate


def job(n: int) -> None:
    """What APScheduler stores a reference to."""


def theirs(folder: Path, count: int, *, paused: bool) -> float:
    """Jobs added per second, each durable; ``paused``: nothing looks for due jobs meanwhile."""
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(f"sqlite:///{folder / 'jobs.db'}")}, timezone=UTC
    )
    scheduler.start(paused=paused)
    at = datetime.now(UTC) + timedelta(hours=1)
    begun = time.perf_counter()
    for n in range(count):
        scheduler.add_job(job, "date", run_date=at, args=[n], id=str(n))
    rate = count / (time.perf_counter() - begun)
    scheduler.shutdown()
    return rate


def openings(rounds: int) -> None:
    mine, running, paused = [], [], []
    for _ in range(rounds):
        mine.append(in_folder(lambda folder: asyncio.run(ours(folder, 10_000))))
        running.append(in_folder(lambda folder: theirs(folder, 1_000, paused=False)))
        paused.append(in_folder(lambda folder: theirs(folder, 1_000, paused=True)))
    print(f"openings             {median(mine):7,.0f}/s   {spread(mine)}")
    for name, rates in (("running", running), ("paused", paused)):
        ratio = f"ratio {median(mine) / median(rates):.1f} (wanted 10)"
        print(f"apscheduler {name:8} {median(rates):7,.0f}/s   {spread(rates)}   {ratio}")


def spread(values: list[float]) -> str:
    return f"[{min(values):,.0f} .. {max(values):,.0f}]"


def in_folder(work: Callable[[Path], float]) -> float:
    with tempfile.TemporaryDirectory() as name:
        return work(Path(name))


# ---------------------------------------------------------------- lone commits


async def lone(folder: Path, count: int = 4_000) -> None:
    store = SqlStore(folder / "ledger.db", reserve_bytes=0)
    await store.open()
    cases = [sample(n) for n in range(1_000)]
    await store.commit([case.open() for case in cases], START)
    log = folder / "ledger.db-wal"
    before, took = log.stat().st_size, []
    for n in range(count):
        commit = cases[n % 1_000].fire(f"M{n}")
        begun = time.perf_counter()
        await store.commit([commit], START)
        took.append(time.perf_counter() - begun)
        if n == 100:
            size = (log.stat().st_size - before) // 101
    await store.close()
    bare = [bare_write(folder / "bare", size) for _ in range(count)]
    told(f"lone commit ({size // 1024} KiB of log)", took)
    told("bare write + fdatasync", bare)


def bare_write(path: Path, size: int) -> float:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    data = os.urandom(size)
    begun = time.perf_counter()
    os.write(fd, data)
    os.fdatasync(fd)
    took = time.perf_counter() - begun
    os.close(fd)
    return took


def told(what: str, took: list[float]) -> None:
    cuts = quantiles(took, n=100)
    print(f"{what}: p50 {cuts[49] * 1e3:.2f} ms, p99 {cuts[98] * 1e3:.2f} ms")


# ---------------------------------------------------------------- restore


async def fill(database: Path, cases: int) -> None:
    store = SqlStore(database, reserve_bytes=0)
    await store.open()
    for first in range(0, cases, 500):
        done = await store.commit([sample(n).open() for n in range(first, first + 500)], START)
        if any(d.error for d in done):
            raise AssertionError(done)
    await store.close()


async def restore(database: Path) -> None:
    resident = memory()
    begun = time.perf_counter()
    store = SqlStore(database, reserve_bytes=0)
    await store.open()
    restored = await store.restore("20260921")
    read = time.perf_counter() - begun
    per_row = (memory() - resident) / len(restored.rows)
    begun = time.perf_counter()
    states = {row.case: snapshots.restore(row) for row in restored.rows}
    made = time.perf_counter() - begun
    cases = len(restored.rows)
    print(
        f"restore    {cases:,} open cases, {len(restored.pending_effects):,} effects: {read:.1f} s"
    )
    print(f"           {per_row:,.0f} bytes per case of rows and effects")
    del restored
    per_state = (memory() - resident) / len(states)
    print(f"           then {made:.1f} s to states; {per_state:,.0f} bytes per case resident")
    await store.close()


def memory() -> int:
    """Resident bytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def restores(cases: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "ledger.db"
        asyncio.run(fill(database, cases))
        print(f"           file: {database.stat().st_size / cases:,.0f} bytes per case on disk")
        module = (sys.executable, "-m", "bench.store")
        command = [*module, "restore-here", "--database", str(database)]
        if os.spawnv(os.P_WAIT, sys.executable, command):
            raise SystemExit("the restoring process failed")


def main() -> None:
    options = parser(__doc__)
    options.add_argument("what", nargs="*", default=["openings", "lone", "restore"])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--cases", type=int, default=100_000)
    options.add_argument("--database", type=Path, default=None)
    given = options.parse_args()
    if given.what == ["restore-here"]:
        asyncio.run(restore(given.database))
        return
    print(machine())
    for what in given.what:
        if what == "openings":
            openings(given.rounds)
        elif what == "lone":
            with tempfile.TemporaryDirectory() as name:
                asyncio.run(lone(Path(name)))
        elif what == "restore":
            restores(given.cases)
        else:
            options.error(f"unknown: {what}")


if __name__ == "__main__":
    main()
