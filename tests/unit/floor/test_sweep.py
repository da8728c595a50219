"""Sweeping: led by the files, in pieces, beside the loop."""

import asyncio
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from dispatcher.adapters.memory import MemoryStore
from dispatcher.core.commands import NoteRecording, NoteRecordingDeleted
from dispatcher.core.ids import CaseId
from dispatcher.floor import recording_files, sweep
from dispatcher.floor.recordings import Catalogue
from dispatcher.floor.shelf import KIND

from .catalogued import BEGAN, DAY_MS, House, call_key, case_id, entry_of, leg_key, many, record


class PiecewiseStore(MemoryStore):
    """Remembers how many keys were compared at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.compared: list[int] = []
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def absent_documents(self, kind: str, keys: Sequence[str]) -> list[str]:
        self.compared.append(len(keys))
        self.asked.set()
        await self.go_on.wait()
        return await super().absent_documents(kind, keys)


class Kept:
    """``cases`` cases with a call and a leg each, catalogued and on the disk."""

    def __init__(self, folder: Path, cases: int) -> None:
        self.folder, self.store = folder, PiecewiseStore()
        self.house = House(self.store)
        self.catalogue = Catalogue(self.house.service, folder, 365)
        for name in ("calls", "legs"):
            (folder / name).mkdir(parents=True)
        for entry in many(cases):
            self.store.data.documents.setdefault(KIND, {})[entry["id"]] = entry
            (folder / entry["file"]).touch()
            os.utime(folder / entry["file"], (BEGAN / 1000, BEGAN / 1000))

    def files(self) -> int:
        return sum(1 for _ in recording_files.on_disk(self.folder))

    def deleted(self) -> list[str]:
        return sorted(key for key, x in self.store.data.documents[KIND].items() if x["deleted_at"])


async def test_old_ones_are_deleted_in_pieces_beside_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "DELETED_AT_MOST", 900)
    kept, looked_in, turns = Kept(tmp_path, 600), set(), [0]
    some, unlink = sweep.some, Path.unlink

    def looking(*args):  # type: ignore[no-untyped-def]
        looked_in.add(threading.current_thread())
        return some(*args)

    def unlinking(path: Path, missing_ok: bool = False) -> None:
        looked_in.add(threading.current_thread())
        unlink(path, missing_ok)

    async def other_work() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(sweep, "some", looking)
    monkeypatch.setattr(Path, "unlink", unlinking)
    working = asyncio.create_task(other_work())
    await kept.catalogue.sweep()
    working.cancel()
    assert kept.files() == 300, "no more than a sweep may"
    assert turns[0] > 900, "others had their turn between any two"
    assert threading.main_thread() not in looked_in
    assert max(kept.store.compared) == sweep.LOOKED_AT
    assert len(kept.deleted()) == 900
    await kept.catalogue.sweep()
    assert (kept.files(), len(kept.deleted())) == (0, 1200)
    notes = [x.recording for x in kept.house.notes if isinstance(x, NoteRecordingDeleted)]
    assert sorted(notes) == kept.deleted()
    await kept.catalogue.sweep()
    assert len(kept.house.notes) == 1200


async def test_what_is_young_or_of_an_open_case_stays(tmp_path: Path) -> None:
    kept = Kept(tmp_path, 3)
    kept.house.accepts(case_id(1), "a1")
    young = kept.house.clock.now() - 364 * DAY_MS
    kept.store.data.documents[KIND][call_key(2)]["closed_at"] = young
    await kept.catalogue.sweep()
    assert kept.deleted() == [call_key(0), leg_key(0), leg_key(2)]
    assert kept.files() == 3
    kept.house.hotline.cases.clear()
    await kept.catalogue.sweep()
    assert len(kept.deleted()) == 5


async def test_a_deletion_that_was_cut_short_is_finished_and_noted_once(tmp_path: Path) -> None:
    """Marked but neither noted nor gone; marked and noted; of a case the ledger does not know."""
    kept = Kept(tmp_path, 3)
    for key in (call_key(0), call_key(1)):
        kept.store.data.documents[KIND][key]["deleted_at"] = BEGAN
    done = NoteRecordingDeleted(case_id(1), call_key(1), "retention")
    await kept.house.submit_late(done, "system")
    kept.house.unknown.add(case_id(2))
    await kept.catalogue.sweep()
    assert kept.files() == 0
    assert sorted(x.recording for x in kept.house.notes) == sorted(
        [call_key(0), call_key(1), leg_key(0), leg_key(1)]
    )
    assert kept.store.data.documents[KIND][call_key(0)]["deleted_at"] == BEGAN


async def test_one_that_cannot_be_deleted_does_not_keep_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, unlink = Kept(tmp_path, 4), Path.unlink

    def unlinking(path: Path, missing_ok: bool = False) -> None:
        if path.name.startswith(call_key(2).removeprefix("call-")):
            raise PermissionError(path)
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlinking)
    await kept.catalogue.sweep()
    assert kept.files() == 1


async def test_what_was_missed_is_catalogued_a_few_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, at_once = Kept(tmp_path, 2), [0, 0]
    until_whole = recording_files.until_whole

    async def counting(path: Path) -> bool:
        at_once[0] += 1
        at_once[1] = max(at_once)
        try:
            return await until_whole(path)
        finally:
            at_once[0] -= 1

    monkeypatch.setattr("dispatcher.floor.recordings.until_whole", counting)
    now = kept.house.clock.now()
    case = CaseId("01MISSED" + "0" * 18)
    missed = [f"leg-{case}.{n:04d}" for n in range(30)]
    for key in missed:
        path = record(tmp_path / "legs" / f"{key.removeprefix('leg-')}.wav", 0.1)
        os.utime(path, (now / 1000, now / 1000))
    await kept.catalogue.sweep()
    noted = [x.recording for x in kept.house.notes if isinstance(x, NoteRecording)]
    assert sorted(noted) == missed
    assert at_once == [0, sweep.CLOSED_AT_ONCE]
    entry = await kept.store.document(KIND, missed[0])
    assert entry is not None
    assert (entry["case"], entry["closed_at"]) == (case, now)
    await kept.catalogue.sweep()
    assert len([x for x in kept.house.notes if isinstance(x, NoteRecording)]) == 30


async def test_one_sweep_at_a_time_and_one_that_waits(tmp_path: Path) -> None:
    """A link that comes and goes begins many."""
    kept = Kept(tmp_path, 1)
    kept.house.clock = type(kept.house.clock)(BEGAN)
    kept.store.go_on.clear()
    sweeps = [asyncio.create_task(kept.catalogue.sweep()) for _ in range(10)]
    await kept.store.asked.wait()
    kept.store.go_on.set()
    await asyncio.gather(*sweeps)
    assert kept.store.compared == [2, 2]


async def test_entries_are_compared_with_the_store_not_with_what_is_at_hand(
    tmp_path: Path,
) -> None:
    kept = Kept(tmp_path, 1)
    await kept.store.put_document(KIND, "call-9.9", entry_of("call-9.9", None, BEGAN))
    await kept.catalogue.sweep()
    assert kept.deleted() == [call_key(0), leg_key(0)], "without a file there is nothing to delete"
