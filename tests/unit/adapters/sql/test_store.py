"""What `SqlStore` does beyond the contract: files, threads, the journal, erasure beside it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from dispatcher.adapters.sql import SqlStore
from dispatcher.adapters.sql.erase import erase_case
from dispatcher.adapters.sql.files import Reserve
from dispatcher.adapters.sql.verify import verify
from dispatcher.adapters.store_errors import CaseErased, CaseUnknown, StoreUnavailable
from dispatcher.core.errors import StoreFull
from dispatcher.testing.ledgers import START, SampleCase, fold


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    made = SqlStore(tmp_path / "ledger.db", reserve_bytes=64 << 10, journal_bytes=64 << 10)
    await made.open()
    yield made
    await made.close()


def files(store: SqlStore) -> bytes:
    """Everything on the disk but the master key."""
    folder = store.paths.database.parent
    return b"".join(p.read_bytes() for p in folder.iterdir() if p != store.paths.key)


async def test_its_files_are_the_owners_alone(store: SqlStore) -> None:
    await store.commit([SampleCase(1).open()], START)
    for path in store.paths.database.parent.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    assert store.paths.reserve.stat().st_blocks * 512 >= 64 << 10


async def test_an_erased_key_is_nowhere_on_the_disk(store: SqlStore) -> None:
    case = SampleCase(1)
    others = [SampleCase(n) for n in range(2, 40)]
    await store.commit([c.open() for c in (case, *others)], START)
    db = sqlite3.connect(store.paths.database)
    query = "SELECT wrapped FROM case_key WHERE case_id = ?"
    [(wrapped,)] = db.execute(query, (case.id,))
    db.close()
    await store.commit([case.close(), *(c.fire("B1") for c in others)], START)
    assert wrapped in files(store)
    await store.erase(case.id, START)
    assert wrapped not in files(store)


async def test_an_erasure_by_another_process_is_noticed(store: SqlStore) -> None:
    case, other = SampleCase(1), SampleCase(2)
    await store.commit([case.open(), case.close(), other.open()], START)
    assert erase_case(store.paths.database, case.number, START)
    assert not erase_case(store.paths.database, case.id, START)
    with pytest.raises(CaseUnknown):
        erase_case(store.paths.database, "nobody", START)
    done = await store.commit([case.place_leg(2), other.fire("B1")], START)
    assert isinstance(done[0].error, CaseErased)
    assert (done[1].error, done[1].seq) == (None, 5)
    assert verify(store.paths.database, fold=fold).ok


async def test_documents_are_encrypted(store: SqlStore) -> None:
    await store.put_document("user", "a1", {"name": "测试甲"})
    assert "测试甲".encode() not in files(store)


async def test_a_lone_case_and_a_crowd_share_what_they_can(store: SqlStore) -> None:
    """More than one transaction's worth at once: every answer goes to whoever asked."""
    cases = [SampleCase(n) for n in range(1200)]
    groups = [cases[:700], cases[700:701], cases[701:]]
    answers = await asyncio.gather(
        *(store.commit([c.open() for c in group], START) for group in groups)
    )
    for group, answer in zip(groups, answers, strict=True):
        assert [(d.case, d.error) for d in answer] == [(c.id, None) for c in group]
    assert await store.changed_since(0, 1200) == [(n + 1, c.id) for n, c in enumerate(cases)]


async def test_one_refusal_in_a_crowd_is_one_refusal(store: SqlStore) -> None:
    cases = [SampleCase(n) for n in range(50)]
    await store.commit([c.open() for c in cases], START)
    await store.commit([cases[7].fire("B1")], START)
    cases[7].events.pop()
    again = replace(cases[7].fire("B1"), expected_seq=4)
    again = replace(again, events=tuple(replace(e, seq=5) for e in again.events))
    others = [c.fire("B1") for c in cases if c is not cases[7]]
    done = await store.commit([*others[:20], again, *others[20:]], START)
    assert [d.case for d in done if d.error] == [cases[7].id]
    assert [d.seq for d in done if not d.error] == list(range(52, 101))
    assert verify(store.paths.database, fold=fold).ok


# ---------------------------------------------------------------- full disk


class Fills:
    """Makes the writer fail as SQLite does on a full disk, a given number of times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: SqlStore, times: int) -> None:
        self.left = times
        self._commit = store._writer.commit
        monkeypatch.setattr(store._writer, "commit", self)

    def __call__(self, work: object) -> object:
        if self.left:
            self.left -= 1
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error
        return self._commit(work)  # type: ignore[arg-type]


async def test_the_reserve_is_given_back_once(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    Fills(monkeypatch, store, times=1)
    assert store.reserve.held
    [done] = await store.commit([SampleCase(1).open()], START)
    assert done.error is None
    assert not store.reserve.held


async def test_without_a_reserve_it_says_what_to_do(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    Fills(monkeypatch, store, times=3)
    for _ in range(2):
        with pytest.raises(StoreFull, match="Free disk space now"):
            await store.commit([SampleCase(1).open()], START)
    assert (await store.restore("")).last_seq == 0
    [done] = await store.commit([SampleCase(1).open()], START)
    assert done.error is None


async def test_everybody_waiting_is_told(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    Fills(monkeypatch, store, times=2)
    answers = await asyncio.gather(
        *(store.commit([SampleCase(n).open()], START) for n in range(5)), return_exceptions=True
    )
    assert {type(a) for a in answers} == {StoreFull}


async def test_other_trouble_is_not_called_a_full_disk(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(work: object) -> object:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(store._writer, "commit", fail)
    with pytest.raises(StoreUnavailable, match="disk I/O error"):
        await store.commit([SampleCase(1).open()], START)


def test_a_reserve_that_does_not_fit_is_not_left_half(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "nowhere" / "reserve", 1 << 20)
    assert not reserve.allocate()
    assert not reserve.held
    assert not reserve.free()


# ---------------------------------------------------------------- the journal


async def reopened(store: SqlStore) -> SqlStore:
    await store.close()
    again = SqlStore(store.paths.database, reserve_bytes=0, journal_bytes=64 << 10)
    await again.open()
    return again


async def test_a_start_cut_short_between_ledger_and_journal(store: SqlStore) -> None:
    """The journal is committed, but still there: it is not committed twice."""
    case = SampleCase(1)
    opening, leg = case.open(), case.place_leg(2)
    await store.set_aside([opening, leg], START)
    waiting = store.paths.journal.read_bytes()
    await store.commit([], START)
    store.paths.journal.write_bytes(waiting)
    again = await reopened(store)
    assert await again.events(case.id) == case.events
    assert not any(store.paths.journal.read_bytes())
    assert not list(store.paths.journal.parent.glob("*.kept*"))
    await again.close()


async def test_what_the_ledger_refuses_from_the_journal_is_kept(store: SqlStore) -> None:
    case = SampleCase(1)
    await store.commit([case.open()], START)
    other = replace(case.fire("B1"), expected_seq=0)
    other = replace(other, events=tuple(replace(e, seq=1) for e in other.events))
    await store.set_aside([other], START)
    waiting = store.paths.journal.read_bytes()
    again = await reopened(store)
    assert store.paths.journal.with_name("ledger.db.journal.kept1").read_bytes() == waiting
    [done] = await again.commit([SampleCase(2).open()], START)
    assert done.error is None
    await again.close()
