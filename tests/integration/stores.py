"""How the tests of the store open it, and name the processes that die of it."""

import sys
from pathlib import Path

import dispatcher
from dispatcher.adapters.sql import SqlStore

ROOT = Path(dispatcher.__file__).parents[1]


def module(name: str, *args: str) -> list[str]:
    """The command that runs a module of this folder as a process of its own, in `ROOT`."""
    return [sys.executable, "-m", f"tests.integration.{name}", *args]


async def opened(database: Path, *, key: Path | None = None, fence: int | None = None) -> SqlStore:
    """A small ledger with no disk space set aside."""
    store = SqlStore(database, key=key, fence=fence, reserve_bytes=0, journal_bytes=64 << 10)
    await store.open()
    return store
