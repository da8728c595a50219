"""The tables, once, for SQLite and PostgreSQL. `docs/ledger.md` explains them for auditors.

Three layers, from what may never change to what may be thrown away:

* the ledger: ``events`` (one chain per case), ``commits`` (one chain per writer), ``case_key``
* what is derived from it and checked against it: ``cases`` (the row), ``marks``
* work in hand: ``outbox``, ``documents``, ``lease``, ``ledger_meta``

Instants are milliseconds since the Unix epoch, UTC. Booleans are 0 or 1.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

REVISIONS = ("0001",)
"""Every schema this program knows, oldest first; the last is what it works on."""

LEDGER_FORMAT = b"1"
"""The format of hashes and ciphertexts. It cannot change; fields of events are only added."""

metadata = MetaData()

ledger_meta = Table(
    "ledger_meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
"""``format``, ``ledger_id`` (16 random bytes), ``key_check`` (tells a wrong master key)."""

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token", BigInteger, nullable=False),
)
"""The fencing token of the engine that may write; compared inside every transaction."""

case_key = Table(
    "case_key",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("wrapped", LargeBinary),
    Column("erased_at", BigInteger),
    sqlite_with_rowid=False,
)
"""The case's own key, wrapped by the master key; NULL once it was destroyed."""

events = Table(
    "events",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("public", Text, nullable=False),
    Column("personal", LargeBinary),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

commits = Table(
    "commits",
    metadata,
    Column("writer", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("case_seq", BigInteger, nullable=False),
    Column("case_head", LargeBinary, nullable=False),
    Column("row_digest", LargeBinary),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""``kind``: decided, or erased (the case's key was destroyed)."""

cases = Table(
    "cases",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("number", Text, nullable=False),
    Column("case_class", Text, nullable=False),
    Column("category", Text),
    Column("district", Text),
    Column("state", Text, nullable=False),
    Column("open", SmallInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("wake_at", BigInteger),
    Column("requester_hash", LargeBinary),
    Column("personal", LargeBinary),
)
_is_open = cases.c.open == 1
Index("cases_open", cases.c.case_id, sqlite_where=_is_open, postgresql_where=_is_open)
Index("cases_number", cases.c.number)
Index("cases_requester", cases.c.requester_hash)

marks = Table(
    "marks",
    metadata,
    Column("deadline", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("case_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("commit_seq", BigInteger, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("payload", LargeBinary),
    Column("outcome", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    sqlite_with_rowid=False,
)
"""Effects by key. A finished one keeps its key for ever (at most once), not its payload."""
Index(
    "outbox_pending",
    outbox.c.commit_seq,
    outbox.c.ordinal,
    sqlite_where=outbox.c.outcome.is_(None),
    postgresql_where=outbox.c.outcome.is_(None),
)

documents = Table(
    "documents",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
