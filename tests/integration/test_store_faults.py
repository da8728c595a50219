"""The store against what happens to machines: killed processes, full disks, other versions."""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from json import loads
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dispatcher
from dispatcher.adapters.sql import SqlStore
from dispatcher.adapters.sql.verify import verify
from dispatcher.adapters.store_errors import (
    MasterKeyMissing,
    MasterKeyWrong,
    SchemaTooNew,
    StoreUnavailable,
)
from dispatcher.core.errors import DispatcherError, LeaseLost
from dispatcher.ports import Commit
from dispatcher.testing.ledgers import START, SampleCase, fold

ROOT = Path(dispatcher.__file__).parents[1]
ROUNDS = 60


def module(name: str, *args: str) -> list[str]:
    return [sys.executable, "-m", f"tests.integration.{name}", *args]


# ---------------------------------------------------------------- killed


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


# ---------------------------------------------------------------- full


def test_a_full_disk(tmp_path: Path) -> None:
    """The reserve lets it go on; then nothing is half-written; hand-overs are set aside."""
    database = tmp_path / "ledger.db"
    done = subprocess.run(
        module("store_full", str(database)), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = loads(done.stdout)
    assert told["before_reserve"] > 3
    assert told["after_reserve"] > 3
    assert "Free disk space now" in told["full"]
    assert told["committed_again"]
    assert told["cases"] == told["before_reserve"] + told["after_reserve"] + 2
    assert verify(database, fold=fold).ok


# ---------------------------------------------------------------- opening


async def opened(database: Path, **settings: object) -> SqlStore:
    store = SqlStore(database, reserve_bytes=0, journal_bytes=64 << 10, **settings)  # type: ignore[arg-type]
    await store.open()
    return store


async def test_a_newer_schema_is_refused_untouched(tmp_path: Path) -> None:
    database = tmp_path / "ledger.db"
    await (await opened(database)).close()
    db = sqlite3.connect(database)
    db.execute("UPDATE alembic_version SET version_num = '2031_future'")
    db.commit()
    db.close()
    before = database.read_bytes()
    with pytest.raises(SchemaTooNew, match="2031_future") as refused:
        await opened(database)
    assert "请使用更新的程序版本" in refused.value.message_zh
    assert database.read_bytes() == before


async def test_a_missing_or_foreign_master_key(tmp_path: Path) -> None:
    database = tmp_path / "ledger.db"
    await (await opened(database)).close()
    key = tmp_path / "ledger.db.key"
    assert key.stat().st_mode & 0o777 == 0o600
    mine = key.read_text()
    key.unlink()
    with pytest.raises(MasterKeyMissing, match=r"ledger\.db\.key"):
        await opened(database)
    assert not key.exists(), "a missing key is never replaced by a new one"
    await (await opened(tmp_path / "other.db")).close()
    shutil.copy(tmp_path / "other.db.key", key)
    with pytest.raises(MasterKeyWrong, match="another database"):
        await opened(database)
    elsewhere = tmp_path / "keys" / "master"
    elsewhere.parent.mkdir()
    elsewhere.write_text(mine)
    elsewhere.chmod(0o600)
    await (await opened(database, key=elsewhere)).close()


async def test_a_path_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "text.db").write_text("no database, but long enough to be taken for one" * 30)
    for name in ("folder.db", "text.db"):
        with pytest.raises(StoreUnavailable, match=name):
            await opened(tmp_path / name)


async def test_the_older_of_two_writers_is_fenced_out(tmp_path: Path) -> None:
    database = tmp_path / "ledger.db"
    older, first, second = await opened(database), SampleCase(1), SampleCase(2)
    await older.commit([first.open()], START)
    newer = await opened(database)
    results = await asyncio.gather(
        older.commit([first.fire("B1")], START),
        newer.commit([second.open()], START),
        return_exceptions=True,
    )
    assert isinstance(results[0], LeaseLost)
    assert not isinstance(results[1], BaseException)
    with pytest.raises(LeaseLost):
        await older.commit([first.fire("B2")], START)
    await asyncio.gather(older.close(), newer.close())
    assert verify(database, fold=fold).ok


async def test_a_token_of_an_outside_lease(tmp_path: Path) -> None:
    database = tmp_path / "ledger.db"
    later = await opened(database, fence=7)
    with pytest.raises(LeaseLost):
        await opened(database, fence=6)
    [done] = await later.commit([SampleCase(1).open()], START)
    assert done.error is None
    await later.close()


async def test_one_damaged_case_does_not_keep_the_others_from_restarting(tmp_path: Path) -> None:
    database, good, bad = tmp_path / "ledger.db", SampleCase(1), SampleCase(2)
    store = await opened(database)
    await store.commit([good.open(), bad.open()], START)
    await store.close()
    db = sqlite3.connect(database)
    db.execute("UPDATE case_key SET wrapped = x'00' WHERE case_id = ?", (bad.id,))
    db.commit()
    db.close()
    store = await opened(database)
    restored = await store.restore("")
    assert [row.case for row in restored.rows] == [good.id]
    assert len(restored.pending_effects) == 2
    assert restored.damaged == (bad.id,)
    [refused, done] = await store.commit([bad.fire("B1"), good.fire("B1")], START)
    assert refused.error is not None
    assert done.error is None
    await store.close()


# ---------------------------------------------------------------- properties

steps = st.lists(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.sampled_from(["open", "leg", "fire", "again", "ahead", "erase"])
        ),
        min_size=1,
        max_size=6,
    ),
    min_size=1,
    max_size=8,
)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty ledger, migrated once."""
    folder = tmp_path_factory.mktemp("blank")

    async def make() -> None:
        await (await opened(folder / "ledger.db")).close()

    asyncio.run(make())
    return folder


@settings(max_examples=60, deadline=None)
@given(groups=steps)
def test_any_interleaving_of_commits_verifies(
    blank: Path, groups: list[list[tuple[int, str]]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = shutil.copytree(blank, Path(name) / "copy")
        asyncio.run(interleave(folder / "ledger.db", groups))
        report = verify(folder / "ledger.db", fold=fold)
        assert report.findings == []


async def interleave(database: Path, groups: list[list[tuple[int, str]]]) -> None:
    store = await opened(database)
    cases = [SampleCase(n) for n in range(4)]
    for group in groups:
        commits = [step(cases[n], what) for n, what in group if what != "erase"]
        done = await store.commit(commits, START)
        assert all(d.error is None or isinstance(d.error, DispatcherError) for d in done)
        for case in cases:  # what was refused did not happen
            case.events[:] = await store.events(case.id)
        for n, what in group:
            if what == "erase" and cases[n].events:
                await store.commit([cases[n].close()], START)
                await store.erase(cases[n].id, START)
                cases[n] = SampleCase(cases[n].n + 10)
    await store.close()


def step(case: SampleCase, what: str) -> Commit:
    n = len(case.events)
    if what == "open" or not n:
        return case.open()
    if what == "leg":
        return case.place_leg(n)
    if what == "fire":
        return case.fire(f"M{n}")
    if what == "again":
        return case.fire("M1")
    ahead = case.fire("M2")
    case.events.pop()
    events = tuple(replace(event, seq=event.seq + 7) for event in ahead.events)
    return replace(ahead, expected_seq=ahead.expected_seq + 7, events=events)


@pytest.fixture(scope="module")
def written(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with marks, several legs, an erased case, and everything in the main file."""
    folder = shutil.copytree(blank, tmp_path_factory.mktemp("written") / "copy")

    async def write() -> None:
        cases = [SampleCase(n) for n in range(5)]
        store = await opened(folder / "ledger.db")
        await store.commit([case.open() for case in cases], START)
        await store.commit([case.fire("B1") for case in cases], START)
        await store.commit([cases[0].close(), cases[1].place_leg(2)], START)
        await store.erase(cases[0].id, START)
        await store.close()

    asyncio.run(write())
    return folder


@contextmanager
def copy_of(folder: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield shutil.copytree(folder, Path(name) / "copy") / "ledger.db"


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_flipped_bit_of_a_stored_value_is_found(written: Path, data: st.DataObject) -> None:
    with copy_of(written) as database:
        table = data.draw(st.sampled_from(["events", "commits", "cases"]))
        flip_value(database, table, data)
        assert not verify(database, fold=fold).ok


def flip_value(database: Path, table: str, data: st.DataObject) -> None:
    db = sqlite3.connect(database)
    db.text_factory = bytes
    columns = [c[1].decode() for c in db.execute(f"PRAGMA table_info({table})")]
    keys = [c[1].decode() for c in db.execute(f"PRAGMA table_info({table})") if c[5]]
    rows = db.execute(f"SELECT * FROM {table}").fetchall()
    row = dict(zip(columns, data.draw(st.sampled_from(rows)), strict=True))
    column = data.draw(st.sampled_from([c for c in columns if row[c] not in (None, b"")]))
    old = row[column]
    as_bytes = old.to_bytes(8, "big") if isinstance(old, int) else bytes(old)
    flipped = bytearray(as_bytes)
    flipped[data.draw(st.integers(0, len(flipped) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    new: object = bytes(flipped)
    if isinstance(old, int):
        new = int.from_bytes(flipped, "big", signed=True)
    kind = db.execute(
        f"SELECT typeof({column}) FROM {table} WHERE {column} = ? OR {column} = CAST(? AS TEXT)",
        (old, old),
    ).fetchone()[0]
    value = "CAST(? AS TEXT)" if kind == b"text" else "?"
    where = " AND ".join(
        f"{k} = " + ("?" if isinstance(row[k], int) else "CAST(? AS TEXT)") for k in keys
    )
    changed = db.execute(
        f"UPDATE OR REPLACE {table} SET {column} = {value} WHERE {where}",
        (new, *(row[k] for k in keys)),
    )
    assert changed.rowcount == 1
    db.commit()
    db.close()


def contents(database: Path) -> list[object]:
    db = sqlite3.connect(database)
    db.text_factory = bytes
    try:
        return [db.execute(f"SELECT * FROM {t}").fetchall() for t in ("events", "commits", "cases")]
    finally:
        db.close()


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_flipped_byte_on_the_disk_is_found_or_changes_nothing(
    written: Path, data: st.DataObject
) -> None:
    before = contents(written / "ledger.db")
    with copy_of(written) as database:
        raw = bytearray(database.read_bytes())
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
        database.write_bytes(raw)
        try:
            found = not verify(database, fold=fold).ok
        except DispatcherError:
            found = True
        assert found or contents(database) == before
