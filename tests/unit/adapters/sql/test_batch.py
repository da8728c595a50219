"""The last state of a row wins, whatever order its changes came in."""

import sqlite3
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from dispatcher.adapters.sql.batch import Batch
from dispatcher.adapters.sql.ledger import RowRecord
from dispatcher.adapters.sql.schema import metadata
from dispatcher.adapters.store_errors import DuplicateEffect, MarkAlreadyFired

ROW = RowRecord("a", "1", "ORDINARY", None, None, "accepted", 1, 1, 5, 4, b"h", b"p")
CLOSED = ROW._replace(state="closed", open=0, due_at=None, personal=b"q")
MOVED = ROW._replace(due_at=9, wake_at=8)
MARK = ("d", 1, "B1", 1, "a", 1)
EFFECT = ("k", "a", 1, 0, "NotifyDesk", b"p", None, 1, None)


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    dialect = sa.create_engine("sqlite://").dialect
    for table in metadata.sorted_tables:
        connection.execute(str(sa.schema.CreateTable(table).compile(dialect=dialect)))
    yield connection
    connection.close()


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([(ROW, True, False)], ROW),
        ([(ROW, True, False), (MOVED, False, True)], MOVED),
        ([(ROW, True, False), (CLOSED, False, False)], CLOSED),
        ([(MOVED, False, True), (CLOSED, False, False)], CLOSED),
        ([(CLOSED, False, False), (CLOSED._replace(wake_at=7), False, True)], (7,)),
    ],
)
def test_rows(
    db: sqlite3.Connection,
    states: list[tuple[RowRecord, bool, bool]],
    expected: object,
    apart: bool,
) -> None:
    if not states[0][1]:
        before = Batch()
        before.put_row(ROW, insert=True, in_place=False)
        before.write(db)
    batch = Batch()
    for record, insert, in_place in states:
        batch.put_row(record, insert=insert, in_place=in_place)
    (batch.write_apart if apart else batch.write)(db)
    [stored] = db.execute("SELECT * FROM cases")
    assert stored == expected or expected == (stored[9],)


def test_an_effect_finished_in_the_group_that_brought_it(db: sqlite3.Connection) -> None:
    batch = Batch(effects=[EFFECT], finished=[("done", 2, "k")])
    batch.write(db)
    [stored] = db.execute("SELECT payload, outcome, finished_at FROM outbox")
    assert stored == (None, "done", 2)


def test_apart_it_says_what_was_refused(db: sqlite3.Connection) -> None:
    with pytest.raises(MarkAlreadyFired, match="B1#1 of d"):
        Batch(marks=[MARK, MARK]).write_apart(db)
    with pytest.raises(DuplicateEffect, match="k"):
        Batch(effects=[EFFECT, EFFECT]).write_apart(db)
    with pytest.raises(sqlite3.IntegrityError):
        Batch(keys=[("a", b"", None)] * 2).write_apart(db)
    with pytest.raises(sqlite3.IntegrityError):
        Batch(effects=[EFFECT, EFFECT]).write(db)
