"""The second half of `verify`: one case at a time, its events, its row, its key, its marks."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import msgspec

from dispatcher.adapters.commits import mark_of
from dispatcher.core.events import CaseEvent
from dispatcher.ports import CaseRow

from . import statements as sql
from .codec import decode_json, encode_json, join_row
from .crypto import MasterKey, Unreadable, row_place, unseal
from .ledger import CASE_GENESIS, EventRecord, RowRecord, event_hash, row_digest
from .reader import read_event
from .report import Report
from .verify_commits import Claim, attempt

Fold = Callable[[list[CaseEvent]], CaseRow]

_PERSONAL = ("requester_number", "snapshot")


class CaseCheck:
    """Checks cases against the claims of the commits, noting what it finds in ``report``."""

    def __init__(
        self, db: sqlite3.Connection, master: MasterKey | None, fold: Fold | None, report: Report
    ) -> None:
        self._db = db
        self._master = master
        self._fold = fold
        self._report = report
        self.rows_seen = 0
        self.marks_seen = 0

    def check(self, case: str, records: Sequence[EventRecord], claim: Claim | None) -> None:
        """One case: all its events, in order, and the last claim about it, if any."""
        self._report.cases += 1
        self._report.events += len(records)
        sound = self._check_chain(case, records)
        if claim is None:
            self._find("case_added", case)
        elif claim.sure:
            if sound:
                self._check_head(case, records, claim)
            self._report.erased += claim.erased
        row = self._stored_row(case)
        if claim is not None and claim.sure:
            self._check_digest(case, row, claim)
        key = self._key(case, claim)
        events = self._read(records, key)
        self._check_marks(events)
        if sound and row is not None and len(events) == len(records):
            self._check_row(row, key, events)

    def _find(self, kind: str, case: str, seq: int | None = None, detail: str = "") -> None:
        self._report.find(kind, case, seq=seq, detail=detail, db=self._db)

    # ------------------------------------------------------------ the chain

    def _check_chain(self, case: str, records: Sequence[EventRecord]) -> bool:
        found = len(self._report.findings)
        seq, head = 0, CASE_GENESIS
        for record in records:
            if record.seq != seq + 1:
                self._find("event_missing", case, seq + 1)
            elif attempt(event_hash, head, record) != record.hash:
                self._find("event_changed", case, record.seq)
            seq, head = record.seq, record.hash
        return len(self._report.findings) == found

    def _check_head(self, case: str, records: Sequence[EventRecord], claim: Claim) -> None:
        last = records[-1]
        if last.seq < claim.seq:
            self._find("event_missing", case, last.seq + 1)
        elif last.seq > claim.seq:
            self._find("event_added", case, claim.seq + 1)
        elif last.hash != claim.head:
            self._find("events_rewritten", case, self._first_rewritten(case))

    def _first_rewritten(self, case: str) -> int:
        """The first event a commit disagrees about: at or before it the history was rewritten."""
        hashes = dict(self._db.execute(sql.SELECT_HASHES, (case,)))
        before = 0
        for seq, head in self._db.execute(sql.SELECT_HEADS, (case,)):
            if hashes.get(seq) != head:
                break
            before = seq
        return before + 1

    # ------------------------------------------------------------ the row

    def _stored_row(self, case: str) -> RowRecord | None:
        stored = self._db.execute(sql.SELECT_ROW, (case,)).fetchone()
        if stored is None:
            return None
        self.rows_seen += 1
        return RowRecord._make(stored)

    def _check_digest(self, case: str, row: RowRecord | None, claim: Claim) -> None:
        if row is None:
            if claim.row_digest is not None:
                self._find("row_missing", case)
        elif claim.row_digest is None:
            self._find("row_added", case)
        elif attempt(row_digest, row) != claim.row_digest:
            self._find("row_changed", case)

    def _check_row(self, row: RowRecord, key: bytes | None, events: list[CaseEvent]) -> None:
        """Compare the row with what the events imply; without a key, its public columns."""
        if self._fold is None or self._master is None:
            return
        try:
            stored = self._open_row(row, key)
            differing = self._differing(stored, self._fold(events), key is not None)
        except Exception as error:  # a history that was tampered with may fail in any way
            self._find("row_differs", row.case, detail=repr(error))
            return
        asked_by = self._master.lookup_hash(stored.requester_number)
        if key is not None and asked_by != row.requester_hash:
            differing.append("requester_hash")
        if differing:
            self._find("row_differs", row.case, detail=", ".join(differing))

    def _differing(self, stored: CaseRow, implied: CaseRow, with_personal: bool) -> list[str]:
        names = [f.name for f in fields(CaseRow) if with_personal or f.name not in _PERSONAL]
        return [name for name in names if not _same(getattr(stored, name), getattr(implied, name))]

    def _open_row(self, row: RowRecord, key: bytes | None) -> CaseRow:
        if key is None or row.personal is None:
            return join_row(row, None)
        return join_row(row, unseal(key, row_place(row.case), row.personal))

    # ------------------------------------------------------------ personal parts

    def _key(self, case: str, claim: Claim | None) -> bytes | None:
        stored = self._db.execute(sql.SELECT_KEY, (case,)).fetchone()
        wrapped = None if stored is None else stored[1]
        erased = claim is not None and claim.erased
        if wrapped is None:
            if not erased and (claim is None or claim.sure):
                self._find("key_missing", case)
            return None
        if erased:
            self._find("key_kept", case)
        if self._master is None:
            return None
        try:
            return self._master.unwrap(case, wrapped)
        except (Unreadable, TypeError):
            self._find("key_damaged", case)
            return None

    def _read(self, records: Sequence[EventRecord], key: bytes | None) -> list[CaseEvent]:
        return [event for r in records if (event := self._read_one(r, key)) is not None]

    def _read_one(self, r: EventRecord, key: bytes | None) -> CaseEvent | None:
        try:
            return read_event(key, r.case, r.seq, r.at, r.actor, r.type, r.public, r.personal)
        except Unreadable:
            self._find("personal_unreadable", r.case, r.seq)
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
            self._find("event_unreadable", r.case, r.seq, repr(error))
        return None

    # ------------------------------------------------------------ marks

    def _check_marks(self, events: list[CaseEvent]) -> None:
        for event in events:
            mark = mark_of(event)
            if mark is None:
                continue
            registered = self._db.execute(sql.SELECT_MARK, mark).fetchone()
            if registered == (event.case, event.seq):
                self.marks_seen += 1
            elif registered is not None and registered[0] == event.case:
                self._find("mark_doubled", event.case, event.seq, f"first in {registered[1]}")
            else:
                self._find("mark_missing", event.case, event.seq)


def _same(stored: Any, implied: Any) -> bool:
    """Whether a column is what the events imply.

    An earlier version wrote the row without what has been added since: such a field is not
    missed. Whoever takes one out of a row is found by the row's digest.
    """
    was, now = (decode_json(encode_json(value)) for value in (stored, implied))
    return bool(_known_then(now, was) == was)


def _known_then(now: Any, was: Any) -> Any:
    """``now`` without the fields that ``was`` lacks; ids of cases and legs are no fields."""
    if isinstance(now, dict) and isinstance(was, dict):
        return {
            name: _known_then(now[name], was.get(name))
            for name in now
            if name in was or not (name.isidentifier() and name.islower())
        }
    if isinstance(now, list) and isinstance(was, list) and len(now) == len(was):
        return [_known_then(one, other) for one, other in zip(now, was, strict=True)]
    return now
