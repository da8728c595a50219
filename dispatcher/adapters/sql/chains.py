"""Where each case's chain stands, kept in memory by the one writer."""

import sqlite3
from typing import NamedTuple

from . import statements as sql
from .crypto import MasterKey
from .ledger import CASE_GENESIS, RowRecord, row_digest

_MOST = 200_000


class Chain(NamedTuple):
    """One case's last event, its key, and the digest of its row. ``key`` None: none or erased.

    ``found_by`` are the row's indexed values.
    """

    seq: int
    head: bytes
    key: bytes | None
    row_digest: bytes | None = None
    found_by: tuple[object, ...] = ()
    erased: bool = False


NEW = Chain(0, CASE_GENESIS, None)
"""Where a case stands that nothing was committed of."""


class ChainCache:
    """Chains of recent cases. What a transaction changed counts only once it is committed."""

    def __init__(self) -> None:
        self._kept: dict[str, Chain] = {}
        self._changed: dict[str, Chain] = {}

    def get(self, case: str) -> Chain | None:
        return self._changed.get(case) or self._kept.get(case)

    def put(self, case: str, chain: Chain) -> None:
        self._changed[case] = chain

    def restore(self, case: str, before: Chain | None) -> None:
        """What was put last did not happen."""
        if before is None:
            self._changed.pop(case, None)
        else:
            self._changed[case] = before

    def commit(self) -> None:
        for case in self._changed:
            self._kept.pop(case, None)
        self._kept.update(self._changed)
        self._changed.clear()
        while len(self._kept) > _MOST:
            del self._kept[next(iter(self._kept))]

    def roll_back(self) -> None:
        self._changed.clear()

    def forget(self) -> None:
        """Another process wrote: nothing kept is known to be true any more."""
        self._kept.clear()
        self._changed.clear()


def load_chain(db: sqlite3.Connection, master: MasterKey, case: str) -> Chain:
    """Where a case's chain stands on the disk; a new case stands at its genesis."""
    seq, head = db.execute(sql.SELECT_HEAD, (case, case)).fetchone() or NEW[:2]
    keyed = db.execute(sql.SELECT_KEY, (case,)).fetchone()
    stored = db.execute(sql.SELECT_ROW, (case,)).fetchone()
    chain = Chain(seq, head, None)
    if stored is not None:
        row = RowRecord._make(stored)
        chain = chain._replace(row_digest=row_digest(row), found_by=row.found_by)
    if keyed is None:
        return chain
    _, wrapped, _ = keyed
    if wrapped is None:
        return chain._replace(erased=True)
    return chain._replace(key=master.unwrap(case, wrapped))
