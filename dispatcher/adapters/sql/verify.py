"""`verify`: recompute everything the ledger claims, and name what is wrong.

It trusts nothing but SHA-256. It opens the file read-only, in one transaction, beside a running
service. Without the master key it checks the chains, the digests of rows, and marks; with it also
that every personal part opens; with a fold, that each row is what its events imply.

What it cannot see by itself: a ledger cut back to an earlier, complete state, as from an old
backup. For that, note ``tip_seq`` and ``tip_hash`` of a report elsewhere, and pass them as anchor.
"""

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from urllib.parse import quote

from dispatcher.adapters.store_errors import MasterKeyWrong, SchemaTooNew, StoreUnavailable

from . import statements as sql
from .crypto import MasterKey, load_master_key
from .files import StorePaths
from .ledger import EventRecord
from .report import Finding, Report
from .schema import LEDGER_FORMAT, REVISIONS
from .verify_case import CaseCheck, Fold
from .verify_commits import Claim, check_commits
from .writer import WRITER

__all__ = ["Finding", "Fold", "Report", "verify"]


def verify(
    path: Path,
    *,
    key: Path | None = None,
    fold: Fold | None = None,
    anchor: tuple[int, str] | None = None,
) -> Report:
    """Check the ledger in ``path``. ``key`` defaults to the file beside it.

    ``anchor`` is (commit seq, its hash in hex) of an earlier report. Raises `StoreUnavailable`,
    `SchemaTooNew`, `MasterKeyWrong` or `MasterKeyExposed` when there is nothing to check.
    """
    paths = StorePaths.beside(path, key=key)
    report = Report()
    db = _open(path)
    try:
        db.execute("BEGIN")
        ledger_id, master = _unlock(db, paths)
        report.with_key = master is not None
        report.with_rows = master is not None and fold is not None
        _check_file(db, report)
        claims = check_commits(db, ledger_id, report)
        _check_cases(db, claims, CaseCheck(db, master, fold, report), report)
        _check_anchor(db, anchor, report)
    except (sqlite3.DatabaseError, UnicodeError) as error:
        report.find("damaged", detail=str(error))
    finally:
        db.close()
    return report


def _open(path: Path) -> sqlite3.Connection:
    """Read-only. On a medium where not even a lock can be written, as an immutable file."""
    if not path.is_file():
        raise StoreUnavailable(str(path), "there is no such file")
    name = f"file:{quote(str(path.resolve()))}?mode=ro"
    last: Exception | None = None
    for uri in (name, name + "&immutable=1"):
        db = sqlite3.connect(uri, uri=True, isolation_level=None)
        db.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        try:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except (sqlite3.Error, UnicodeError) as error:
            db.close()
            last = error
        else:
            return db
    raise StoreUnavailable(str(path), str(last)) from last


def _unlock(db: sqlite3.Connection, paths: StorePaths) -> tuple[bytes, MasterKey | None]:
    place = str(paths.database)
    try:
        [(revision,)] = db.execute("SELECT version_num FROM alembic_version").fetchall()
        if revision not in REVISIONS:
            raise SchemaTooNew(place, str(revision), REVISIONS[-1])
        meta = dict(db.execute(sql.SELECT_META))
    except (sqlite3.DatabaseError, ValueError) as error:
        raise StoreUnavailable(place, f"it is not a ledger: {error}") from error
    if meta.get("format") != LEDGER_FORMAT:
        raise StoreUnavailable(place, f"ledger format {meta.get('format')!r}")
    if not paths.key.exists():
        return meta["ledger_id"], None
    master = load_master_key(paths.key, paths.database)
    if master.check_value(meta["ledger_id"]) != meta["key_check"]:
        raise MasterKeyWrong(str(paths.key), "it belongs to another database")
    return meta["ledger_id"], master


def _check_file(db: sqlite3.Connection, report: Report) -> None:
    for (said,) in db.execute("PRAGMA integrity_check(10)"):
        if said != "ok":
            report.find("damaged", detail=said)


def _check_cases(
    db: sqlite3.Connection, claims: dict[str, Claim], check: CaseCheck, report: Report
) -> None:
    for case, records in _cases(db):
        if _is_text(case):
            check.check(case, records, claims.pop(case, None))
        else:
            report.find("case_added", str(case))
    for case, claim in claims.items():
        if claim.sure:
            report.find("case_missing", str(case), db=db)
    if db.execute(sql.COUNT_ROWS).fetchone()[0] != check.rows_seen:
        _find_added_rows(db, report)
    if db.execute(sql.COUNT_MARKS).fetchone()[0] != check.marks_seen:
        _find_added_marks(db, report)


def _cases(db: sqlite3.Connection) -> Iterator[tuple[str, list[EventRecord]]]:
    """Each case with its events; only one case is in memory at a time."""
    for case, records in groupby(db.execute(sql.ALL_EVENTS), key=itemgetter(0)):
        yield case, [EventRecord._make(record) for record in records]


def _is_text(case: object) -> bool:
    """Whether the id is one at all: a changed byte may have made it something else."""
    try:
        return isinstance(case, str) and bool(case.encode())
    except UnicodeEncodeError:
        return False


def _find_added_rows(db: sqlite3.Connection, report: Report) -> None:
    for (case,) in db.execute(sql.ALL_ROW_IDS).fetchall():
        if not _is_text(case) or not db.execute(sql.SELECT_HEAD, (case, case)).fetchone():
            report.find("row_added", str(case), db=db)


def _find_added_marks(db: sqlite3.Connection, report: Report) -> None:
    for *mark, case, seq in db.execute(sql.ALL_MARKS).fetchall():
        event = None
        if _is_text(case) and isinstance(seq, int):
            event = db.execute(sql.SELECT_EVENTS, (case, seq - 1)).fetchone()
        if event is None or event[1] != seq or event[4] != "MarkFired":
            report.find("mark_added", str(case), seq=seq, detail=f"{mark}", db=db)


def _check_anchor(db: sqlite3.Connection, anchor: tuple[int, str] | None, report: Report) -> None:
    if anchor is None:
        return
    seq, expected = anchor
    stored = db.execute(sql.SELECT_ANCHOR, (WRITER, seq)).fetchone()
    if stored is None or stored[0].hex() != expected.lower():
        report.find("anchor_missing", commit=seq)
