"""Every statement, compiled once from the schema.

The tables are declared once for both engines. Running compiled text on the driver's own
connection, in one thread hop per group, is what makes grouped commits cheap.
"""

from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, delete, func, insert, null, or_, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.expression import ClauseElement

from .schema import case_key, cases, commits, documents, events, lease, ledger_meta, marks, outbox

_DIALECT = sqlite.dialect(paramstyle="qmark")


def compiled(statement: ClauseElement, *parameters: str) -> str:
    """The statement's text, after checking that it takes ``parameters`` in this order."""
    done: Any = statement.compile(dialect=_DIALECT)
    if tuple(done.positiontup) != parameters:
        raise AssertionError(f"{done.positiontup} instead of {parameters}: {done}")
    return str(done)


def _insert(table: Table) -> str:
    names = [column.name for column in table.columns]
    return compiled(insert(table).values({name: bindparam(name) for name in names}), *names)


# ---------------------------------------------------------------- writing

INSERT_EVENT = _insert(events)
INSERT_COMMIT = _insert(commits)
INSERT_KEY = _insert(case_key)
INSERT_ROW = _insert(cases)
INSERT_MARK = _insert(marks)
INSERT_EFFECT = _insert(outbox)
INSERT_DOCUMENT = _insert(documents)
INSERT_META = _insert(ledger_meta)
INSERT_LEASE = _insert(lease)


def _update_row(*names: str) -> str:
    query = update(cases).where(cases.c.case_id == bindparam("of"))
    return compiled(query.values({name: bindparam(name) for name in names}), *names, "of")


_ROW_VALUES = [column.name for column in cases.columns if column.name != "case_id"]
UPDATE_ROW = _update_row(*_ROW_VALUES)
"""Takes the row's columns without ``case_id``, then the case."""
FOUND_BY = ("number", "open", "accepted_at", "requester_hash")
"""Columns a row is found by: as long as they stay, no index need be written."""
UPDATE_ROW_IN_PLACE = _update_row(*(name for name in _ROW_VALUES if name not in FOUND_BY))
"""As `UPDATE_ROW`, without the columns of `FOUND_BY`."""

_done = {"payload": null(), "outcome": bindparam("how"), "finished_at": bindparam("at")}
FINISH_EFFECT = compiled(
    update(outbox).where(outbox.c.key == bindparam("of"), outbox.c.outcome.is_(None)).values(_done),
    *("how", "at", "of"),
)
DROP_EFFECTS = compiled(
    update(outbox)
    .where(outbox.c.case_id == bindparam("of"), outbox.c.outcome.is_(None))
    .values(_done),
    *("how", "at", "of"),
)
DESTROY_KEY = compiled(
    update(case_key)
    .where(case_key.c.case_id == bindparam("of"))
    .values(wrapped=null(), erased_at=bindparam("at")),
    *("at", "of"),
)
SET_LEASE = compiled(
    update(lease).where(lease.c.name == bindparam("of")).values(token=bindparam("to")),
    *("to", "of"),
)
DELETE_DOCUMENT = compiled(
    delete(documents).where(
        documents.c.kind == bindparam("of"), documents.c.key == bindparam("named")
    ),
    *("of", "named"),
)

# ---------------------------------------------------------------- reading

SELECT_META = compiled(select(ledger_meta.c.name, ledger_meta.c.value))
SELECT_LEASE = compiled(select(lease.c.token).where(lease.c.name == bindparam("of")), "of")
SELECT_TIP = compiled(
    select(commits.c.seq, commits.c.hash).where(
        commits.c.writer == bindparam("of"),
        commits.c.seq
        == select(func.max(commits.c.seq))
        .where(commits.c.writer == bindparam("by"))
        .scalar_subquery(),
    ),
    *("of", "by"),
)
SELECT_LAST_AT = compiled(
    select(commits.c.at).where(
        commits.c.writer == bindparam("of"), commits.c.seq == bindparam("seq_is")
    ),
    *("of", "seq_is"),
)
SELECT_CHANGED = compiled(
    select(commits.c.seq, commits.c.case_id)
    .where(commits.c.writer == bindparam("of"), commits.c.seq > bindparam("after"))
    .order_by(commits.c.seq),
    *("of", "after"),
)
SELECT_HEAD = compiled(
    select(events.c.seq, events.c.hash).where(
        events.c.case_id == bindparam("of"),
        events.c.seq
        == select(func.max(events.c.seq))
        .where(events.c.case_id == bindparam("by"))
        .scalar_subquery(),
    ),
    *("of", "by"),
)
SELECT_EVENTS = compiled(
    select(
        events.c.case_id,
        events.c.seq,
        events.c.at,
        events.c.actor,
        events.c.type,
        events.c.public,
        events.c.personal,
    )
    .where(events.c.case_id == bindparam("of"), events.c.seq > bindparam("after"))
    .order_by(events.c.seq),
    *("of", "after"),
)
SELECT_KEY = compiled(select(case_key).where(case_key.c.case_id == bindparam("of")), "of")
SELECT_ROW = compiled(select(cases).where(cases.c.case_id == bindparam("of")), "of")
SELECT_PENDING = compiled(
    select(outbox.c.key, outbox.c.case_id, outbox.c.type, outbox.c.payload, case_key.c.wrapped)
    .join_from(outbox, case_key, outbox.c.case_id == case_key.c.case_id)
    .where(outbox.c.outcome.is_(None))
    .order_by(outbox.c.commit_seq, outbox.c.ordinal)
)
_unfinished = select(outbox.c.case_id).where(outbox.c.outcome.is_(None))
_last_seq = (
    select(func.max(events.c.seq))
    .where(events.c.case_id == cases.c.case_id)
    .correlate(cases)
    .scalar_subquery()
)
SELECT_LIVE_ROWS = compiled(
    select(cases, case_key.c.wrapped, _last_seq)
    .join_from(cases, case_key, cases.c.case_id == case_key.c.case_id)
    .where(or_(cases.c.open == bindparam("is_open"), cases.c.case_id.in_(_unfinished)))
    .order_by(cases.c.case_id),
    "is_open",
)
COUNT_NUMBERS = compiled(
    select(func.count(), func.max(cases.c.number))
    .select_from(cases)
    .where(cases.c.number >= bindparam("low"), cases.c.number < bindparam("high")),
    *("low", "high"),
)
SELECT_DOCUMENTS = compiled(
    select(documents.c.key, documents.c.value).where(documents.c.kind == bindparam("of")), "of"
)
SELECT_DOCUMENT = compiled(
    select(documents.c.value).where(
        documents.c.kind == bindparam("of"), documents.c.key == bindparam("named")
    ),
    *("of", "named"),
)
SELECT_DOCUMENT_KEY = compiled(
    select(documents.c.key).where(
        documents.c.kind == bindparam("of"), documents.c.key == bindparam("named")
    ),
    *("of", "named"),
)
SELECT_DOCUMENT_KEYS = compiled(
    select(documents.c.key)
    .where(
        documents.c.kind == bindparam("of"),
        documents.c.key >= bindparam("start"),
        documents.c.key < bindparam("end"),
    )
    .order_by(documents.c.key.desc()),
    *("of", "start", "end"),
)
"""The last first. The caller stops reading at its limit."""


@cache
def find_rows(*, open_only: bool, number: bool, requester: bool) -> str:
    """Rows with their wrapped keys, newest first (a ULID begins with its time).

    Parameters: open (1) if ``open_only``, the number, the requester's hash. The caller
    stops reading at its limit.
    """
    query = (
        select(cases, case_key.c.wrapped)
        .join_from(cases, case_key, cases.c.case_id == case_key.c.case_id)
        .order_by(cases.c.case_id.desc())
    )
    names = []
    if open_only:
        query = query.where(cases.c.open == bindparam("is_open"))
        names.append("is_open")
    if number:
        query = query.where(cases.c.number == bindparam("numbered"))
        names.append("numbered")
    if requester:
        query = query.where(cases.c.requester_hash == bindparam("asked_by"))
        names.append("asked_by")
    return compiled(query, *names)


# ---------------------------------------------------------------- verifying

ALL_COMMITS = compiled(select(commits).order_by(commits.c.writer, commits.c.seq))
ALL_EVENTS = compiled(select(events).order_by(events.c.case_id, events.c.seq))
ALL_MARKS = compiled(select(marks))
ALL_ROW_IDS = compiled(select(cases.c.case_id))
COUNT_ROWS = compiled(select(func.count()).select_from(cases))
COUNT_MARKS = compiled(select(func.count()).select_from(marks))
SELECT_MARK = compiled(
    select(marks.c.case_id, marks.c.seq).where(
        marks.c.deadline == bindparam("of"),
        marks.c.version == bindparam("in_version"),
        marks.c.code == bindparam("coded"),
        marks.c.ordinal == bindparam("nth"),
    ),
    *("of", "in_version", "coded", "nth"),
)
SELECT_HEADS = compiled(
    select(commits.c.case_seq, commits.c.case_head)
    .where(commits.c.case_id == bindparam("of"))
    .order_by(commits.c.seq),
    "of",
)
SELECT_HASHES = compiled(
    select(events.c.seq, events.c.hash).where(events.c.case_id == bindparam("of")), "of"
)
SELECT_ANCHOR = compiled(
    select(commits.c.hash).where(
        commits.c.writer == bindparam("of"), commits.c.seq == bindparam("seq_is")
    ),
    *("of", "seq_is"),
)
SELECT_NUMBERED = compiled(
    select(cases.c.case_id).where(
        or_(cases.c.case_id == bindparam("of"), cases.c.number == bindparam("numbered"))
    ),
    *("of", "numbered"),
)
