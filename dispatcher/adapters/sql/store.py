"""`SqlStore`: `ports.Store` on SQLite, durable when `commit` returns.

Whoever calls `commit` while the disk is busy joins the next group: a group is what queued during
the last fsync, and it never waits to fill. Writing has one thread, reading another. A commit that
is cancelled from outside still happens; only its answer is lost.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import structlog

from dispatcher.adapters.store_errors import StoreUnavailable, store_full
from dispatcher.core.errors import StoreError
from dispatcher.core.events import CaseEvent
from dispatcher.core.ids import CaseId, Instant
from dispatcher.ports import CaseRow, Commit, Committed, Restored

from . import statements as sql
from .codec import encode_json
from .crypto import MasterKey, document_place, seal
from .database import connect, is_full, open_database, take_lease
from .files import Reserve, StorePaths
from .journal import Journal
from .reader import LedgerReader
from .writer import LedgerWriter

T = TypeVar("T")
_log = structlog.get_logger(__name__)
_GROUP = 500
"""At most so many cases share one transaction, so that the first does not wait for the last."""
_CHECKPOINT_EVERY = 1024
"""Commits between checkpoints, which run beside the writer, never inside a commit."""
_LOG_LIMIT = 256 << 20
"""Bytes of write-ahead log at which the writer itself stops to empty it."""


class SqlStore:
    """The ledger in ``database``; the key, the journal and the reserve lie beside it.

    ``fence`` is the token of an outside lease; without one, whoever opens last may write.
    """

    def __init__(
        self,
        database: Path,
        *,
        key: Path | None = None,
        journal: Path | None = None,
        fence: int | None = None,
        reserve_bytes: int = 32 << 20,
        journal_bytes: int = 4 << 20,
    ) -> None:
        self.paths = StorePaths.beside(database, key=key, journal=journal)
        self.reserve = Reserve(self.paths.reserve, reserve_bytes)
        self._fence = fence
        self._journal_bytes = journal_bytes
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="ledger-write")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="ledger-read")
        self._queue: deque[tuple[Sequence[Commit], Instant, asyncio.Future[list[Committed]]]]
        self._queue = deque()
        self._drainer: asyncio.Task[None] | None = None
        self._since_checkpoint = 0
        self._opened = False
        self._db: sqlite3.Connection
        self._read_db: sqlite3.Connection
        self._writer: LedgerWriter
        self._reader: LedgerReader
        self._journal: Journal
        self._master: MasterKey

    # ------------------------------------------------------------ opening and closing

    async def open(self) -> None:
        await self._in(self._writing, self._open)

    def _open(self) -> None:
        opened = open_database(self.paths)
        self._db, self._master = opened.connection, opened.master
        try:
            fence = take_lease(self._db, self._fence)
            self._read_db = connect(self.paths)
        except BaseException:
            self._db.close()
            raise
        self._writer = LedgerWriter(self._db, self._master, opened.ledger_id, fence)
        self._reader = LedgerReader(self._read_db, self._master)
        self._journal = Journal(self.paths.journal, self._master.journal, self._journal_bytes)
        self._opened = True
        self._journal.open()
        if self._journal.waiting or self._journal.torn:
            self._commit([])
        self.reserve.allocate()

    async def open_beside(self) -> None:
        """For documents and reading only, beside an engine that runs: takes no lease."""
        await self._in(self._writing, self._open_beside)

    def _open_beside(self) -> None:
        opened = open_database(self.paths)
        self._db, self._master = opened.connection, opened.master
        self._read_db = connect(self.paths)
        self._reader = LedgerReader(self._read_db, self._master)
        self._opened = True

    async def close(self) -> None:
        """Waits for what is being written. The store cannot be used afterwards."""
        while self._drainer is not None:
            await asyncio.shield(self._drainer)
        if self._opened:
            self._opened = False
            await self._in(self._reading, lambda: self._read_db.close())
            await self._in(self._writing, lambda: self._db.close())
        self._writing.shutdown()
        self._reading.shutdown()

    async def _in(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        """Run in one of the two threads, to its end even if nobody waits any more."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(thread, work))

    # ------------------------------------------------------------ writing

    async def commit(self, group: Sequence[Commit], at: Instant) -> list[Committed]:
        answer: asyncio.Future[list[Committed]] = asyncio.get_running_loop().create_future()
        self._queue.append((group, at, answer))
        if self._drainer is None:
            self._drainer = asyncio.create_task(self._drain())
        return await answer

    async def _drain(self) -> None:
        try:
            while self._queue:
                await self._commit_queued()
        finally:
            self._drainer = None

    async def _commit_queued(self) -> None:
        waiting: list[tuple[int, asyncio.Future[list[Committed]]]] = []
        work: list[tuple[Commit, Instant]] = []
        while self._queue and (not work or len(work) + len(self._queue[0][0]) <= _GROUP):
            group, at, answer = self._queue.popleft()
            waiting.append((len(group), answer))
            work.extend((commit, at) for commit in group)
        try:
            done = iter(await self._in(self._writing, lambda: self._commit(work)))
        except Exception as error:
            for _, answer in waiting:
                if not answer.done():
                    answer.set_exception(error)
            return
        for count, answer in waiting:
            answered = [next(done) for _ in range(count)]
            if not answer.done():  # whoever asked may have been cancelled
                answer.set_result(answered)
        self._count(len(work))

    def _commit(self, work: list[tuple[Commit, Instant]]) -> list[Committed]:
        """Write ``work``, and before it whatever waits in the journal."""
        waiting = self._journal.waiting
        done = self._with_room(lambda: self._writer.commit([*waiting, *work]))
        if waiting or self._journal.torn:
            self._empty_journal(done[: len(waiting)])
        return done[len(waiting) :]

    def _empty_journal(self, done: list[Committed]) -> None:
        pairs = zip(self._journal.waiting, done, strict=True)
        refused = [d for (commit, _), d in pairs if d.error and not self._is_written(commit)]
        for answer in refused:
            _log.error("journal_commit_refused", case=answer.case, reason=str(answer.error))
        if self._journal.torn:
            _log.error("journal_torn", path=str(self.paths.journal))
        with suppress(OSError):  # what stays in it is recognised as written next time
            self._journal.clear(keep_copy=bool(refused) or self._journal.torn)

    def _is_written(self, commit: Commit) -> bool:
        """A start cut short between the ledger and the journal: the events are there already."""
        reader = LedgerReader(self._db, self._master)
        stored = reader.events(commit.case, commit.expected_seq)[: len(commit.events)]
        return bool(commit.events) and tuple(stored) == commit.events

    async def set_aside(self, group: Sequence[Commit], at: Instant) -> None:
        await self._in(self._writing, lambda: self._journal.append(group, at))

    def _with_room(self, write: Callable[[], T]) -> T:
        """Write; when the disk is full, give back the reserve and try once more."""
        try:
            try:
                return write()
            except sqlite3.Error as error:
                if not is_full(error) or not self.reserve.free():
                    raise
                return write()
        except sqlite3.Error as error:
            kind = store_full if is_full(error) else StoreUnavailable
            raise kind(str(self.paths.database), str(error)) from error

    def _count(self, commits: int) -> None:
        self._since_checkpoint += commits
        if self._since_checkpoint >= _CHECKPOINT_EVERY:
            self._since_checkpoint = 0
            self._reading.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        """Beside the writer; and by the writer itself if the log has outgrown all measure."""
        try:
            self._reader.checkpoint()
            log = self.paths.database.with_name(self.paths.database.name + "-wal")
            if log.stat().st_size > _LOG_LIMIT:
                self._writing.submit(self._db.execute, "PRAGMA wal_checkpoint(TRUNCATE)")
        except (sqlite3.Error, OSError, RuntimeError):
            return  # nothing is lost: the log holds it until the next checkpoint succeeds

    async def erase(self, case: CaseId, at: Instant) -> None:
        """Destroy the personal data of a closed case; its events read ``personal=None``.

        Raises `CaseUnknown` or `CaseStillOpen`.
        """
        await self._in(self._writing, lambda: self._with_room(lambda: self._writer.erase(case, at)))

    async def put_document(self, kind: str, key: str, value: Mapping[str, Any] | None) -> None:
        await self._in(
            self._writing, lambda: self._with_room(lambda: self._put_document(kind, key, value))
        )

    def _put_document(self, kind: str, key: str, value: Mapping[str, Any] | None) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.execute(sql.DELETE_DOCUMENT, (kind, key))
            if value is not None:
                place = document_place(kind, key)
                sealed = seal(self._master.documents, place, encode_json(value))
                self._db.execute(sql.INSERT_DOCUMENT, (kind, key, sealed))
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    # ------------------------------------------------------------ reading

    async def restore(self, day: str) -> Restored:
        return await self._read(lambda: self._reader.restore(day))

    async def events(self, case: CaseId, after: int = 0) -> list[CaseEvent]:
        return await self._read(lambda: self._reader.events(case, after))

    async def rows(
        self, *, open_only: bool = False, number: str = "", requester: str = "", limit: int = 100
    ) -> list[CaseRow]:
        return await self._read(lambda: self._reader.rows(open_only, number, requester, limit))

    async def changed_since(self, seq: int, limit: int) -> list[tuple[int, CaseId]] | None:
        return await self._read(lambda: self._reader.changed_since(seq, limit))

    async def documents(self, kind: str) -> dict[str, dict[str, Any]]:
        return await self._read(lambda: self._reader.documents(kind))

    async def document(self, kind: str, key: str) -> dict[str, Any] | None:
        return await self._read(lambda: self._reader.document(kind, key))

    async def document_keys(
        self, kind: str, start: str = "", end: str = "", *, limit: int
    ) -> list[str]:
        return await self._read(lambda: self._reader.document_keys(kind, start, end, limit))

    async def absent_documents(self, kind: str, keys: Sequence[str]) -> list[str]:
        return await self._read(lambda: self._reader.absent_documents(kind, keys))

    async def _read(self, work: Callable[[], T]) -> T:
        try:
            return await self._in(self._reading, work)
        except StoreError:
            raise
        except sqlite3.Error as error:
            raise StoreUnavailable(str(self.paths.database), str(error)) from error
