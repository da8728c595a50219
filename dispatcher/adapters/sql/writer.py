"""`LedgerWriter`: the one thread that writes. Groups of commits, one transaction, one fsync.

A group is first written as a whole, table by table. If anything in it is refused that shows only
in the writing (a mark fired twice, a key used twice), all of it is taken back and written again,
each case in a savepoint of its own, so that what one case does wrong takes back that case alone.
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
    SequenceConflict,
    lease_lost,
)
from dispatcher.core.effects import Effect
from dispatcher.core.events import CaseEvent
from dispatcher.core.ids import CaseId, Instant
from dispatcher.ports import CaseRow, Commit, Committed

from . import statements as sql
from .batch import Batch
from .chains import NEW, Chain, ChainCache, load_chain
from .codec import encode_effect, encode_row_personal, row_record, split_event
from .crypto import MasterKey, Sealer, effect_place, event_place, row_place, sealer
from .ledger import (
    CommitRecord,
    RowRecord,
    commit_genesis,
    commit_hash,
    hash_event,
    row_digest,
)

_REFUSED = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
    OverflowError,
)
"""How the driver refuses values; anything else is about the disk."""
WRITER = "main"
LEASE = "engine"

Work = Sequence[tuple[Commit, Instant]]


class _Entangled(Exception):
    """Something in the group was refused while it was written as a whole."""


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
        self._batch = Batch()
        self._apart = False

    def commit(self, work: Work) -> list[Committed]:
        """All of ``work`` in one transaction. Raises `LeaseLost` or the driver's own errors."""
        try:
            self._apart = False
            return self._commit_together(work)
        except _Entangled:
            self._apart = True
            return self._commit_apart(work)

    def erase(self, case: str, at: Instant) -> bool:
        """Destroy the case's key and everything it had locked in the row and the outbox.

        The destruction is a commit of its own in the chain. False when it was done before.
        Raises `CaseUnknown` or `CaseStillOpen`. The lease stays with whoever holds it.
        """
        with self._transaction():
            stored = self._db.execute(sql.SELECT_ROW, (case,)).fetchone()
            if stored is None:
                raise CaseUnknown(case)
            row = RowRecord._make(stored)
            if row.open:
                raise CaseStillOpen(case)
            chain = load_chain(self._db, self._master, case)
            if chain.erased:
                return False
            self._destroy(row, chain, at)
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return True

    def _destroy(self, row: RowRecord, chain: Chain, at: Instant) -> None:
        blank = row._replace(requester_hash=None, personal=None)
        erased = chain._replace(
            key=None, row_digest=row_digest(blank), found_by=blank.found_by, erased=True
        )
        self._db.execute(sql.DESTROY_KEY, (at, row.case))
        self._db.execute(sql.DROP_EFFECTS, ("erased", at, row.case))
        self._batch.put_row(blank, insert=False, in_place=False)
        self._append("erased", at, row.case, erased)
        self._chains.put(row.case, erased)
        self._batch.write(self._db)

    # ------------------------------------------------------------ transactions

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Begin, read the tip, commit; whatever goes wrong, nothing of it remains."""
        self._batch = Batch()
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

    def _commit_together(self, work: Work) -> list[Committed]:
        with self._transaction():
            self._check_lease()
            done = [self._take(commit, at) for commit, at in work]
            try:
                self._batch.write(self._db)
            except _REFUSED as error:
                raise _Entangled from error
        return done

    def _take(self, commit: Commit, at: Instant) -> Committed:
        """One case into the group, if nothing is wrong with it so far."""
        try:
            chain = self._check(commit)
            try:
                self._prepare(commit, chain, at)
            except CommitRefused as error:  # half of it may be in the batch
                raise _Entangled from error
        except CommitRefused as refused:
            return Committed(commit.case, 0, refused)
        except (sqlite3.Error, _Entangled):
            raise
        except Exception as error:
            raise _Entangled from error
        return Committed(commit.case, self._next[0])

    def _commit_apart(self, work: Work) -> list[Committed]:
        with self._transaction():
            self._check_lease()
            return [self._save_one(commit, at) for commit, at in work]

    def _save_one(self, commit: Commit, at: Instant) -> Committed:
        before, tip = self._chains.get(commit.case), self._next
        self._batch = Batch()
        self._db.execute("SAVEPOINT one_case")
        try:
            self._prepare(commit, self._check(commit), at)
            self._batch.write_apart(self._db)
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
        self._chains.restore(commit.case, before)
        return Committed(commit.case, 0, refused)

    # ------------------------------------------------------------ one case

    def _check(self, commit: Commit) -> Chain:
        """What can be seen before anything is written. Raises `CommitRefused`."""
        check_shape(commit)
        chain = self._chain(commit)
        if changes_ledger(commit) and chain.seq != commit.expected_seq:
            raise SequenceConflict(commit.case, commit.expected_seq, chain.seq)
        return chain

    def _chain(self, commit: Commit) -> Chain:
        """Where the case stands. Written together, a case that says it is new is believed:

        if it is not, its second key shows it.
        """
        chain = self._chains.get(commit.case)
        if chain is not None:
            return chain
        if commit.events and not commit.expected_seq and not self._apart:
            return NEW
        return load_chain(self._db, self._master, commit.case)

    def _prepare(self, commit: Commit, chain: Chain, at: Instant) -> None:
        """Everything of the commit into the batch, and the case's chain on."""
        seq, head, key, digest, found_by, erased = chain
        if key is None and commit.events and not erased:
            key, wrapped = self._master.new_case_key(commit.case)
            self._batch.keys.append((commit.case, wrapped, None))
        seal = _refuse_personal(commit.case) if key is None else sealer(key)
        for event in commit.events:
            head = self._add_event(event, seal, head)
        if commit.row is not None:
            row = self._record(commit.row, None if key is None else seal)
            in_place = row.found_by == found_by
            self._batch.put_row(row, insert=digest is None, in_place=in_place)
            digest, found_by = row_digest(row), row.found_by
        chain = Chain(seq + len(commit.events), head, key, digest, found_by, erased)
        if changes_ledger(commit):
            self._append("decided", at, commit.case, chain)
        for ordinal, effect in enumerate(commit.effects):
            self._add_effect(commit.case, effect, ordinal, seal, at)
        self._batch.finished.extend((how, at, effect) for effect, how in commit.finished)
        self._chains.put(commit.case, chain)

    def _add_event(self, event: CaseEvent, seal: Sealer, head: bytes) -> bytes:
        stream, kind, clause, public, personal = split_event(event)
        if personal is not None:
            personal = seal(event_place(event.case, event.seq), personal)
        who = (event.case, event.seq, event.at, event.actor)
        head = hash_event(head, *who, stream, kind, clause, public, personal)
        self._batch.events.append((*who, stream, kind, clause, public.decode(), personal, head))
        mark = mark_of(event)
        if mark is not None:
            self._batch.marks.append((*mark, event.case, event.seq))
        return head

    def _record(self, row: CaseRow, seal: Sealer | None) -> RowRecord:
        if seal is None:
            return row_record(row, None, None)
        sealed = seal(row_place(row.case), encode_row_personal(row))
        return row_record(row, self._master.lookup_hash(row.requester_number), sealed)

    def _add_effect(
        self, case: CaseId, effect: Effect, ordinal: int, seal: Sealer, at: Instant
    ) -> None:
        kind, payload = encode_effect(effect)
        sealed = seal(effect_place(case, effect.key), payload)
        self._batch.effects.append(
            (effect.key, case, self._next[0], ordinal, kind, sealed, None, at, None)
        )

    def _append(self, kind: str, at: Instant, case: str, chain: Chain) -> None:
        seq, previous = self._next
        record = CommitRecord(
            *(WRITER, seq + 1, at, self._fence, kind),
            *(case, chain.seq, chain.head, chain.row_digest, b""),
        )
        head = commit_hash(previous, record)
        self._batch.commits.append((*record[:-1], head))
        self._next = (seq + 1, head)


def _refuse_personal(case: str) -> Sealer:
    """What stands in for the key of an erased case."""

    def refuse(place: bytes, plain: bytes) -> bytes:
        raise CaseErased(case)

    return refuse
