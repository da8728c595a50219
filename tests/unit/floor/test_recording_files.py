"""Whole files, their digests, what lies on the disk, and ids that cannot leave the folder."""

import hashlib
import os
from pathlib import Path

import pytest

from dispatcher.floor.recording_files import digest, on_disk, path_of, some, whole

from .catalogued import BEGAN, record


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


def test_what_lies_on_the_disk_is_told_in_pieces_without_what_is_none(tmp_path: Path) -> None:
    for name in ("calls/1.1.wav", "calls/1.2.wav", "legs/X.1.wav", "calls/1.3.txt", "legs/&.wav"):
        record(tmp_path / name)
    files = on_disk(tmp_path)
    pieces = []
    while piece := some(files, 2):
        pieces.append(piece)
    assert [len(piece) for piece in pieces] == [2, 1]
    assert sorted(x.id for piece in pieces for x in piece) == ["call-1.1", "call-1.2", "leg-X.1"]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert list(on_disk(tmp_path / "none")) == []


def test_a_file_is_as_old_as_its_name_or_its_last_sound_says(tmp_path: Path) -> None:
    """A copied folder has lost the times of its files, a strange name tells none."""
    ulid = "01M3250V00" + "8" * 16
    old = [f"calls/{BEGAN // 1000}.7.wav", f"calls/pbx-2-{BEGAN // 1000}.8.wav"]
    old += [f"legs/{ulid}.0001.wav"]
    now = (BEGAN + 9_000_000) // 1000
    for name in [*old, "legs/strange.wav", "calls/x.wav", f"calls/{now + 60}.9.wav"]:
        os.utime(record(tmp_path / name), (now, now))
    since = {x.id: x.since for x in on_disk(tmp_path)}
    for name in (f"call-{BEGAN // 1000}.7", f"call-pbx-2-{BEGAN // 1000}.8", f"leg-{ulid}.0001"):
        assert since.pop(name) == BEGAN
    assert set(since.values()) == {now * 1000}
