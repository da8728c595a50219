"""A catalogue with many entries, and just so much of a service as it needs."""

import wave
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from dispatcher.adapters.memory import MemoryStore
from dispatcher.adapters.sql import SqlStore, statements
from dispatcher.adapters.sql.codec import encode_json
from dispatcher.adapters.sql.crypto import document_place, seal
from dispatcher.adapters.sql.database import open_database
from dispatcher.adapters.sql.files import StorePaths
from dispatcher.core.commands import NoteRecordingDeleted
from dispatcher.core.errors import Refused
from dispatcher.core.events import CaseEvent, RecordingDeleted
from dispatcher.core.ids import CaseId
from dispatcher.floor.shelf import KIND, Entry
from dispatcher.ports import Actor
from dispatcher.service import Service
from dispatcher.testing.manual_clock import ManualClock

DAY_MS = 86_400_000
BEGAN = 1_790_000_000_000
LEADER = Actor("leader", "测试值班长", "supervisor")


def record(path: Path, seconds: float = 1.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\1\0" * int(8000 * seconds))
    return path


def entry_of(key: str, case: str | None, at: int) -> Entry:
    kind, _, name = key.partition("-")
    return {
        "id": key,
        "file": f"{kind}s/{name}.wav",
        "call": name if kind == "call" else None,
        "leg": name if kind == "leg" else None,
        "case": case,
        "began_at": at,
        "duration_ms": 1000,
        "bytes": 16_044,
        "sha256": "0" * 64,
        "closed_at": at + 1000,
        "deleted_at": None,
    }


def case_id(n: int) -> CaseId:
    """The ids of `dispatcher.testing.ledgers.SampleCase`."""
    return CaseId(f"01SAMPLE{n:018d}")


def call_key(n: int) -> str:
    return f"call-{BEGAN // 1000 + n}.{n}"


def leg_key(n: int) -> str:
    return f"leg-{case_id(n)}.0001"


def many(cases: int) -> Iterator[Entry]:
    """Of every case its call and one leg, a second after the other."""
    for n in range(cases):
        yield entry_of(call_key(n), case_id(n), BEGAN + n * 1000)
        yield entry_of(leg_key(n), case_id(n), BEGAN + n * 1000 + 500)


def catalogue_on_disk(database: Path, entries: Iterator[Entry]) -> None:
    """As if they had been put one by one over a year: in one transaction."""
    opened = open_database(StorePaths.beside(database))
    key = opened.master.documents
    rows = (
        (KIND, x["id"], seal(key, document_place(KIND, x["id"]), encode_json(x))) for x in entries
    )
    opened.connection.execute("BEGIN")
    opened.connection.executemany(statements.INSERT_DOCUMENT, rows)
    opened.connection.execute("COMMIT")
    opened.connection.close()


class CountingStore(SqlStore):
    """Remembers which documents it was asked for; all of a kind is ``*``."""

    def __init__(self, database: Path) -> None:
        super().__init__(database, reserve_bytes=0)
        self.read: list[str] = []

    async def documents(self, kind: str) -> dict[str, dict[str, Any]]:
        self.read.append("*")
        return await super().documents(kind)

    async def document(self, kind: str, key: str) -> dict[str, Any] | None:
        self.read.append(key)
        return await super().document(kind, key)


class House:
    """A service's parts. ``notes`` are the commands that were submitted to ledgers."""

    def __init__(self, store: MemoryStore | SqlStore) -> None:
        self.store, self.clock = store, ManualClock(BEGAN + 400 * DAY_MS)
        self.notes: list[Any] = []
        self.frames: list[str] = []
        self.unknown: set[str] = set()
        live = SimpleNamespace(calls={})
        self.hotline = SimpleNamespace(cases={}, handovers={}, live=live)
        self.hub = SimpleNamespace(publish=lambda frames: self.frames.extend(x.key for x in frames))

    @property
    def service(self) -> Service:
        return cast(Service, self)

    async def submit_late(self, command: Any, actor: str) -> list[CaseId]:
        if command.case in self.unknown:
            raise Refused("UNKNOWN_CASE", "没有此工单", "there is no such case")
        self.notes.append(command)
        if isinstance(command, NoteRecordingDeleted) and isinstance(self.store, MemoryStore):
            deleted = RecordingDeleted(command.recording, command.reason)
            lines = self.store.data.events.setdefault(command.case, [])
            lines.append(CaseEvent(command.case, len(lines) + 1, 0, actor, deleted))
        return [command.case]

    def accepts(self, case: CaseId, agent: str) -> None:
        """An open case of this agent."""
        self.hotline.cases[case] = SimpleNamespace(id=case, open=True, accepted_by=agent)
