"""What a transaction is about to write, table by table.

Rows of all cases of a group go to SQLite together: a statement per table instead of eight per
case. Apart, row by row, it can say which one was refused.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dispatcher.adapters.store_errors import CommitRefused, DuplicateEffect, MarkAlreadyFired

from . import statements as sql
from .ledger import RowRecord

Values = tuple[Any, ...]

_REFUSALS: dict[str, Callable[[Values], CommitRefused]] = {
    sql.INSERT_MARK: lambda values: MarkAlreadyFired(*values[:4]),
    sql.INSERT_EFFECT: lambda values: DuplicateEffect(values[0]),
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row to be written; ``in_place`` when no indexed column changes."""

    record: RowRecord
    insert: bool
    in_place: bool


@dataclass(slots=True)
class Batch:
    """Rows to be inserted or changed, in the order in which tables depend on each other."""

    keys: list[Values] = field(default_factory=list)
    events: list[Values] = field(default_factory=list)
    marks: list[Values] = field(default_factory=list)
    commits: list[Values] = field(default_factory=list)
    effects: list[Values] = field(default_factory=list)
    finished: list[Values] = field(default_factory=list)
    _rows: dict[str, _Row] = field(default_factory=dict)

    def put_row(self, record: RowRecord, *, insert: bool, in_place: bool) -> None:
        """The case's row; a later one of the same transaction takes an earlier one's place."""
        before = self._rows.get(record.case)
        if before is not None:
            insert, in_place = before.insert, in_place and before.in_place
        self._rows[record.case] = _Row(record, insert, in_place)

    def write(self, db: sqlite3.Connection) -> None:
        """Everything, table by table. Raises `sqlite3.IntegrityError`, not saying whose."""
        for statement, values in self._statements():
            if values:
                db.executemany(statement, values)

    def write_apart(self, db: sqlite3.Connection) -> None:
        """Everything, row by row. Raises `MarkAlreadyFired` or `DuplicateEffect`."""
        for statement, rows in self._statements():
            for values in rows:
                try:
                    db.execute(statement, values)
                except sqlite3.IntegrityError as error:
                    if statement not in _REFUSALS:
                        raise
                    raise _REFUSALS[statement](values) from error

    def _statements(self) -> list[tuple[str, list[Values]]]:
        rows = self._rows.values()
        changed = [row for row in rows if not row.insert]
        return [
            (sql.INSERT_KEY, self.keys),
            (sql.INSERT_EVENT, self.events),
            (sql.INSERT_MARK, self.marks),
            (sql.INSERT_ROW, [row.record for row in rows if row.insert]),
            (
                sql.UPDATE_ROW,
                [(*row.record[1:], row.record.case) for row in changed if not row.in_place],
            ),
            (
                sql.UPDATE_ROW_IN_PLACE,
                [(*row.record.in_place, row.record.case) for row in changed if row.in_place],
            ),
            (sql.INSERT_COMMIT, self.commits),
            (sql.INSERT_EFFECT, self.effects),
            (sql.FINISH_EFFECT, self.finished),
        ]
