"""`dispatcher verify` and `dispatcher erase`, as somebody at a terminal or a script sees them."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from dispatcher.adapters.sql import SqlStore
from dispatcher.cli_store import attach
from dispatcher.testing.ledgers import START, SampleCase, fold

RUNNING, CLOSED = SampleCase(1), SampleCase(2)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"

    async def write() -> None:
        store = SqlStore(path, reserve_bytes=0, journal_bytes=64 << 10)
        await store.open()
        closed = SampleCase(2)
        await store.commit([SampleCase(1).open(), closed.open(), closed.close()], START)
        await store.close()

    asyncio.run(write())
    return path


def run(database: Path, *args: str, answer: str = "") -> Result:
    app = typer.Typer()
    attach(app, lambda: database, fold)
    return CliRunner().invoke(app, list(args), input=answer)


def test_an_intact_ledger(database: Path) -> None:
    done = run(database, "verify")
    assert done.exit_code == 0
    assert "账本完好 Ledger intact" in done.stdout
    seq, _, head = done.stdout.splitlines()[-1].partition(":")
    assert (seq, len(head)) == ("3", 64)
    assert run(database, "verify", "--anchor", f"{seq}:{head}").exit_code == 0
    assert run(database, "verify", "--anchor", f"{seq}:{'0' * 64}").exit_code == 1
    assert run(database, "verify", "--anchor", "nonsense").exit_code == 2


def test_an_intact_ledger_as_json(database: Path) -> None:
    done = run(database, "verify", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["ok"], told["cases"], told["findings"]) == (0, True, 2, [])


def test_a_changed_ledger(database: Path) -> None:
    db = sqlite3.connect(database)
    db.execute("UPDATE events SET actor = 'x' WHERE case_id = ? AND seq = 2", (RUNNING.id,))
    db.commit()
    db.close()
    done = run(database, "verify")
    assert done.exit_code == 1
    assert f"case {RUNNING.number}: event 2 was changed" in done.stdout
    assert "账本有误 Ledger NOT intact" in done.stdout
    assert json.loads(run(database, "verify", "--json").stdout)["findings"][0]["seq"] == 2


def test_without_its_key(database: Path) -> None:
    database.with_name("ledger.db.key").unlink()
    done = run(database, "verify")
    assert done.exit_code == 0
    assert "No master key" in done.stdout


def test_a_ledger_that_is_not_there(database: Path) -> None:
    done = run(database, "verify", "--database", str(database.with_name("other.db")))
    assert done.exit_code == 2
    assert "no such file" in done.stderr
    as_json = run(database, "verify", "--json", "--database", "/nowhere/ledger.db")
    assert json.loads(as_json.stdout)["error"] == "STORE_UNAVAILABLE"


def test_erasing_a_closed_case(database: Path) -> None:
    assert run(database, "erase", CLOSED.number, answer="n\n").exit_code == 1
    assert run(database, "erase", CLOSED.number, answer="y\n").exit_code == 0
    again = run(database, "erase", CLOSED.id, "--yes")
    assert "Erased before" in again.stdout
    assert "1 已清除 erased" in run(database, "verify").stdout


def test_what_cannot_be_erased(database: Path) -> None:
    running = run(database, "erase", RUNNING.number, "--yes")
    assert running.exit_code == 2
    assert "尚未办结" in running.stderr
    assert run(database, "erase", "12345", "--yes").exit_code == 2
    nowhere = run(database, "erase", "12345", "--yes", "--database", "/nowhere/ledger.db")
    assert "no such file" in nowhere.stderr
