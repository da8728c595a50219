"""`MemoryStore`: the store without a disk. It keeps the same promises as `SqlStore`.

Both run `tests/contract/test_store.py`. Tests of the service may also make it fail on purpose:
set ``full`` or call `take_over`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from dispatcher.adapters.commits import Mark, changes_ledger, check_shape, last_number, mark_of
from dispatcher.adapters.store_errors import (
    CaseErased,
    CaseStillOpen,
    CaseUnknown,
    CommitMalformed,
    CommitRefused,
    DuplicateEffect,
    MarkAlreadyFired,
    SequenceConflict,
    lease_lost,
    store_full,
)
from dispatcher.core.effects import Effect
from dispatcher.core.events import CaseEvent
from dispatcher.core.ids import CaseId, Instant
from dispatcher.ports import CaseRow, Commit, Committed, Restored


@dataclass(slots=True)
class MemoryData:
    """What would be on the disk: hand it to a second `MemoryStore` to play a restart."""

    events: dict[CaseId, list[CaseEvent]] = field(default_factory=dict)
    rows: dict[CaseId, CaseRow] = field(default_factory=dict)
    marks: set[Mark] = field(default_factory=set)
    pending: dict[str, tuple[CaseId, Effect]] = field(default_factory=dict)
    used_keys: set[str] = field(default_factory=set)
    commits: list[tuple[int, CaseId]] = field(default_factory=list)
    last_at: Instant = 0
    documents: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    erased: set[CaseId] = field(default_factory=set)
    aside: list[tuple[Commit, Instant]] = field(default_factory=list)
    fence: int = 0

    @property
    def last_seq(self) -> int:
        return self.commits[-1][0] if self.commits else 0


class MemoryStore:
    """`ports.Store` in memory. ``full = True`` plays a full disk."""

    def __init__(self, data: MemoryData | None = None) -> None:
        self.data = data or MemoryData()
        self.full = False
        self._fence = 0

    async def open(self) -> None:
        self.data.fence += 1
        self._fence = self.data.fence
        self._commit_aside()

    def take_over(self) -> None:
        """Play another engine taking the lease: the next commit raises `LeaseLost`."""
        self.data.fence += 1

    async def restore(self, day: str) -> Restored:
        data = self.data
        wanted = {case for case, row in data.rows.items() if row.open}
        wanted.update(case for case, _ in data.pending.values())
        prefix = _digits(day)
        today = [row.number for row in data.rows.values() if _digits(row.number).startswith(prefix)]
        return Restored(
            rows=tuple(data.rows[case] for case in sorted(wanted) if case in data.rows),
            case_seqs={case: len(data.events.get(case, ())) for case in sorted(wanted)},
            pending_effects=tuple(effect for _, effect in data.pending.values()),
            last_seq=data.last_seq,
            last_at=data.last_at,
            numbers_today=last_number(len(today), max(today, default="")),
        )

    async def commit(self, group: Sequence[Commit], at: Instant) -> list[Committed]:
        if self._fence != self.data.fence:
            raise lease_lost(self._fence, self.data.fence)
        if self.full:
            raise store_full("memory", "played")
        self._commit_aside()
        return [self._commit_one(commit, at) for commit in group]

    async def set_aside(self, group: Sequence[Commit], at: Instant) -> None:
        self.data.aside.extend((commit, at) for commit in group)

    def _commit_aside(self) -> None:
        for commit, at in self.data.aside:
            self._commit_one(commit, at)
        self.data.aside.clear()

    def _commit_one(self, commit: Commit, at: Instant) -> Committed:
        data = self.data
        try:
            marks = self._check(commit)
            row = None if commit.row is None else self._stored(commit.row)
        except CommitRefused as error:
            return Committed(commit.case, 0, error)
        if commit.events:
            data.events.setdefault(commit.case, []).extend(commit.events)
        data.marks.update(marks)
        if row is not None:
            data.rows[commit.case] = row
        for effect in commit.effects:
            data.used_keys.add(effect.key)
            data.pending[effect.key] = (commit.case, effect)
        for key, _ in commit.finished:
            data.pending.pop(key, None)
        if changes_ledger(commit):
            data.commits.append((data.last_seq + 1, commit.case))
            data.last_at = max(data.last_at, at)
        return Committed(commit.case, data.last_seq)

    def _check(self, commit: Commit) -> set[Mark]:
        check_shape(commit)
        data = self.data
        found = len(data.events.get(commit.case, ()))
        if changes_ledger(commit) and found != commit.expected_seq:
            raise SequenceConflict(commit.case, commit.expected_seq, found)
        if commit.case in data.erased and (
            commit.effects or any(getattr(e.event, "personal", None) for e in commit.events)
        ):
            raise CaseErased(commit.case)
        marks: set[Mark] = set()
        for mark in filter(None, map(mark_of, commit.events)):
            if mark in data.marks or mark in marks:
                raise MarkAlreadyFired(*mark)
            marks.add(mark)
        keys: set[str] = set()
        for effect in commit.effects:
            if effect.key in data.used_keys or effect.key in keys:
                raise DuplicateEffect(effect.key)
            keys.add(effect.key)
        return marks

    def _stored(self, row: CaseRow) -> CaseRow:
        """As it would come back from a disk: plain data only, nothing personal once erased."""
        if row.case in self.data.erased:
            return replace(row, requester_number="", snapshot={})
        try:
            plain = msgspec.json.decode(msgspec.json.encode(row.snapshot))
        except TypeError as error:
            raise CommitMalformed(row.case, f"it cannot be written ({error!r})") from error
        return replace(row, snapshot=plain)

    async def events(self, case: CaseId, after: int = 0) -> list[CaseEvent]:
        return self.data.events.get(case, [])[max(after, 0) :]

    async def rows(
        self, *, open_only: bool = False, number: str = "", requester: str = "", limit: int = 100
    ) -> list[CaseRow]:
        found = [
            row
            for row in self.data.rows.values()
            if (row.open or not open_only)
            and (not number or row.number == number)
            and (not requester or row.requester_number == requester)
        ]
        found.sort(key=lambda row: row.case, reverse=True)
        return found[:limit]

    async def changed_since(self, seq: int, limit: int) -> list[tuple[int, CaseId]] | None:
        changed = [entry for entry in self.data.commits if entry[0] > seq]
        return changed if len(changed) <= limit else None

    async def put_document(self, kind: str, key: str, value: Mapping[str, Any] | None) -> None:
        kept = self.data.documents.setdefault(kind, {})
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = msgspec.json.decode(msgspec.json.encode(value))

    async def documents(self, kind: str) -> dict[str, dict[str, Any]]:
        return dict(self.data.documents.get(kind, {}))

    async def document(self, kind: str, key: str) -> dict[str, Any] | None:
        kept = self.data.documents.get(kind, {}).get(key)
        return None if kept is None else dict(kept)

    async def document_keys(
        self, kind: str, start: str = "", end: str = "", *, limit: int
    ) -> list[str]:
        kept = self.data.documents.get(kind, {})
        wanted = (key for key in kept if key >= start and (not end or key < end))
        return sorted(wanted, reverse=True)[:limit]

    async def absent_documents(self, kind: str, keys: Sequence[str]) -> list[str]:
        kept = self.data.documents.get(kind, {})
        return [key for key in keys if key not in kept]

    async def erase(self, case: CaseId, at: Instant) -> None:
        """Destroy the personal data of a closed case; its events read ``personal=None``."""
        data = self.data
        row = data.rows.get(case)
        if row is None:
            raise CaseUnknown(case)
        if row.open:
            raise CaseStillOpen(case)
        if case in data.erased:
            return
        data.erased.add(case)
        data.rows[case] = self._stored(row)
        data.events[case] = [_without_personal(event) for event in data.events[case]]
        data.pending = {k: v for k, v in data.pending.items() if v[0] != case}
        data.commits.append((data.last_seq + 1, case))
        data.last_at = max(data.last_at, at)

    async def close(self) -> None:
        """Nothing to let go of."""


def _without_personal(event: CaseEvent) -> CaseEvent:
    if getattr(event.event, "personal", None) is None:
        return event
    blank: dict[str, Any] = {"personal": None}
    return replace(event, event=replace(event.event, **blank))


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
