"""Are the recordings what they were when they were closed? Files against catalogue and ledger."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.events import RecordingClosed
from ..core.ids import CaseId
from ..ports import Store
from .recording_files import digest, on_disk, path_of, some, whole
from .shelf import KIND

_AT_ONCE = 500
"""Entries, or files, that are in memory at the same time."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``what``: missing, changed, unlisted or contradicted."""

    recording: str
    what: str
    zh: str
    en: str


async def check(store: Store, folder: Path) -> tuple[int, list[Finding]]:
    """(how many recordings were looked at, what is wrong with them)."""
    count, findings = 0, []
    async for entry in _entries(store):
        count += 1
        wrong = (
            await asyncio.to_thread(_file, folder, entry),
            await _against_ledger(store, entry),
        )
        findings += [finding for finding in wrong if finding is not None]
    findings.sort(key=lambda finding: finding.recording)
    return count, findings + [finding async for finding in _unlisted(store, folder)]


async def _entries(store: Store) -> AsyncIterator[Mapping[str, Any]]:
    end = ""
    while keys := await store.document_keys(KIND, end=end, limit=_AT_ONCE):
        end = keys[-1]
        for key in keys:
            entry = await store.document(KIND, key)
            if entry is not None:
                yield entry


def _file(folder: Path, entry: Mapping[str, Any]) -> Finding | None:
    key = entry["id"]
    path = path_of(folder, key)
    if entry["deleted_at"] is not None or path is None:
        return None
    if not path.is_file():
        return Finding(key, "missing", "文件缺失", "the file is missing")
    if digest(path).sha256 != entry["sha256"]:
        return Finding(key, "changed", "文件被改动", "the file was changed")
    return None


async def _unlisted(store: Store, folder: Path) -> AsyncIterator[Finding]:
    files = on_disk(folder)
    while batch := await asyncio.to_thread(some, files, _AT_ONCE):
        for key in await store.absent_documents(KIND, sorted(file.id for file in batch)):
            path = path_of(folder, key)
            if path is not None and await asyncio.to_thread(whole, path):
                yield Finding(key, "unlisted", "未编目", "not in the catalogue")


async def _against_ledger(store: Store, entry: Mapping[str, Any]) -> Finding | None:
    """What was noted in the case's ledger cannot be changed unseen: it decides."""
    if entry["case"] is None:
        return None
    lines = await store.events(CaseId(entry["case"]))
    noted = [x.event for x in lines if isinstance(x.event, RecordingClosed)]
    ours = [x for x in noted if x.recording == entry["id"]]
    if any(x.sha256 != entry["sha256"] for x in ours):
        text = "the catalogue contradicts the ledger"
        return Finding(entry["id"], "contradicted", "目录与台账不符", text)
    return None
