"""The recordings on the disk: what was missed is catalogued, what is too old is deleted.

Led by the files, not by the catalogue: they are looked at a few hundred at a time, in a thread,
and compared with the store's keys; nothing of it is kept.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from ..core.commands import NoteRecordingDeleted
from ..core.errors import Refused
from ..core.events import RecordingDeleted
from ..core.ids import CaseId, Instant
from ..service import Service
from .recording_files import on_disk, path_of, some
from .shelf import KIND, Entry, Shelf

log = structlog.get_logger()

LOOKED_AT = 500
"""Files looked at in one go."""
CLOSED_AT_ONCE = 8
"""Missed files that are read at the same time."""
DELETED_AT_MOST = 5_000
"""Files deleted by one sweep, so that a shortened time of keeping does not occupy the store."""
Close = Callable[[str], "asyncio.Task[None] | None"]


class Sweep:
    """Sweeps ``folder``. ``close`` begins to catalogue a file, unless it is not its time."""

    def __init__(
        self, service: Service, shelf: Shelf, folder: Path, keep_ms: int, close: Close
    ) -> None:
        self._service, self._shelf, self._folder = service, shelf, folder
        self._keep_ms, self._close = keep_ms, close
        self._running = asyncio.Lock()
        self._due = False

    async def run(self) -> None:
        """One sweep at a time; returns at once when the next one is waiting already.

        Raises `StoreError`.
        """
        if self._due:
            return
        self._due = True
        try:
            await self._running.acquire()
        finally:
            self._due = False
        try:
            await self._sweep()
        finally:
            self._running.release()

    async def _sweep(self) -> None:
        before = self._service.clock.now() - self._keep_ms
        files, deleted = on_disk(self._folder), 0
        while batch := await asyncio.to_thread(some, files, LOOKED_AT):
            await self._catch_up([file.id for file in batch])
            for file in batch:
                if file.since < before and deleted < DELETED_AT_MOST:
                    deleted += await self._expire(file.id, before)

    async def _catch_up(self, recordings: Sequence[str]) -> None:
        begun: set[asyncio.Task[None]] = set()
        for recording in await self._service.store.absent_documents(KIND, recordings):
            task = self._close(recording)
            if task is not None:
                begun.add(task)
            if len(begun) == CLOSED_AT_ONCE:
                _, begun = await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
        if begun:
            await asyncio.wait(begun)

    async def _expire(self, recording: str, before: Instant) -> bool:
        """Whether the file was deleted; one that cannot be does not keep the others."""
        entry = await self._shelf.get(recording)
        if entry is None or not self._due_to_go(entry, before):
            return False
        if entry["deleted_at"] is None:
            entry = {**entry, "deleted_at": self._service.clock.now()}
            await self._shelf.replace(entry)
        try:
            await self._note(entry)
        except Refused as refused:  # the ledger knows no such case: the file goes all the same
            log.error("deletion of recording not noted", recording=recording, reason=str(refused))
        path = path_of(self._folder, recording)
        assert path is not None
        try:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        except OSError as error:
            log.error("recording not deleted", recording=recording, reason=str(error))
            return False
        log.info("recording deleted", recording=recording, reason="retention")
        return True

    def _due_to_go(self, entry: Entry, before: Instant) -> bool:
        """Also when a deletion was cut short, or the file came back from elsewhere."""
        if entry["deleted_at"] is not None:
            return True
        case = self._service.hotline.cases.get(entry["case"]) if entry["case"] else None
        return bool(entry["closed_at"] < before) and (case is None or not case.open)

    async def _note(self, entry: Entry) -> None:
        """In the case's ledger, once: an earlier sweep may have come no further than this."""
        if entry["case"] is None:
            return
        case, recording = CaseId(entry["case"]), entry["id"]
        lines = [line.event for line in await self._service.store.events(case)]
        if any(isinstance(x, RecordingDeleted) and x.recording == recording for x in lines):
            return
        note = NoteRecordingDeleted(case, recording, "retention")
        await self._service.submit_late(note, "system")
