"""A user is added while the engine runs: no lease is taken, and he can sign in at once."""

from pathlib import Path

from dispatcher.adapters.sql.store import SqlStore
from ws_console.gateway.accounts import Accounts


async def test_a_user_added_beside_a_running_engine_signs_in(tmp_path: Path) -> None:
    engine = SqlStore(tmp_path / "ledger.db")
    await engine.open()
    accounts = Accounts(engine)
    await accounts.load()
    beside = SqlStore(tmp_path / "ledger.db")
    await beside.open_beside()
    await Accounts(beside).put_user("agent9", "long enough", "测试丙", "agent", "agent9")
    await beside.close()
    _, session = await accounts.sign_in("agent9", "long enough", "here")
    assert session.actor.seat == "agent9"
    assert await engine.commit([], 1) == []
    await engine.close()
