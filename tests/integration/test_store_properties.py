"""Whatever was committed verifies; whatever bit was flipped afterwards is found."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.adapters.sql.verify import verify
from dispatcher.core.errors import DispatcherError
from dispatcher.ports import Commit
from dispatcher.testing.ledgers import START, SampleCase, fold
from tests.integration.stores import opened

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
