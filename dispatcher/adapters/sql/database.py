"""Opening the SQLite file: migrations, durability settings, the master key, the lease."""

import os
import sqlite3
from dataclasses import dataclass

import sqlalchemy as sa

from dispatcher.adapters.store_errors import (
    MasterKeyWrong,
    StoreUnavailable,
    lease_lost,
    store_full,
)

from . import statements as sql
from .crypto import MasterKey, create_master_key, load_master_key
from .files import StorePaths
from .migrate import bring_up_to_date, migrating_engine
from .schema import LEDGER_FORMAT
from .writer import LEASE

_NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMMAP")
"""A full disk is SQLITE_FULL; a quota or a limit on file sizes shows as a failed write."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A database ready to be written: the connection is the writer's."""

    connection: sqlite3.Connection
    master: MasterKey
    ledger_id: bytes


def is_full(error: BaseException) -> bool:
    """Whether the driver failed for want of room."""
    return getattr(error, "sqlite_errorname", "") in _NO_ROOM


def open_database(paths: StorePaths) -> Opened:
    """Create or upgrade the database and unlock it.

    Raises `SchemaTooNew`, `MasterKeyMissing`, `MasterKeyWrong`, `MasterKeyExposed`, `StoreFull`
    or `StoreUnavailable`.
    """
    place = str(paths.database)
    try:
        _create_file(paths)
        connection = connect(paths)
        try:
            _migrate(paths, place)
            master, ledger_id = _unlock(connection, paths)
        except BaseException:
            connection.close()
            raise
    except (sqlite3.Error, OSError, sa.exc.DBAPIError) as error:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error
        if is_full(cause):
            raise store_full(place, str(cause)) from error
        raise StoreUnavailable(place, str(cause)) from error
    return Opened(connection, master, ledger_id)


def _create_file(paths: StorePaths) -> None:
    paths.database.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(paths.database, os.O_RDWR | os.O_CREAT, 0o600))


def connect(paths: StorePaths) -> sqlite3.Connection:
    """A connection in autocommit mode: transactions are begun by hand, and immediately.

    Checkpoints are not left to the commit that happens to fill the log: see `SqlStore`.
    What is deleted is overwritten, so that a destroyed key is gone from the file.
    """
    connection = sqlite3.connect(
        paths.database, timeout=10, isolation_level=None, check_same_thread=False
    )
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "wal_autocheckpoint = 0",
        "secure_delete = ON",
        "cache_size = -65536",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _migrate(paths: StorePaths, place: str) -> None:
    engine = migrating_engine(f"sqlite:///{paths.database}")
    try:
        bring_up_to_date(engine, place)
    finally:
        engine.dispose()


def _unlock(db: sqlite3.Connection, paths: StorePaths) -> tuple[MasterKey, bytes]:
    meta = dict(db.execute(sql.SELECT_META))
    if not meta:
        return _initialise(db, paths)
    if meta["format"] != LEDGER_FORMAT:
        raise StoreUnavailable(str(paths.database), f"ledger format {meta['format']!r}")
    master = load_master_key(paths.key, paths.database)
    if master.check_value(meta["ledger_id"]) != meta["key_check"]:
        raise MasterKeyWrong(str(paths.key), "it belongs to another database")
    return master, meta["ledger_id"]


def _initialise(db: sqlite3.Connection, paths: StorePaths) -> tuple[MasterKey, bytes]:
    master = create_master_key(paths.key, paths.database)
    ledger_id = os.urandom(16)
    check = master.check_value(ledger_id)
    values = (("format", LEDGER_FORMAT), ("ledger_id", ledger_id), ("key_check", check))
    db.execute("BEGIN IMMEDIATE")
    if dict(db.execute(sql.SELECT_META)):  # another process was first
        db.execute("ROLLBACK")
        return _unlock(db, paths)
    db.executemany(sql.INSERT_META, values)
    db.execute(sql.INSERT_LEASE, (LEASE, 0))
    db.execute("COMMIT")
    return master, ledger_id


def take_lease(db: sqlite3.Connection, fence: int | None) -> int:
    """Become the one writer: with the token given by the lease's keeper, else the next one.

    Raises `LeaseLost` when a later token has been seen.
    """
    db.execute("BEGIN IMMEDIATE")
    (current,) = db.execute(sql.SELECT_LEASE, (LEASE,)).fetchone()
    mine: int = current + 1 if fence is None else fence
    if mine < current:
        db.execute("ROLLBACK")
        raise lease_lost(mine, current)
    db.execute(sql.SET_LEASE, (mine, LEASE))
    db.execute("COMMIT")
    return mine
