"""The ledger and everything derived from it.

Spelled out, not taken from the metadata: a migration must mean the same for ever.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _ledger()
    _derived()
    _work()


def _ledger() -> None:
    op.create_table(
        "events",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("clause", sa.Text, nullable=False),
        sa.Column("public", sa.Text, nullable=False),
        sa.Column("personal", sa.LargeBinary),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "commits",
        sa.Column("writer", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("case_seq", sa.BigInteger, nullable=False),
        sa.Column("case_head", sa.LargeBinary, nullable=False),
        sa.Column("row_digest", sa.LargeBinary),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_key",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary),
        sa.Column("erased_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )


def _derived() -> None:
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("case_class", sa.Text, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("district", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("open", sa.SmallInteger, nullable=False),
        sa.Column("accepted_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("wake_at", sa.BigInteger),
        sa.Column("requester_hash", sa.LargeBinary),
        sa.Column("personal", sa.LargeBinary),
    )
    is_open = sa.text("open = 1")
    op.create_index(
        "cases_open", "cases", ["case_id"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index("cases_number", "cases", ["number"])
    op.create_index("cases_requester", "cases", ["requester_hash"])
    op.create_table(
        "marks",
        sa.Column("deadline", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _work() -> None:
    op.create_table(
        "outbox",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("commit_seq", sa.BigInteger, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary),
        sa.Column("outcome", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    pending = sa.text("outcome IS NULL")
    op.create_index(
        "outbox_pending",
        "outbox",
        ["commit_seq", "ordinal"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    op.create_table(
        "documents",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("token", sa.BigInteger, nullable=False),
    )
