"""Are the recordings what they were when they were closed? Files against catalogue and ledger."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.events import RecordingClosed
from ..core.ids import CaseId
from ..ports import Store
from .recordings import KIND, digest, found, path_of, whole


@dataclass(frozen=True, slots=True)
class Finding:
    """``what``: missing, changed, unlisted or contradicted."""

    recording: str
    what: str
    zh: str
    en: str


async def check(store: Store, folder: Path) -> tuple[int, list[Finding]]:
    """(how many recordings were looked at, what is wrong with them)."""
    entries = await store.documents(KIND)
    findings = await asyncio.to_thread(_files, folder, entries)
    for entry in entries.values():
        findings += await _against_ledger(store, entry)
    return len(entries), findings


def _files(folder: Path, entries: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    findings = []
    for key, entry in entries.items():
        path = path_of(folder, key)
        if entry["deleted_at"] is not None or path is None:
            continue
        if not path.is_file():
            findings.append(Finding(key, "missing", "文件缺失", "the file is missing"))
        elif digest(path).sha256 != entry["sha256"]:
            findings.append(Finding(key, "changed", "文件被改动", "the file was changed"))
    for key in found(folder):
        path = path_of(folder, key)
        if key not in entries and path is not None and whole(path):
            findings.append(Finding(key, "unlisted", "未编目", "not in the catalogue"))
    return findings


async def _against_ledger(store: Store, entry: Mapping[str, Any]) -> Iterable[Finding]:
    """What was noted in the case's ledger cannot be changed unseen: it decides."""
    if entry["case"] is None:
        return []
    lines = await store.events(CaseId(entry["case"]))
    noted = [x.event for x in lines if isinstance(x.event, RecordingClosed)]
    ours = [x for x in noted if x.recording == entry["id"]]
    if any(x.sha256 != entry["sha256"] for x in ours):
        text = "the catalogue contradicts the ledger"
        return [Finding(entry["id"], "contradicted", "目录与台账不符", text)]
    return []
