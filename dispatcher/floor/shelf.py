"""The catalogue's entries: the latest at hand, all of them in the store and read when asked for.

A year of calls is about a million entries, more than a gigabyte: only so many are in memory as
the lines of an hour need. An entry is never changed, but put in place of the one before.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any

from ..core.events import CallBound, CaseEvent, RecordingClosed
from ..core.ids import CaseId
from ..ports import Store

KIND = "recording"
RECENT = 1_000
"""Entries at hand: more than are closed while one of them is still being written and noted."""
LISTED = 100
"""Calls, and legs, of one listing."""
LEGS_OF_A_CASE = 1_000
Entry = dict[str, Any]


class Shelf:
    """Entries by id. Every method that reads or writes raises `StoreError`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recent: OrderedDict[str, Entry] = OrderedDict()

    def recent(self, recording: str) -> Entry | None:
        return self._recent.get(recording)

    async def get(self, recording: str) -> Entry | None:
        return self._recent.get(recording) or await self._store.document(KIND, recording)

    async def put(self, entry: Entry) -> None:
        """A new entry: at hand at once, durable when this returns."""
        self._recent[entry["id"]] = entry
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        await self._write(entry)

    async def replace(self, entry: Entry) -> None:
        """In place of the one of this id: an old one does not push a recent one out."""
        if entry["id"] in self._recent:
            self._recent[entry["id"]] = entry
        await self._write(entry)

    async def _write(self, entry: Entry) -> None:
        try:
            await self._store.put_document(KIND, entry["id"], entry)
        except BaseException:
            # What is not written is not known: a sweep finds its file again.
            self._recent.pop(entry["id"], None)
            raise

    async def of_case(self, case: CaseId) -> list[Entry]:
        """What the case's ledger noted or names, its legs by their ids, and what is at hand."""
        keys = dict.fromkeys(_named(await self._store.events(case)))
        # "/" follows ".": every id that goes on after the case's own.
        legs = (f"leg-{case}.", f"leg-{case}/")
        keys |= dict.fromkeys(await self._store.document_keys(KIND, *legs, limit=LEGS_OF_A_CASE))
        keys |= dict.fromkeys(x["id"] for x in self._recent.values() if x["case"] == case)
        return [entry for entry in await self._all(keys) if entry["case"] == case]

    async def newest(self, before: str) -> list[Entry]:
        """The last `LISTED` calls and legs by id; with ``before``, an id, those of its kind that
        come before it."""
        ranges = [("call-", "call."), ("leg-", "leg.")]
        if before:
            ranges = [(start, before) for start, _ in ranges if before.startswith(start)]
        keys: list[str] = []
        for start, end in ranges:
            keys += await self._store.document_keys(KIND, start, end, limit=LISTED)
        return await self._all(keys)

    async def _all(self, keys: Iterable[str]) -> list[Entry]:
        found = [await self.get(key) for key in keys]
        return [entry for entry in found if entry is not None]


def _named(ledger: Iterable[CaseEvent]) -> Iterator[str]:
    for line in ledger:
        if isinstance(line.event, RecordingClosed):
            yield line.event.recording
        elif isinstance(line.event, CallBound):
            # Also of a note that a crash kept from being written.
            yield f"call-{line.event.call}"
