"""A process whose files may not grow: run by `test_store_full.py`, as any user.

The kernel's limit on the size of a file plays the full disk (SQLite's write fails with EFBIG),
and raising the limit plays the space that a freed reserve gives back. Prints one JSON object.
"""

import asyncio
import json
import resource
import sys
from pathlib import Path
from typing import Any

from dispatcher.adapters.sql import SqlStore
from dispatcher.adapters.sql.files import Reserve
from dispatcher.core.errors import StoreFull
from dispatcher.testing.ledgers import START, SampleCase

_NO_LIMIT = resource.getrlimit(resource.RLIMIT_FSIZE)[1]


def limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, _NO_LIMIT))


class PlayedReserve(Reserve):
    """Freeing it really lets files grow by its size."""

    def free(self) -> bool:
        if not super().free():
            return False
        limit(resource.getrlimit(resource.RLIMIT_FSIZE)[0] + (1 << 20))
        return True


async def run(database: Path) -> dict[str, Any]:
    store = SqlStore(database, reserve_bytes=1 << 20, journal_bytes=64 << 10)
    store.reserve = PlayedReserve(store.paths.reserve, 1 << 20)
    await store.open()
    log = database.with_name(database.name + "-wal")
    limit(log.stat().st_size + (1 << 20))
    told: dict[str, Any] = {"before_reserve": 0, "after_reserve": 0}
    n = 0
    while True:
        n += 1
        try:
            [done] = await store.commit([SampleCase(n).open()], START)
        except StoreFull as full:
            told["full"] = full.message_en
            break
        assert done.error is None
        told["before_reserve" if store.reserve.held else "after_reserve"] += 1
    told |= await after_full(store, n)
    await store.close()
    return told


async def after_full(store: SqlStore, n: int) -> dict[str, Any]:
    """Nothing of the refused group is there; a hand-over set aside is committed with the next."""
    refused = SampleCase(n)
    assert await store.events(refused.id) == []
    aside = SampleCase(n + 1)
    await store.set_aside([aside.open()], START)
    assert await store.events(aside.id) == []
    limit(_NO_LIMIT)
    [done] = await store.commit([refused.open()], START)
    assert await store.events(aside.id) == aside.events
    return {"committed_again": done.error is None, "cases": (await store.restore("")).last_seq}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(Path(sys.argv[1])))))
