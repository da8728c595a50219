"""The store when the disk is full."""

import subprocess
from json import loads
from pathlib import Path

from dispatcher.adapters.sql.verify import verify
from dispatcher.testing.ledgers import fold
from tests.integration.stores import ROOT, module


def test_a_full_disk(tmp_path: Path) -> None:
    """The reserve lets it go on; then nothing is half-written; hand-overs are set aside."""
    database = tmp_path / "ledger.db"
    done = subprocess.run(
        module("store_full", str(database)), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = loads(done.stdout)
    assert told["before_reserve"] > 3
    assert told["after_reserve"] > 3
    assert "Free disk space now" in told["full"]
    assert told["committed_again"]
    assert told["cases"] == told["before_reserve"] + told["after_reserve"] + 2
    assert verify(database, fold=fold).ok
