"""Files against catalogue and ledger, piece by piece."""

from pathlib import Path

import pytest

from dispatcher.adapters.memory import MemoryStore
from dispatcher.floor import check as checking
from dispatcher.floor.check import check
from dispatcher.floor.recording_files import digest, path_of
from dispatcher.floor.shelf import KIND

from .catalogued import record


@pytest.mark.parametrize("at_once", [1, 2, 500])
async def test_the_check_names_what_is_missing_changed_and_unlisted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(checking, "_AT_ONCE", at_once)
    store = MemoryStore()
    await store.open()
    for name in ("1.1", "1.2", "1.3", "1.4"):
        record(tmp_path / "calls" / f"{name}.wav")
    for key in ("call-1.1", "call-1.2", "call-1.3"):
        path = path_of(tmp_path, key)
        assert path is not None
        told = digest(path)
        entry = {"id": key, "case": None, "sha256": told.sha256, "deleted_at": None}
        await store.put_document(KIND, key, entry)
    (tmp_path / "calls" / "1.1.wav").unlink()
    record(tmp_path / "calls" / "1.2.wav", 2.0)
    count, findings = await check(store, tmp_path)
    assert count == 3
    assert [(x.what, x.recording) for x in findings] == [
        ("missing", "call-1.1"),
        ("changed", "call-1.2"),
        ("unlisted", "call-1.4"),
    ]
