"""`kill -9` of the service in the middle of its countdowns, again and again.

Whatever the moment: a case that was acknowledged is there, every mark stands in the ledger once,
none is missing in the end, no call was placed twice under one key, and the ledger verifies.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatcher import snapshots
from dispatcher.adapters.sql import SqlStore
from dispatcher.adapters.sql.verify import verify
from dispatcher.core import events as e
from dispatcher.core.ids import CaseId

KILLS = 60
ROOT = Path(__file__).parents[2]
DEADLINE_S = 120
STEPS = {"A0", "A1", "A2", "A3", "A4"}
MARKS = {"B1", "B2", "B3", "B4", "B5", "B6", "B7"}
CASE_MARKS = {"CASE_LIMIT", "CASE_EXT_LIMIT"}


class Victims:
    """Children that serve one ledger, one after the other, each killed in its turn."""

    def __init__(self, process: "subprocess.Popen[str]", database: Path) -> None:
        self._process, self._database = process, database
        self.opened: list[CaseId] = []
        self.rung: Counter[str] = Counter()
        self.pid = 0

    def begin(self, seed: int, cases: int) -> None:
        """A new child; returns when its service has started."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seed} {cases} {self._database}\n")
        self._process.stdin.flush()
        self.pid = int(self._until("pid").split()[1])
        self._until("ready")

    def lives(self, seconds: float) -> None:
        """Read what it says for a while."""
        over = threading.Timer(seconds, self.kill)
        over.start()
        self._until("dead")
        over.join()

    def finishes(self) -> None:
        """The last one may come to its end."""
        self._until("done")
        self.kill()
        self._until("dead")

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def _until(self, wanted: str) -> str:
        assert self._process.stdout is not None
        while True:
            line = self._process.stdout.readline()
            assert line, "the victims' parent died: see its standard error"
            word, _, rest = line.strip().partition(" ")
            if word == "opened":
                self.opened.append(CaseId(rest))
            elif word == "ring":
                self.rung[rest] += 1
            if word == wanted:
                return line
            assert word != "dead", f"the victim died by itself before {wanted!r}"


@pytest.fixture
def victims(tmp_path: Path) -> Iterator[Victims]:
    command = [sys.executable, "-m", "tests.integration.countdown_victim"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        watchdog = threading.Timer(DEADLINE_S, process.kill)
        watchdog.start()
        yield Victims(process, tmp_path / "ledger.db")
        watchdog.cancel()


async def test_killed_in_mid_countdown(victims: Victims, tmp_path: Path) -> None:
    chance = random.Random(20_261_122)
    for turn in range(KILLS):
        victims.begin(turn, 2 if turn % 2 == 0 else 0)
        victims.lives(chance.uniform(0.0, 0.25))
        if turn % 10 == 9:
            _verified(tmp_path / "ledger.db")
    victims.begin(KILLS, 1)
    victims.finishes()
    _verified(tmp_path / "ledger.db")
    assert len(victims.opened) > KILLS // 4, "they were killed before they did anything"
    await _nothing_lost(tmp_path / "ledger.db", victims.opened)
    assert [leg for leg, times in victims.rung.items() if times > 1] == []


def _verified(database: Path) -> None:
    report = verify(database, fold=snapshots.fold)
    assert report.ok, report.findings


async def _nothing_lost(database: Path, opened: list[CaseId]) -> None:
    store = SqlStore(database, reserve_bytes=0)
    await store.open()
    try:
        for row in await store.rows(limit=10_000):
            ledger = await store.events(CaseId(row.case))
            _every_mark_once(ledger)
            assert snapshots.restore(row) == snapshots.restore(snapshots.fold(ledger))
        cases = {row.case for row in await store.rows(limit=10_000)}
        assert set(opened) <= cases
    finally:
        await store.close()


def _every_mark_once(ledger: list[e.CaseEvent]) -> None:
    fired = Counter(
        (x.event.deadline.rsplit("/", 1)[1], x.event.code)
        for x in ledger
        if isinstance(x.event, e.MarkFired) and x.event.code != "NOT_DELIVERED"
    )
    assert set(fired.values()) == {1}
    of_unit = {code for clock, code in fired if clock == "clock"}
    assert of_unit == STEPS | MARKS
    assert {code for clock, code in fired if clock == "case"} == CASE_MARKS
    for x in ledger:
        if isinstance(x.event, e.MarkFired):
            assert x.at - x.event.due_at == x.event.late_by_ms >= 0
