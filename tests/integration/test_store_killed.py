"""The store when its process is killed, at whatever moment."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatcher.adapters.sql import SqlStore
from dispatcher.adapters.sql.verify import verify
from dispatcher.testing.ledgers import START, SampleCase, fold
from tests.integration.stores import ROOT, module

ROUNDS = 60


class Victim:
    """The forking process, and what the children acknowledged before they died."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.acknowledged: dict[str, int] = {}

    def kill_one(self, seed: int, database: Path, *, groups: int = 8, within: float = 0.02) -> None:
        """Let a child commit, kill it at a random moment, and wait until it is gone.

        The moment is ``within`` so many seconds after up to so many acknowledged ``groups``.
        """
        assert self._process.stdin
        chance = random.Random(seed)
        self._process.stdin.write(f"{seed} {database}\n")
        self._process.stdin.flush()
        pid = int(self._line().removeprefix("pid "))
        for _ in range(chance.randint(0, groups)):
            self._note(self._line())
        moment = time.perf_counter() + chance.uniform(0, within)
        while time.perf_counter() < moment:
            pass
        os.kill(pid, signal.SIGKILL)
        while (line := self._line()) != "dead":
            self._note(line)

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the victim's parent died: see its standard error"
        return line.strip()

    def _note(self, line: str) -> None:
        for commit in line.split():
            case, _, seq = commit.partition(":")
            if seq:
                self.acknowledged[case] = int(seq)


@pytest.fixture
def victim() -> Iterator[Victim]:
    command = module("store_victim")
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Victim(process)


def test_killed_at_any_moment_nothing_is_half_written(victim: Victim, tmp_path: Path) -> None:
    database = tmp_path / "ledger.db"
    for seed in range(ROUNDS):
        victim.kill_one(seed, database)
        if seed > 3:
            report = verify(database, fold=fold)
            assert report.ok, (seed, report.findings)
    assert len(victim.acknowledged) > 50, "the victims were killed before they did anything"
    assert_all_there(database, victim.acknowledged)


def assert_all_there(database: Path, acknowledged: dict[str, int]) -> None:
    """What was acknowledged is durable; every case is whole, with its effects and its row."""
    db = sqlite3.connect(database)
    last = dict(db.execute("SELECT case_id, max(seq) FROM events GROUP BY case_id"))
    assert all(last[case] >= seq for case, seq in acknowledged.items())
    effects = dict(db.execute("SELECT case_id, count(*) FROM outbox GROUP BY case_id"))
    legs = dict(db.execute("SELECT case_id, sum(type = 'LegPlaced') FROM events GROUP BY case_id"))
    assert effects == {case: 2 + placed for case, placed in legs.items()}
    assert min(last.values()) >= 3, "an opening is three events or none"
    db.close()


def test_killed_during_the_very_first_start(victim: Victim, tmp_path: Path) -> None:
    async def start(database: Path) -> None:
        store = SqlStore(database, reserve_bytes=0, journal_bytes=64 << 10)
        await store.open()
        [done] = await store.commit([SampleCase(999_999).open()], START)
        assert done.error is None
        await store.close()

    for seed in range(100, 130):
        database = tmp_path / str(seed) / "ledger.db"
        victim.kill_one(seed, database, groups=0, within=0.2)
        asyncio.run(start(database))
        assert verify(database, fold=fold).ok
