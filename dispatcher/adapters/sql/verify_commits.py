"""The first half of `verify`: the chain of commits, and what it says of each case."""

import sqlite3
from collections.abc import Callable
from typing import Any, NamedTuple

from . import statements as sql
from .ledger import CommitRecord, commit_genesis, commit_hash
from .report import Report
from .writer import WRITER


class Claim(NamedTuple):
    """What the last commit of a case says about it. ``sure`` unless that commit is at fault."""

    seq: int
    head: bytes
    row_digest: bytes | None
    erased: bool
    sure: bool = True


def check_commits(db: sqlite3.Connection, ledger_id: bytes, report: Report) -> dict[str, Claim]:
    """Follow every writer's chain from its genesis; return each case's last claim."""
    claims: dict[str, Claim] = {}
    writer, seq, head = None, 0, b""
    for values in db.execute(sql.ALL_COMMITS):
        record = CommitRecord._make(values)
        if record.writer != writer:
            writer, seq, head = record.writer, 0, genesis(ledger_id, record.writer)
        sound = _check(record, seq, head, report)
        _note(claims, record, sound)
        report.commits += 1
        seq, head = record.seq, record.hash
        if writer == WRITER and sound:
            report.tip_seq, report.tip_hash = seq, head.hex()
    return claims


def genesis(ledger_id: bytes, writer: Any) -> bytes:
    return attempt(commit_genesis, ledger_id, writer) or b""


def _check(record: CommitRecord, seq: int, head: bytes, report: Report) -> bool:
    """Whether the record follows ``seq`` and hashes to what it says."""
    if record.seq != seq + 1:
        missing = f"{seq + 1}-{record.seq - 1}" if isinstance(record.seq, int) else ""
        report.find("commit_missing", commit=seq + 1, detail=missing)
        return True  # its predecessor is gone: nothing to recompute it from
    if attempt(commit_hash, head, record) == record.hash:
        return True
    report.find("commit_changed", str(record.case), commit=record.seq)
    return False


def _note(claims: dict[str, Claim], record: CommitRecord, sound: bool) -> None:
    before = claims.get(record.case)
    erased = record.kind == "erased" or (before is not None and before.erased)
    claims[record.case] = Claim(record.case_seq, record.case_head, record.row_digest, erased, sound)


def attempt(hasher: Callable[..., bytes], *fields: Any) -> bytes | None:
    """The hash, or None when a field is not even of its type any more."""
    try:
        return hasher(*fields)
    except Exception:  # anything may stand in a file that was tampered with
        return None
