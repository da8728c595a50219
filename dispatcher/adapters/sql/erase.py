"""Erasing a case from outside the service: beside it, or with it stopped.

The lease is left alone: the running engine notices the new tip of the commit chain with its next
commit, and forgets the destroyed key.
"""

import sqlite3
from pathlib import Path

from dispatcher.adapters.store_errors import CaseUnknown, StoreUnavailable, store_full
from dispatcher.core.ids import Instant

from . import statements as sql
from .database import is_full, open_database
from .files import StorePaths
from .writer import LEASE, LedgerWriter


def erase_case(database: Path, wanted: str, at: Instant, *, key: Path | None = None) -> bool:
    """Destroy the key of the case with this id or number. False when it was done before.

    Raises `CaseUnknown`, `CaseStillOpen`, or what opening the database raises.
    """
    if not database.is_file():
        raise StoreUnavailable(str(database), "there is no such file")
    opened = open_database(StorePaths.beside(database, key=key))
    db = opened.connection
    try:
        (fence,) = db.execute(sql.SELECT_LEASE, (LEASE,)).fetchone()
        writer = LedgerWriter(db, opened.master, opened.ledger_id, fence)
        return writer.erase(_case_id(db, wanted), at)
    except sqlite3.Error as error:
        kind = store_full if is_full(error) else StoreUnavailable
        raise kind(str(database), str(error)) from error
    finally:
        db.close()


def _case_id(db: sqlite3.Connection, wanted: str) -> str:
    found = [case for (case,) in db.execute(sql.SELECT_NUMBERED, (wanted, wanted))]
    if len(found) != 1:
        raise CaseUnknown(wanted)
    return str(found[0])
