"""The catalogue is in the store: nothing is loaded, what is asked for is found."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatcher.adapters.memory import MemoryStore
from dispatcher.core.commands import NoteRecording
from dispatcher.core.errors import Refused, StoreFull
from dispatcher.core.events import CallBound, RecordingClosed
from dispatcher.core.facts import LegEnded, LegOutcome
from dispatcher.core.ids import CallId, CaseId, ChannelId, LegId
from dispatcher.floor import shelf
from dispatcher.floor.recordings import ACCESS, Catalogue
from dispatcher.floor.shelf import KIND, LISTED
from dispatcher.ports import Actor
from dispatcher.testing.ledgers import START, SampleCase

from .catalogued import (
    BEGAN,
    LEADER,
    CountingStore,
    House,
    call_key,
    case_id,
    catalogue_on_disk,
    entry_of,
    leg_key,
    many,
    record,
)

CASES = 50_000
"""With two recordings each."""


class Year:
    """A hotline after a long time, just started."""

    def __init__(self, store: CountingStore, folder: Path) -> None:
        self.store, self.folder, self.house = store, folder, House(store)
        self.catalogue = Catalogue(self.house.service, folder, 365)


@pytest.fixture(scope="module")
def long_kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("year") / "ledger.db"
    catalogue_on_disk(database, many(CASES))
    return database


@pytest.fixture
async def year(long_kept: Path, tmp_path: Path) -> AsyncIterator[Year]:
    store = CountingStore(long_kept)
    await store.open()
    made = Year(store, tmp_path)
    await made.catalogue.start()
    yield made
    made.catalogue.close()
    await store.close()


async def test_a_start_reads_no_entry(year: Year) -> None:
    assert len(await year.store.document_keys(KIND, limit=200_000)) == 2 * CASES
    await asyncio.sleep(0)
    assert year.store.read == []


async def test_a_recording_is_found_by_its_id(year: Year) -> None:
    record(year.folder / "calls" / f"{call_key(7).removeprefix('call-')}.wav")
    assert (await year.catalogue.recording(call_key(7), LEADER)).is_file()
    assert year.store.read == [call_key(7)]
    (access,) = (await year.store.documents(ACCESS)).values()
    assert (access["user"], access["recording"]) == ("leader", call_key(7))
    for nothing in ("call-1.1", "call-../x", call_key(8)):
        with pytest.raises(Refused, match="NO_SUCH_RECORDING"):
            await year.catalogue.recording(nothing, LEADER)
    with pytest.raises(Refused, match="NOT_ALLOWED"):
        await year.catalogue.recording(call_key(7), Actor("agent9", "测试坐席", "agent"))


async def test_a_cases_recordings_are_found_by_its_ledger_and_its_legs(year: Year) -> None:
    noted, bound, silent = SampleCase(20), SampleCase(21), SampleCase(22)
    closed = RecordingClosed(call_key(20), "", None, "0" * 64, 1000, 16_044, BEGAN)
    call = CallId(call_key(21).removeprefix("call-"))
    other = CallId(call_key(30).removeprefix("call-"))
    events = [CallBound(x, ChannelId(x), None, None) for x in (call, other)]
    if not await year.store.events(noted.id):
        await year.store.commit([noted.open(), noted.commit(closed)], START)
        await year.store.commit([bound.open(), bound.commit(*events)], START)

    async def heard(case: CaseId) -> list[str]:
        return [x["id"] for x in await year.catalogue.recordings(case, LEADER)]

    assert await heard(noted.id) == [call_key(20), leg_key(20)]
    assert await heard(bound.id) == [call_key(21), leg_key(21)], "the other call is another's"
    assert await heard(silent.id) == [leg_key(22)]
    assert await heard(CaseId("nobody")) == []
    assert len(year.store.read) == 6


async def test_the_list_of_all_is_bounded_newest_first_and_goes_on(year: Year) -> None:
    newest = await year.catalogue.recordings("", LEADER)
    assert len(newest) == len(year.store.read) == 2 * LISTED
    last = CASES - 1
    assert [x["id"] for x in newest[:3]] == [leg_key(last), call_key(last), leg_key(last - 1)]
    seen = [x["id"] for x in newest]
    for kind, key in (("call", call_key), ("leg", leg_key)):
        page = await year.catalogue.recordings("", LEADER, min(x for x in seen if kind in x))
        assert [x["id"] for x in page] == [key(last - n) for n in range(LISTED, 2 * LISTED)]
    assert await year.catalogue.recordings("", LEADER, "call-0") == []
    assert await year.catalogue.recordings("", LEADER, "nonsense") == []


async def test_an_agent_lists_his_own_open_cases_only(year: Year) -> None:
    own, stranger = Actor("a1", "测试甲", "agent", "agent1"), Actor("a2", "测试乙", "agent")
    for n in (41, 40):
        year.house.accepts(case_id(n), "a1")
    assert [x["id"] for x in await year.catalogue.recordings("", own)] == [leg_key(41), leg_key(40)]
    assert await year.catalogue.recordings(case_id(41), own)
    assert await year.catalogue.recordings(case_id(42), own) == []
    assert await year.catalogue.recordings("", stranger) == []
    year.house.hotline.cases[case_id(41)].open = False
    assert await year.catalogue.recordings(case_id(41), own) == []


async def test_without_a_folder_there_is_nothing(year: Year) -> None:
    empty = Catalogue(year.house.service, None, 365)
    await empty.start()
    assert await empty.recordings("", LEADER) == await empty.recordings(case_id(1), LEADER) == []
    with pytest.raises(Refused, match="NO_SUCH_RECORDING"):
        await empty.recording(call_key(1), LEADER)
    await empty.sweep()
    assert year.store.read == []


# ---------------------------------------------------------------- closing


async def closed(house: House, catalogue: Catalogue, *legs: str) -> None:
    for leg in legs:
        catalogue.on_fact(LegEnded(LegId(leg), LegOutcome.HUNG_UP))
    await catalogue._errands.done()


async def test_only_so_many_entries_are_at_hand_and_all_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "RECENT", 3)
    house = House(MemoryStore())
    catalogue = Catalogue(house.service, tmp_path, 365)
    legs = [f"{case_id(n)}.0001" for n in range(8)]
    for leg in legs:
        record(tmp_path / "legs" / f"{leg}.wav")
    await closed(house, catalogue, *legs)
    assert sum(catalogue._shelf.recent(f"leg-{leg}") is not None for leg in legs) == 3
    assert sorted(house.frames) == sorted(x.recording for x in house.notes)
    for n, leg in enumerate(legs):
        (entry,) = await catalogue.recordings(case_id(n), LEADER)
        assert entry["leg"] == leg
    await closed(house, catalogue, *legs)
    assert len(house.notes) == 8, "what was catalogued is not catalogued again"


async def test_an_old_call_is_given_to_its_case(tmp_path: Path) -> None:
    house = House(MemoryStore())
    catalogue = Catalogue(house.service, tmp_path, 365)
    for n, case in ((1, None), (2, case_id(9))):
        await house.store.put_document(KIND, call_key(n), entry_of(call_key(n), case, BEGAN))
    for n in (1, 2, 3):
        catalogue.belongs(CallId(call_key(n).removeprefix("call-")), case_id(5))
    await catalogue._errands.done()
    (note,) = house.notes
    assert isinstance(note, NoteRecording)
    assert (note.case, note.recording) == (case_id(5), call_key(1))
    stored = await house.store.documents(KIND)
    assert [stored[call_key(n)]["case"] for n in (1, 2)] == [case_id(5), case_id(9)]


async def test_what_could_not_be_written_is_found_by_a_sweep(tmp_path: Path) -> None:
    class Full(MemoryStore):
        async def put_document(self, kind, key, value) -> None:  # type: ignore[no-untyped-def]
            if self.full:
                raise StoreFull("STORE_FULL", "磁盘已满", "the disk is full")
            await super().put_document(kind, key, value)

    store = Full()
    house, leg = House(store), f"{case_id(1)}.0001"
    catalogue = Catalogue(house.service, tmp_path, 365)
    record(tmp_path / "legs" / f"{leg}.wav")
    store.full = True
    await closed(house, catalogue, leg)
    assert house.notes == []
    store.full = False
    await catalogue.sweep()
    assert [x.recording for x in house.notes] == [f"leg-{leg}"]
