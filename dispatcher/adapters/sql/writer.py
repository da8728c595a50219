"""`LedgerWriter`: the one thread that writes. Groups of commits, one transaction, one fsync.

The order inside a transaction: the lease is compared, the tip of the commit chain read, then each
commit in a savepoint of its own. What one case does wrong takes back that case alone.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dispatcher.adapters.commits import changes_ledger, check_shape, mark_of
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
)
from dispatcher.core.ids import Instant
from dispatcher.ports import Commit, Committed

from . import statements as sql
from .chains import Chain, ChainCache
from .codec import encode_effect, encode_row_personal, row_record, split_event
from .crypto import MasterKey, effect_place, event_place, row_place, seal
from .ledger import (
    CASE_GENESIS,
    CommitRecord,
    EventRecord,
    RowRecord,
    commit_genesis,
    commit_hash,
    event_hash,
    row_digest,
)

WRITER = "main"
LEASE = "engine"


class LedgerWriter:
    """Writes through ``connection`` (autocommit mode, used by one thread at a time)."""

    def __init__(
        self, connection: sqlite3.Connection, master: MasterKey, ledger_id: bytes, fence: int
    ) -> None:
        self._db = connection
        self._master = master
        self._genesis = commit_genesis(ledger_id, WRITER)
        self._fence = fence
        self._chains = ChainCache()
        self._tip = (0, self._genesis)
        self._next = self._tip

    def commit(self, work: Sequence[tuple[Commit, Instant]]) -> list[Committed]:
        """All of ``work`` in one transaction. Raises `LeaseLost` or the driver's own errors."""
        with self._transaction():
            self._check_lease()
            return [self._commit_apart(commit, at) for commit, at in work]

    def erase(self, case: str, at: Instant) -> bool:
        """Destroy the case's key and everything it had locked in the row and the outbox.

        The destruction is a commit of its own in the chain. False when it was done before.
        Raises `CaseUnknown` or `CaseStillOpen`. The lease stays with whoever holds it.
        """
        with self._transaction():
            stored = self._db.execute(sql.SELECT_ROW, (case,)).fetchone()
            if stored is None:
                raise CaseUnknown(case)
            row, chain = RowRecord._make(stored), self._chain(case)
            if row.open:
                raise CaseStillOpen(case)
            if chain.erased:
                return False
            self._destroy(row, chain, at)
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return True

    def _destroy(self, row: RowRecord, chain: Chain, at: Instant) -> None:
        blank = row._replace(requester_hash=None, personal=None)
        self._db.execute(sql.DESTROY_KEY, (at, row.case))
        self._db.execute(sql.DROP_EFFECTS, ("erased", at, row.case))
        self._db.execute(sql.UPDATE_ROW, (*blank[1:], row.case))
        erased = Chain(chain.seq, chain.head, None, row_digest(blank), erased=True)
        self._append("erased", at, row.case, erased)
        self._chains.put(row.case, erased)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Begin, read the tip, commit; whatever goes wrong, nothing of it remains."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._read_tip()
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._chains.roll_back()
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._chains.commit()
        self._tip = self._next

    def _check_lease(self) -> None:
        (token,) = self._db.execute(sql.SELECT_LEASE, (LEASE,)).fetchone()
        if token != self._fence:
            raise lease_lost(self._fence, token)

    def _read_tip(self) -> None:
        tip = self._db.execute(sql.SELECT_TIP, (WRITER, WRITER)).fetchone() or (0, self._genesis)
        if tip != self._tip:
            self._chains.forget()
        self._next = tip

    def _commit_apart(self, commit: Commit, at: Instant) -> Committed:
        tip = self._next
        self._db.execute("SAVEPOINT one_case")
        try:
            self._write(commit, at)
        except CommitRefused as error:
            refused: CommitRefused = error
        except (sqlite3.OperationalError, sqlite3.InternalError):
            raise
        except Exception as error:  # whatever is wrong with one case is its own
            refused = CommitMalformed(commit.case, f"it cannot be written ({error!r})")
            refused.__cause__ = error
        else:
            self._db.execute("RELEASE one_case")
            return Committed(commit.case, self._next[0])
        self._db.execute("ROLLBACK TO one_case")
        self._db.execute("RELEASE one_case")
        self._next = tip
        return Committed(commit.case, 0, refused)

    # ------------------------------------------------------------ one case

    def _write(self, commit: Commit, at: Instant) -> None:
        check_shape(commit)
        chain = self._chain(commit.case)
        if changes_ledger(commit) and chain.seq != commit.expected_seq:
            raise SequenceConflict(commit.case, commit.expected_seq, chain.seq)
        if commit.events and chain.key is None and not chain.erased:
            chain = self._new_key(commit.case, chain)
        head = self._write_events(commit, chain)
        digest = self._write_row(commit, chain)
        if changes_ledger(commit):
            chain = Chain(chain.seq + len(commit.events), head, chain.key, digest, chain.erased)
            self._append("decided", at, commit.case, chain)
        if commit.effects:
            self._write_effects(commit, chain, at)
        for key, outcome in commit.finished:
            self._db.execute(sql.FINISH_EFFECT, (outcome, at, key))
        self._chains.put(commit.case, chain)

    def _chain(self, case: str) -> Chain:
        chain = self._chains.get(case)
        if chain is None:
            chain = load_chain(self._db, self._master, case)
        return chain

    def _new_key(self, case: str, chain: Chain) -> Chain:
        key, wrapped = self._master.new_case_key(case)
        self._db.execute(sql.INSERT_KEY, (case, wrapped, None))
        return Chain(chain.seq, chain.head, key, chain.row_digest)

    def _write_events(self, commit: Commit, chain: Chain) -> bytes:
        head, records = chain.head, []
        for event in commit.events:
            parts = split_event(event)
            personal = parts.personal
            if personal is not None:
                if chain.key is None:
                    raise CaseErased(commit.case)
                personal = seal(chain.key, event_place(event.case, event.seq), personal)
            record = EventRecord(
                event.case, event.seq, event.at, event.actor, *parts[:4], personal, b""
            )
            head = event_hash(head, record)
            records.append((*record[:-1], head))
        self._db.executemany(sql.INSERT_EVENT, records)
        self._write_marks(commit)
        return head

    def _write_marks(self, commit: Commit) -> None:
        for event in commit.events:
            mark = mark_of(event)
            if mark is None:
                continue
            try:
                self._db.execute(sql.INSERT_MARK, (*mark, event.case, event.seq))
            except sqlite3.IntegrityError as error:
                raise MarkAlreadyFired(*mark) from error

    def _write_row(self, commit: Commit, chain: Chain) -> bytes | None:
        row = commit.row
        if row is None:
            return chain.row_digest
        sealed = asked_by = None
        if chain.key is not None:
            sealed = seal(chain.key, row_place(row.case), encode_row_personal(row))
            asked_by = self._master.lookup_hash(row.requester_number)
        record = row_record(row, asked_by, sealed)
        if chain.row_digest is None:
            self._db.execute(sql.INSERT_ROW, record)
        else:
            self._db.execute(sql.UPDATE_ROW, (*record[1:], row.case))
        return row_digest(record)

    def _append(self, kind: str, at: Instant, case: str, chain: Chain) -> None:
        seq, previous = self._next
        record = CommitRecord(
            *(WRITER, seq + 1, at, self._fence, kind),
            *(case, chain.seq, chain.head, chain.row_digest, b""),
        )
        head = commit_hash(previous, record)
        self._db.execute(sql.INSERT_COMMIT, (*record[:-1], head))
        self._next = (seq + 1, head)

    def _write_effects(self, commit: Commit, chain: Chain, at: Instant) -> None:
        if chain.key is None:
            raise CaseErased(commit.case)
        for ordinal, effect in enumerate(commit.effects):
            kind, payload = encode_effect(effect)
            sealed = seal(chain.key, effect_place(commit.case, effect.key), payload)
            values = (effect.key, commit.case, self._next[0], ordinal, kind, sealed, None, at, None)
            try:
                self._db.execute(sql.INSERT_EFFECT, values)
            except sqlite3.IntegrityError as error:
                raise DuplicateEffect(effect.key) from error


def load_chain(db: sqlite3.Connection, master: MasterKey, case: str) -> Chain:
    """Where a case's chain stands on the disk; a new case stands at its genesis."""
    seq, head = db.execute(sql.SELECT_HEAD, (case, case)).fetchone() or (0, CASE_GENESIS)
    keyed = db.execute(sql.SELECT_KEY, (case,)).fetchone()
    row = db.execute(sql.SELECT_ROW, (case,)).fetchone()
    digest = None if row is None else row_digest(RowRecord._make(row))
    if keyed is None:
        return Chain(seq, head, None, digest)
    _, wrapped, _ = keyed
    key = None if wrapped is None else master.unwrap(case, wrapped)
    return Chain(seq, head, key, digest, erased=wrapped is None)
