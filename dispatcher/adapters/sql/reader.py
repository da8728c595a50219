"""`LedgerReader`: everything that is read, on a connection and a thread of its own.

SQLite's log lets it read the last committed state while the writer waits for the disk.
"""

import gc
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import msgspec

from dispatcher.adapters.commits import last_number
from dispatcher.core.effects import Effect
from dispatcher.core.events import CaseEvent
from dispatcher.core.ids import CaseId
from dispatcher.ports import CaseRow, Restored

from . import statements as sql
from .codec import decode_effect, decode_json, join_event, join_row
from .crypto import (
    MasterKey,
    Unreadable,
    document_place,
    effect_place,
    event_place,
    row_place,
    unseal,
)
from .ledger import RowRecord
from .writer import WRITER

_UNREADABLE = (Unreadable, msgspec.MsgspecError, KeyError, TypeError, ValueError)
_ROW_COLUMNS = len(RowRecord._fields)
_BEYOND = "\U0010ffff"
"""After every key there is."""


class LedgerReader:
    """Reads through ``connection`` (used by one thread at a time)."""

    def __init__(self, connection: sqlite3.Connection, master: MasterKey) -> None:
        self._db = connection
        self._master = master

    def restore(self, day: str) -> Restored:
        """One consistent picture: open cases, cases with work in hand, that work, the tip.

        A case that cannot be read does not keep the others from going on: it is in ``damaged``.
        """
        rows: list[CaseRow] = []
        seqs: dict[CaseId, int] = {}
        damaged: dict[CaseId, None] = {}
        with _no_collecting(), self._snapshot():
            for record in self._db.execute(sql.SELECT_LIVE_ROWS, (1,)):
                case = CaseId(record[0])
                seqs[case] = record[-1]
                try:
                    rows.append(self._row(record))
                except _UNREADABLE:
                    damaged[case] = None
            pending = tuple(self._pending(damaged))
            seq, last_at = self._tip()
            numbers = self._numbers(day)
        return Restored(tuple(rows), seqs, pending, seq, last_at, numbers, tuple(damaged))

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Everything read inside is of one moment, whoever writes meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("COMMIT")

    def _tip(self) -> tuple[int, int]:
        seq, _ = self._db.execute(sql.SELECT_TIP, (WRITER, WRITER)).fetchone() or (0, b"")
        at = self._db.execute(sql.SELECT_LAST_AT, (WRITER, seq)).fetchone()
        return seq, at[0] if at else 0

    def _pending(self, damaged: dict[CaseId, None]) -> Iterator[Effect]:
        last, case_key = None, b""
        for key, case, kind, payload, wrapped in self._db.execute(sql.SELECT_PENDING):
            try:
                if case != last:  # the effects of one commit stand together
                    case_key = self._master.unwrap(case, wrapped)
                    last = case
                yield decode_effect(kind, unseal(case_key, effect_place(case, key), payload))
            except _UNREADABLE:
                damaged[CaseId(case)] = None

    def _numbers(self, day: str) -> int:
        digits = "".join(filter(str.isdigit, day))
        found = self._db.execute(sql.COUNT_NUMBERS, (digits, digits + ":")).fetchone()
        return last_number(found[0], found[1] or "")

    def _row(self, record: Any) -> CaseRow:
        row, wrapped = RowRecord._make(record[:_ROW_COLUMNS]), record[_ROW_COLUMNS]
        if wrapped is None or row.personal is None:
            return join_row(row, None)
        key = self._master.unwrap(row.case, wrapped)
        return join_row(row, unseal(key, row_place(row.case), row.personal))

    def events(self, case: CaseId, after: int) -> list[CaseEvent]:
        with self._snapshot():
            keyed = self._db.execute(sql.SELECT_KEY, (case,)).fetchone()
            stored = self._db.execute(sql.SELECT_EVENTS, (case, after)).fetchall()
        key = self._master.unwrap(case, keyed[1]) if keyed and keyed[1] is not None else None
        return [read_event(key, *values) for values in stored]

    def rows(self, open_only: bool, number: str, requester: str, limit: int) -> list[CaseRow]:
        query = sql.find_rows(open_only=open_only, number=bool(number), requester=bool(requester))
        asked_by = self._master.lookup_hash(requester)
        wanted = [1] * open_only + [number] * bool(number) + [asked_by] * bool(requester)
        cursor = self._db.execute(query, wanted)
        try:
            return [self._row(record) for record in islice(cursor, limit)]
        finally:
            cursor.close()

    def changed_since(self, seq: int, limit: int) -> list[tuple[int, CaseId]] | None:
        cursor = self._db.execute(sql.SELECT_CHANGED, (WRITER, seq))
        changed = list(islice(cursor, limit + 1))
        cursor.close()
        return changed if len(changed) <= limit else None

    def documents(self, kind: str) -> dict[str, dict[str, Any]]:
        return {
            key: self._document(kind, key, value)
            for key, value in self._db.execute(sql.SELECT_DOCUMENTS, (kind,))
        }

    def document(self, kind: str, key: str) -> dict[str, Any] | None:
        found = self._db.execute(sql.SELECT_DOCUMENT, (kind, key)).fetchone()
        return None if found is None else self._document(kind, key, found[0])

    def document_keys(self, kind: str, start: str, end: str, limit: int) -> list[str]:
        cursor = self._db.execute(sql.SELECT_DOCUMENT_KEYS, (kind, start, end or _BEYOND))
        try:
            return [key for (key,) in islice(cursor, limit)]
        finally:
            cursor.close()

    def absent_documents(self, kind: str, keys: Sequence[str]) -> list[str]:
        """Looked up one by one, in the index alone: nothing is decrypted."""
        with self._snapshot():
            return [
                key
                for key in keys
                if self._db.execute(sql.SELECT_DOCUMENT_KEY, (kind, key)).fetchone() is None
            ]

    def _document(self, kind: str, key: str, value: bytes) -> dict[str, Any]:
        plain = unseal(self._master.documents, document_place(kind, key), value)
        decoded: dict[str, Any] = decode_json(plain)
        return decoded

    def checkpoint(self) -> None:
        """Move what is committed from the log to the database, without holding up the writer."""
        self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Nothing that a start makes is garbage: looking for it all the while is half the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def read_event(
    key: bytes | None,
    case: str,
    seq: int,
    at: int,
    actor: str,
    kind: str,
    public: str | bytes,
    sealed: bytes | None,
) -> CaseEvent:
    """A stored event; without its case's key the personal part reads as None."""
    personal = None
    if sealed is not None and key is not None:
        personal = unseal(key, event_place(case, seq), sealed)
    return join_event(case, seq, at, actor, kind, public, personal)
