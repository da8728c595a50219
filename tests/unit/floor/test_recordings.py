"""Whole files, their digests, and ids that cannot leave the folder."""

import hashlib
import wave
from pathlib import Path

import pytest

from dispatcher.adapters.memory import MemoryStore
from dispatcher.floor.check import check
from dispatcher.floor.recordings import KIND, digest, found, path_of, whole


def record(path: Path, seconds: float = 1.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\1\0" * int(8000 * seconds))
    return path


def test_a_file_is_whole_when_its_header_tells_its_length(tmp_path: Path) -> None:
    path = record(tmp_path / "a.wav")
    assert whole(path)
    with path.open("ab") as file:
        file.write(b"\0" * 100)
    assert not whole(path)
    assert not whole(tmp_path / "none.wav")
    (tmp_path / "short.wav").write_bytes(b"RIFF")
    assert not whole(tmp_path / "short.wav")


def test_the_digest_tells_bytes_duration_and_beginning(tmp_path: Path) -> None:
    path = record(tmp_path / "a.wav", 1.5)
    told = digest(path)
    assert told.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (told.bytes, told.duration_ms) == (path.stat().st_size, 1500)
    assert told.began_at == int(path.stat().st_mtime * 1000) - 1500


@pytest.mark.parametrize(
    "recording",
    [
        "",
        "call",
        "call-",
        "call-../x",
        "call-a/b",
        "leg-..",
        "other-1",
        "call-" + "1" * 100,
        "call-1\n",
    ],
)
def test_an_id_never_leaves_the_folder(tmp_path: Path, recording: str) -> None:
    assert path_of(tmp_path, recording) is None


def test_an_id_names_its_file(tmp_path: Path) -> None:
    assert path_of(tmp_path, "call-1795.12") == tmp_path / "calls" / "1795.12.wav"
    assert path_of(tmp_path, "leg-01X.2") == tmp_path / "legs" / "01X.2.wav"


async def test_the_check_names_what_is_missing_changed_and_unlisted(tmp_path: Path) -> None:
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
    assert found(tmp_path) == ["call-1.2", "call-1.3", "call-1.4"]
    count, findings = await check(store, tmp_path)
    assert count == 3
    assert [(x.what, x.recording) for x in findings] == [
        ("missing", "call-1.1"),
        ("changed", "call-1.2"),
        ("unlisted", "call-1.4"),
    ]
