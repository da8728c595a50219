"""The process that dies: run by `test_store_killed.py`, one child per round.

Reads a seed and a database per line, forks a child that commits to that ledger until it is
killed, and says ``dead`` when it is gone. The child writes its process id, then one line per
acknowledged group: ``case:last seq`` for each commit in it.
"""

import asyncio
import os
import random
import sys
from pathlib import Path

from dispatcher.adapters.sql import SqlStore
from dispatcher.core.ids import CaseId
from dispatcher.ports import Commit
from dispatcher.testing.ledgers import START, SampleCase


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


async def commit_for_ever(database: Path, seed: int) -> None:
    """New cases, legs, marks and closings, in groups of random size, from several submitters."""
    store = SqlStore(database, reserve_bytes=0, journal_bytes=64 << 10)
    await store.open()
    restored = await store.restore("20260921")
    first = restored.numbers_today + 1
    known = [await recalled(store, row.case) for row in restored.rows[-5:]]
    chance = random.Random(seed)
    say("ready")
    while True:
        cases = [*known, *(SampleCase(first + n) for n in range(chance.randint(1, 6)))]
        first += len(cases) - len(known)
        groups = [[next_commit(case, chance) for case in cases] for _ in range(2)]
        for group in await asyncio.gather(*(acknowledged(store, group) for group in groups)):
            say(group)
        known = [case for case in cases if len(case.events) < 12][-5:]


async def recalled(store: SqlStore, case: CaseId) -> SampleCase:
    return SampleCase(int(case[8:]), events=await store.events(case))


def next_commit(case: SampleCase, chance: random.Random) -> Commit:
    if not case.events:
        return case.open()
    n = len(case.events)
    return chance.choice((lambda: case.place_leg(n), lambda: case.fire(f"M{n}")))()


async def acknowledged(store: SqlStore, group: list[Commit]) -> str:
    done = await store.commit(group, START)
    assert all(d.error is None for d in done), done
    return " ".join(f"{commit.case}:{commit.events[-1].seq}" for commit in group)


def main() -> None:
    for line in sys.stdin:
        seed, _, database = line.strip().partition(" ")
        child = os.fork()
        if child == 0:
            say(f"pid {os.getpid()}")
            asyncio.run(commit_for_ever(Path(database), int(seed)))
        os.waitpid(child, 0)
        say("dead")


if __name__ == "__main__":
    main()
