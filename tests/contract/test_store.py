"""What every store promises the service. The shipped fake and the real one run the same suite."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dispatcher.adapters.memory import MemoryStore
from dispatcher.adapters.sql import SqlStore
from dispatcher.adapters.store_errors import (
    CaseErased,
    CaseStillOpen,
    CaseUnknown,
    CommitMalformed,
    DuplicateEffect,
    MarkAlreadyFired,
    SequenceConflict,
)
from dispatcher.core.errors import LeaseLost
from dispatcher.core.ids import CaseId
from dispatcher.ports import Commit, Store
from dispatcher.testing.ledgers import START, SampleCase, fold

Again = Callable[[], Awaitable[MemoryStore | SqlStore]]


@pytest.fixture(params=["memory", "sqlite"])
async def again(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Again]:
    """Opens one more store on the same data, as after a restart or by a second engine."""
    opened: list[MemoryStore | SqlStore] = []

    async def open_again() -> MemoryStore | SqlStore:
        store: MemoryStore | SqlStore
        if request.param == "sqlite":
            store = SqlStore(tmp_path / "ledger.db", reserve_bytes=0, journal_bytes=64 << 10)
        else:
            first = opened[0] if opened else None
            store = MemoryStore(first.data if isinstance(first, MemoryStore) else None)
        await store.open()
        opened.append(store)
        return store

    yield open_again
    for store in opened:
        await store.close()


@pytest.fixture
async def store(again: Again) -> MemoryStore | SqlStore:
    return await again()


async def test_a_commit_comes_back_whole(store: Store) -> None:
    case = SampleCase(1)
    [done] = await store.commit([case.open()], START)
    assert (done.case, done.seq, done.error) == (case.id, 1, None)
    assert await store.events(case.id) == case.events
    assert await store.rows() == [fold(case.events)]


async def test_events_after_a_seq(store: Store) -> None:
    case = SampleCase(1)
    await store.commit([case.open(), case.place_leg(2)], START)
    assert await store.events(case.id, after=2) == case.events[2:]
    assert await store.events(case.id, after=99) == []
    assert await store.events(CaseId("nobody")) == []


async def test_commits_are_numbered_on_across_cases(store: Store) -> None:
    first, second = SampleCase(1), SampleCase(2)
    done = await store.commit([first.open(), second.open()], START)
    done += await store.commit([first.fire("B1")], START + 1)
    assert [d.seq for d in done] == [1, 2, 3]
    assert await store.changed_since(0, 10) == [(1, first.id), (2, second.id), (3, first.id)]
    assert await store.changed_since(2, 10) == [(3, first.id)]
    assert await store.changed_since(3, 10) == []
    assert await store.changed_since(0, 3) is not None
    assert await store.changed_since(0, 2) is None


async def test_a_refused_case_leaves_the_others_of_its_group(store: Store) -> None:
    good, late = SampleCase(1), SampleCase(2)
    stale = replace(late.open(), expected_seq=7)
    stale = replace(stale, events=tuple(replace(e, seq=e.seq + 7) for e in stale.events))
    done = await store.commit([stale, good.open()], START)
    assert isinstance(done[0].error, SequenceConflict)
    assert (done[0].error.expected, done[0].error.found) == (7, 0)
    assert (done[1].error, done[1].seq) == (None, 1)
    assert await store.events(late.id) == []
    assert [row.case for row in await store.rows()] == [good.id]


async def test_a_case_may_come_twice_in_one_group(store: Store) -> None:
    case = SampleCase(1)
    done = await store.commit([case.open(), case.fire("B1"), case.place_leg(2)], START)
    assert [d.error for d in done] == [None, None, None]
    assert await store.events(case.id) == case.events


async def test_what_follows_a_refused_commit_of_the_same_case_is_refused_too(store: Store) -> None:
    case = SampleCase(1)
    opening = case.open()
    wrong = replace(opening, effects=(case.ring(1), case.ring(1)))
    done = await store.commit([wrong, case.fire("B1")], START)
    assert isinstance(done[0].error, DuplicateEffect)
    assert isinstance(done[1].error, SequenceConflict)
    [done_again] = await store.commit([opening], START)
    assert done_again.error is None
    assert await store.events(case.id) == list(opening.events)


async def test_malformed_commits_are_refused(store: Store) -> None:
    opening = SampleCase(1).open()
    other = SampleCase(2).open()
    unwritable = replace(opening.row, snapshot={"what": object()}) if opening.row else None
    wrong = [
        replace(opening, events=opening.events[1:]),
        replace(opening, events=other.events),
        replace(opening, row=other.row),
        replace(opening, events=()),
        replace(opening, row=unwritable),
    ]
    done = await store.commit(wrong, START)
    assert [type(d.error) for d in done] == [CommitMalformed] * len(wrong)
    assert await store.rows() == []
    assert (await store.restore("")).last_seq == 0


async def test_a_mark_fires_once(store: Store) -> None:
    case = SampleCase(1)
    await store.commit([case.open(), case.fire("B1")], START)
    twice = case.fire("B1")
    [refused] = await store.commit([twice], START)
    assert isinstance(refused.error, MarkAlreadyFired)
    case.events.pop()
    [next_ordinal] = await store.commit([case.fire("B1", ordinal=2)], START)
    assert next_ordinal.error is None


async def test_an_effect_key_is_used_once_for_ever(store: Store) -> None:
    case = SampleCase(1)
    await store.commit([case.open(), case.close()], START)
    again = Commit(case.id, len(case.events), (), fold(case.events), (case.ring(1),))
    [refused] = await store.commit([again], START)
    assert isinstance(refused.error, DuplicateEffect)


async def test_effects_wait_until_finished(store: Store) -> None:
    case = SampleCase(1)
    await store.commit([case.open()], START)
    pending = (await store.restore("")).pending_effects
    assert pending == (case.ring(1), case.notify("opened"))
    bookkeeping = Commit(case.id, 3, (), None, (), ((case.ring(1).key, "done"),))
    [done] = await store.commit([bookkeeping], START)
    assert (done.error, done.seq) == (None, 1)  # nothing of the case changed: no new number
    assert (await store.restore("")).pending_effects == (case.notify("opened"),)
    assert await store.changed_since(1, 10) == []


async def test_finishing_again_changes_nothing(store: Store) -> None:
    case = SampleCase(1)
    await store.commit([case.open()], START)
    for key in (case.ring(1).key, case.ring(1).key, "unheard of"):
        [done] = await store.commit([Commit(case.id, 3, (), None, (), ((key, "done"),))], START)
        assert done.error is None
    assert (await store.restore("")).pending_effects == (case.notify("opened"),)


async def test_restore_brings_what_is_open_or_in_hand(again: Again) -> None:
    store = await again()
    running, closed, closing = SampleCase(1), SampleCase(2), SampleCase(3)
    await store.commit([running.open(), closed.open(), closing.open()], START)
    late = replace(closing.close(), finished=())
    await store.commit([running.fire("B1"), closed.close(), late], START + 5)
    restored = await (await again()).restore("2026-09-21")
    assert restored.rows == (fold(running.events), fold(closing.events))
    assert restored.case_seqs == {running.id: 4, closing.id: 4}
    assert [e.key for e in restored.pending_effects] == [
        running.ring(1).key,
        running.notify("opened").key,
        closing.ring(1).key,
        closing.notify("opened").key,
    ]
    assert (restored.last_seq, restored.last_at) == (6, START + 5)
    assert restored.numbers_today == 3


async def test_an_empty_store_restores_nothing(store: Store) -> None:
    restored = await store.restore("2026-09-21")
    assert (restored.rows, restored.pending_effects, restored.last_seq) == ((), (), 0)
    assert (restored.last_at, restored.numbers_today, dict(restored.case_seqs)) == (0, 0, {})


async def test_numbers_are_counted_by_day(store: Store) -> None:
    await store.commit([SampleCase(n).open() for n in range(5)], START)
    assert (await store.restore("20260921")).numbers_today == 5
    assert (await store.restore("2026-09-22")).numbers_today == 0


async def test_a_number_that_was_refused_is_not_given_twice(store: Store) -> None:
    """A case that was refused has taken a number: the next start goes on after the last."""
    await store.commit([SampleCase(n).open() for n in (1, 2, 7)], START)
    assert (await store.restore("20260921")).numbers_today == 7


async def test_it_goes_on_after_a_restart(again: Again) -> None:
    case = SampleCase(1)
    store = await again()
    await store.commit([case.open()], START)
    await store.close()
    reopened = await again()
    [done] = await reopened.commit([case.place_leg(2)], START + 1)
    assert (done.error, done.seq) == (None, 2)
    assert await reopened.events(case.id) == case.events


async def test_the_older_engine_is_fenced_out(again: Again) -> None:
    older, newer = await again(), None
    case = SampleCase(1)
    await older.commit([case.open()], START)
    newer = await again()
    with pytest.raises(LeaseLost, match="taken the lease"):
        await older.commit([case.fire("B1")], START)
    assert await newer.events(case.id) == case.events[:3]
    case.events.pop()
    [done] = await newer.commit([case.fire("B2")], START)
    assert done.error is None


async def test_rows_are_found(store: Store) -> None:
    mine = SampleCase(1, requester="0563-5550177")
    also_mine, other = SampleCase(2, requester="0563-5550177"), SampleCase(3)
    await store.commit([mine.open(), also_mine.open(), other.open(), mine.close()], START)

    async def found(**wanted: object) -> list[CaseId]:
        return [row.case for row in await store.rows(**wanted)]  # type: ignore[arg-type]

    assert await found() == [other.id, also_mine.id, mine.id]
    assert await found(limit=1) == [other.id]
    assert await found(open_only=True) == [other.id, also_mine.id]
    assert await found(number=mine.number) == [mine.id]
    assert await found(requester="0563-5550177") == [also_mine.id, mine.id]
    assert await found(requester="0563-5550177", open_only=True) == [also_mine.id]
    assert await found(requester="0563-5550199") == []


async def test_a_snapshot_is_plain_data(store: Store) -> None:
    case = SampleCase(1)
    opening = case.open()
    assert opening.row
    await store.commit([replace(opening, row=replace(opening.row, snapshot={"a": (1, "二")}))], 0)
    [row] = await store.rows()
    assert row.snapshot == {"a": [1, "二"]}


async def test_documents(again: Again) -> None:
    store = await again()
    await store.put_document("user", "a1", {"name": "测试甲", "roles": ["agent"]})
    await store.put_document("user", "a2", {"name": "测试乙"})
    await store.put_document("user", "a2", {"name": "测试丙"})
    await store.put_document("user", "a3", {})
    await store.put_document("user", "a3", None)
    await store.put_document("user", "nobody", None)
    reopened = await again()
    assert await reopened.documents("user") == {
        "a1": {"name": "测试甲", "roles": ["agent"]},
        "a2": {"name": "测试丙"},
    }
    assert await reopened.documents("session") == {}


async def test_one_document_is_read_by_its_key(store: Store) -> None:
    await store.put_document("recording", "call-1", {"file": "甲"})
    assert await store.document("recording", "call-1") == {"file": "甲"}
    assert await store.document("recording", "call-2") is None
    assert await store.document("user", "call-1") is None
    await store.put_document("recording", "call-1", {"file": "乙"})
    assert await store.document("recording", "call-1") == {"file": "乙"}
    await store.put_document("recording", "call-1", None)
    assert await store.document("recording", "call-1") is None


async def test_a_document_that_was_read_is_the_readers_own(store: Store) -> None:
    await store.put_document("user", "a1", {"name": "测试甲"})
    read = await store.document("user", "a1")
    assert read is not None
    read["name"] = "测试乙"
    assert await store.document("user", "a1") == {"name": "测试甲"}


async def test_keys_are_listed_from_the_last_and_within_bounds(store: Store) -> None:
    for key in ("leg-B.1", "call-10", "call-9", "leg-A.1", "leg-A.2", "leg-甲"):
        await store.put_document("recording", key, {})
    await store.put_document("user", "call-11", {})

    async def keys(start: str = "", end: str = "", limit: int = 10) -> list[str]:
        return await store.document_keys("recording", start, end, limit=limit)

    assert await keys() == ["leg-甲", "leg-B.1", "leg-A.2", "leg-A.1", "call-9", "call-10"]
    assert await keys(limit=2) == ["leg-甲", "leg-B.1"]
    assert await keys("leg-A.", "leg-A/") == ["leg-A.2", "leg-A.1"]
    assert await keys("leg-A.1", "leg-A.2") == ["leg-A.1"], "the end itself is not in it"
    assert await keys(end="call-9") == ["call-10"]
    assert await keys("leg-B", limit=1) == ["leg-甲"]
    assert await keys("z") == []
    assert await store.document_keys("nothing", limit=1) == []


async def test_what_is_absent_is_told_in_the_order_asked(store: Store) -> None:
    await store.put_document("recording", "call-2", {})
    await store.put_document("user", "call-1", {})
    asked = ["call-3", "call-2", "call-1"]
    assert await store.absent_documents("recording", asked) == ["call-3", "call-1"]
    assert await store.absent_documents("recording", []) == []


async def test_what_was_set_aside_is_committed_first(store: Store) -> None:
    case = SampleCase(1)
    await store.set_aside([case.open(), case.place_leg(2)], START)
    assert await store.rows() == []
    [done] = await store.commit([case.fire("B1")], START + 1)
    assert (done.error, done.seq) == (None, 3)
    assert await store.events(case.id) == case.events


async def test_what_was_set_aside_is_there_after_a_restart(again: Again) -> None:
    store, case = await again(), SampleCase(1)
    await store.set_aside([case.open()], START)
    await store.set_aside([case.place_leg(2)], START + 1)
    await store.close()
    restored = await (await again()).restore("")
    assert restored.rows == (fold(case.events),)
    assert len(restored.pending_effects) == 3
    reopened = await again()
    [done] = await reopened.commit([case.fire("B1")], START + 2)
    assert (done.error, done.seq) == (None, 3)


async def test_many_submitters_at_once(store: Store) -> None:
    cases = [SampleCase(n) for n in range(300)]
    done = await asyncio.gather(*(store.commit([case.open()], START) for case in cases))
    assert sorted(d.seq for [d] in done) == list(range(1, 301))
    assert len(await store.rows(limit=1000)) == 300


async def test_a_cancelled_commit_still_happens(store: Store) -> None:
    case = SampleCase(1)
    task = asyncio.create_task(store.commit([case.open()], START))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    [done] = await store.commit([case.fire("B1")], START)
    assert done.error is None


async def test_an_erased_case_keeps_its_public_history(store: MemoryStore | SqlStore) -> None:
    case, other = SampleCase(1), SampleCase(2)
    await store.commit([case.open(), case.place_leg(2), case.close(), other.open()], START)
    await store.erase(case.id, START + 9)
    events = await store.events(case.id)
    assert [type(e.event) for e in events] == [type(e.event) for e in case.events]
    assert all(getattr(e.event, "personal", None) is None for e in events)
    [row] = await store.rows(number=case.number)
    assert (row.requester_number, row.snapshot, row.state) == ("", {}, "answered")
    assert [r.case for r in await store.rows(requester=other.requester)] == [other.id]
    assert (await store.restore("")).pending_effects == other.open().effects
    assert await store.changed_since(4, 10) == [(5, case.id)]
    await store.erase(case.id, START + 10)
    assert await store.changed_since(5, 10) == []


async def test_nothing_personal_is_added_to_an_erased_case(store: MemoryStore | SqlStore) -> None:
    case = SampleCase(1)
    await store.commit([case.open(), case.close()], START)
    await store.erase(case.id, START)
    [refused] = await store.commit([case.place_leg(2)], START)
    assert isinstance(refused.error, CaseErased)
    case.events.pop()
    [public] = await store.commit([case.fire("B1")], START)
    assert public.error is None
    [row] = await store.rows()
    assert (row.requester_number, row.snapshot) == ("", {})


async def test_an_open_case_is_not_erased(store: MemoryStore | SqlStore) -> None:
    case = SampleCase(1)
    await store.commit([case.open()], START)
    with pytest.raises(CaseStillOpen):
        await store.erase(case.id, START)
    with pytest.raises(CaseUnknown):
        await store.erase(CaseId("nobody"), START)
    assert await store.events(case.id) == case.events
