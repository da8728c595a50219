"""A hundred thousand open cases: memory, start, and marks from due to durable.

    python -m bench.cases [--cases 100000] [--seconds 60] [--over 1200]

1. Prepares a ledger with so many open emergencies, each handed over and accepted by its unit, with
   real events of the real engine, in groups of 500 (about a millisecond a case). Their next marks
   are due evenly over ``--over`` seconds from the start: 100,000 over 20 minutes are 83 a second.
2. In a fresh process, as the application starts: opens it, restores all cases, arms all timers.
3. Lets time pass for ``--seconds``: each mark that falls due is decided, committed and its call
   placed (on a telephony that says done at once), with a console's feed subscribed. A mark's time
   runs from its due instant to the return of the commit that holds it. The rate is the real one;
   only the twenty minutes are cut to a part of them.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import Figure, parser, percentile, report, two
from bench.openings import opening
from bench.quiet import QuietPhones, quiet
from dispatcher import heap, snapshots
from dispatcher.adapters.sql.store import SqlStore
from dispatcher.case_numbers import local_day
from dispatcher.clock import SystemClock
from dispatcher.core import engine
from dispatcher.core.commands import AcknowledgeSpoken
from dispatcher.core.events import CaseEvent, MarkFired
from dispatcher.core.ids import AssignmentId, Instant, Rung
from dispatcher.core.rules import Rules
from dispatcher.ports import Commit, Committed
from dispatcher.service import Service
from dispatcher.testing.sample_rules import GAS, contact, sample_rules

GROUP = 500
WANTED_MS = 10.0


def rules(over_ms: int) -> Rules:
    """Limits so long that the first mark (at half of the limit) comes after ``over_ms``."""
    return sample_rules(limit_ms=2 * over_ms, ext_limit_ms=4 * over_ms)


# ---------------------------------------------------------------- preparing


def accepted(n: int, at: Instant, book: Rules) -> Commit:
    """A case opened at ``at`` while the link was down, and accepted over the phone: no calls."""
    hotline = engine.Hotline(book)
    command = opening(n, at)
    [opened] = engine.receive(command, hotline, at, "agent1")
    hotline.apply(opened)
    lead = AssignmentId(f"{command.case}/a1")
    spoken = AcknowledgeSpoken(command.case, lead, contact(GAS, Rung.LIAISON))
    [taken] = engine.receive(spoken, hotline, at, "agent1")
    assert taken.case is not None
    assert opened.effects == taken.effects == (), "a prepared case has work in hand"
    row = snapshots.row_of(taken.case, taken.handover, taken.wake_at)
    return Commit(command.case, 0, opened.events + taken.events, row)


async def prepare(database: Path, cases: int, over_ms: int, first_due_at: Instant) -> None:
    """The n-th case's next mark is due at ``first_due_at`` + n/cases of ``over_ms``."""
    store, book = SqlStore(database, reserve_bytes=0), rules(over_ms)
    await store.open()
    for first in range(0, cases, GROUP):
        group = [
            accepted(n, first_due_at - over_ms + n * over_ms // cases, book)
            for n in range(first, min(cases, first + GROUP))
        ]
        failed = [d for d in await store.commit(group, first_due_at - over_ms) if d.error]
        if failed:
            raise SystemExit(f"preparing failed: {failed[0]}")
    await store.close()


# ---------------------------------------------------------------- measuring


class TimedStore(SqlStore):
    """Notes for every mark how long after its due instant its commit returned."""

    late_ms: list[float]
    commits_ms: list[float]

    async def commit(self, group: Sequence[Commit], at: Instant) -> list[Committed]:
        begun = time.perf_counter()
        done = await super().commit(group, at)
        now = time.time_ns() / 1e6
        self.commits_ms.append((time.perf_counter() - begun) * 1000)
        self.late_ms += [now - mark.due_at for c in group for mark in _marks(c.events)]
        return done


def _marks(events: Sequence[CaseEvent]) -> list[MarkFired]:
    return [e.event for e in events if isinstance(e.event, MarkFired)]


@dataclass(frozen=True, slots=True)
class Run:
    """What one process measured; ``start_s`` until every timer was armed."""

    cases: int
    timers: int
    start_s: float
    bytes_per_case: float
    late_ms: list[float]
    commits_ms: list[float]


async def measure(database: Path, over_ms: int, seconds: float, first_due_at: Instant) -> Run:
    clock = SystemClock()
    store = TimedStore(database, reserve_bytes=0)
    store.late_ms, store.commits_ms = [], []
    service = Service(store, QuietPhones(), clock, rules(over_ms))
    resident, begun = memory(), time.perf_counter()
    with heap.built_to_stay():
        restored = await service.start(local_day(clock.now()))
    start_s = time.perf_counter() - begun
    cases, timers = len(restored.rows), len(service.timekeeper)
    del restored
    per_case = (memory() - resident) / max(1, cases)
    service.hub.subscribe(lambda frames: None)
    await clock.sleep_until(first_due_at)
    store.late_ms.clear()
    store.commits_ms.clear()
    await asyncio.sleep(seconds)
    late, commits = list(store.late_ms), list(store.commits_ms)
    await service.stop()
    return Run(cases, timers, start_s, per_case, late, commits)


def memory() -> int:
    """Resident bytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def in_fresh_process(database: Path, given: argparse.Namespace, first_due_at: Instant) -> Run:
    options = {"--over": given.over, "--seconds": given.seconds, "--due": first_due_at}
    arguments = [str(x) for pair in options.items() for x in pair]
    command = [sys.executable, "-m", "bench.cases", "--on", str(database), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    values: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return Run(**values)


def figures(run: Run, given: argparse.Namespace, prepared_s: float) -> list[Figure]:
    rate = len(run.late_ms) / given.seconds
    p99 = percentile(run.late_ms, 99)
    return [
        Figure("open cases restored, timers armed", f"{run.cases:,} cases, {run.timers:,} timers"),
        Figure("  from start to all timers armed", f"{run.start_s:.1f} s"),
        Figure("  resident memory per case", f"{run.bytes_per_case / 1024:.1f} KiB"),
        Figure("  preparing the ledger, before", f"{prepared_s:.0f} s"),
        Figure(
            f"mark due to durable, {rate:.0f}/s for {given.seconds:.0f} s, p50/p99",
            two(run.late_ms),
            wanted=f"p99 <= {WANTED_MS:.0f} ms",
            ok=p99 <= WANTED_MS,
        ),
        Figure("  of which the commit alone", two(run.commits_ms)),
    ]


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--cases", type=int, default=100_000)
    options.add_argument("--over", type=float, default=1200, help="marks are due over … seconds")
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--on", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--due", type=int, help=argparse.SUPPRESS)
    given = options.parse_args()
    quiet()
    over_ms = int(given.over * 1000)
    if given.on is not None:
        run = asyncio.run(measure(given.on, over_ms, given.seconds, given.due))
        print(json.dumps({name: getattr(run, name) for name in Run.__slots__}))
        return 0
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "ledger.db"
        begun = time.perf_counter()
        reach_ms = given.cases * 2 + 30_000  # preparing and starting may take so long
        first_due_at = time.time_ns() // 1_000_000 + reach_ms
        asyncio.run(prepare(database, given.cases, over_ms, first_due_at))
        prepared_s = time.perf_counter() - begun
        return report(
            figures(in_fresh_process(database, given, first_due_at), given, prepared_s), given
        )


if __name__ == "__main__":
    sys.exit(main())
