"""A small ledger with one of everything, made once and copied for each test."""

import asyncio
import shutil
from pathlib import Path

import pytest

from dispatcher.adapters.sql import SqlStore
from dispatcher.testing.ledgers import START, SampleCase


async def write_sample(database: Path) -> list[SampleCase]:
    """Cases 1 (marks), 2 (closed), 3 (erased) and 4 (two legs)."""
    cases = [SampleCase(n) for n in range(1, 5)]
    marked, closed, erased, legs = cases
    store = SqlStore(database, reserve_bytes=0, journal_bytes=64 << 10)
    await store.open()
    await store.commit([case.open() for case in cases], START)
    await store.commit([marked.fire("B1"), legs.place_leg(2), closed.close()], START + 1)
    await store.commit([erased.place_leg(2), erased.close()], START + 2)
    await store.erase(erased.id, START + 3)
    await store.commit([marked.fire("B2"), legs.place_leg(3)], START + 4)
    await store.close()
    return cases


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    asyncio.run(write_sample(folder / "ledger.db"))
    return folder


@pytest.fixture
def ledger(sample_folder: Path, tmp_path: Path) -> Path:
    """A copy of the sample ledger with its key, free to be tampered with."""
    folder = shutil.copytree(sample_folder, tmp_path / "copy")
    return folder / "ledger.db"
