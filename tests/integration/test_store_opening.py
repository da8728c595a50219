"""What the store opens and what it refuses: versions, keys, paths, writers, damaged cases."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from dispatcher.adapters.sql.verify import verify
from dispatcher.adapters.store_errors import (
    MasterKeyMissing,
    MasterKeyWrong,
    SchemaTooNew,
    StoreUnavailable,
)
from dispatcher.core.errors import LeaseLost
from dispatcher.testing.ledgers import START, SampleCase, fold
from tests.integration.stores import opened


async def test_a_newer_schema_is_refused_untouched(tmp_path: Path) -> None:
    database = tmp_path / "ledger.db"
    await (await opened(database)).close()
    db = sqlite3.connect(database)
    db.execute("UPDATE alembic_version SET version_num = '2031_future'")
    db.commit()
    db.close()
    before = database.read_bytes()
    with pytest.raises(SchemaTooNew, match="2031_future") as refused:
        await opened(database)
    assert "请使用更新的程序版本" in refused.value.message_zh
    assert database.read_bytes() == before


async def test_a_missing_or_foreign_master_key(tmp_path: Path) -> None:
    database = tmp_path / "ledger.db"
    await (await opened(database)).close()
    key = tmp_path / "ledger.db.key"
    assert key.stat().st_mode & 0o777 == 0o600
    mine = key.read_text()
    key.unlink()
    with pytest.raises(MasterKeyMissing, match=r"ledger\.db\.key"):
        await opened(database)
    assert not key.exists(), "a missing key is never replaced by a new one"
    await (await opened(tmp_path / "other.db")).close()
    shutil.copy(tmp_path / "other.db.key", key)
    with pytest.raises(MasterKeyWrong, match="another database"):
        await opened(database)
    elsewhere = tmp_path / "keys" / "master"
    elsewhere.parent.mkdir()
    elsewhere.write_text(mine)
    elsewhere.chmod(0o600)
    await (await opened(database, key=elsewhere)).close()


async def test_a_path_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "text.db").write_text("no database, but long enough to be taken for one" * 30)
    for name in ("folder.db", "text.db"):
        with pytest.raises(StoreUnavailable, match=name):
            await opened(tmp_path / name)


async def test_the_older_of_two_writers_is_fenced_out(tmp_path: Path) -> None:
    database = tmp_path / "ledger.db"
    older, first, second = await opened(database), SampleCase(1), SampleCase(2)
    await older.commit([first.open()], START)
    newer = await opened(database)
    results = await asyncio.gather(
        older.commit([first.fire("B1")], START),
        newer.commit([second.open()], START),
        return_exceptions=True,
    )
    assert isinstance(results[0], LeaseLost)
    assert not isinstance(results[1], BaseException)
    with pytest.raises(LeaseLost):
        await older.commit([first.fire("B2")], START)
    await asyncio.gather(older.close(), newer.close())
    assert verify(database, fold=fold).ok


async def test_a_token_of_an_outside_lease(tmp_path: Path) -> None:
    database = tmp_path / "ledger.db"
    later = await opened(database, fence=7)
    with pytest.raises(LeaseLost):
        await opened(database, fence=6)
    [done] = await later.commit([SampleCase(1).open()], START)
    assert done.error is None
    await later.close()


async def test_one_damaged_case_does_not_keep_the_others_from_restarting(tmp_path: Path) -> None:
    database, good, bad = tmp_path / "ledger.db", SampleCase(1), SampleCase(2)
    store = await opened(database)
    await store.commit([good.open(), bad.open()], START)
    await store.close()
    db = sqlite3.connect(database)
    db.execute("UPDATE case_key SET wrapped = x'00' WHERE case_id = ?", (bad.id,))
    db.commit()
    db.close()
    store = await opened(database)
    restored = await store.restore("")
    assert [row.case for row in restored.rows] == [good.id]
    assert len(restored.pending_effects) == 2
    assert restored.damaged == (bad.id,)
    [refused, done] = await store.commit([bad.fire("B1"), good.fire("B1")], START)
    assert refused.error is not None
    assert done.error is None
    await store.close()
