"""The files of recordings as the PBX leaves them: which are there, whole or not, and their digest.

Everything here touches the disk and may take its time: the loop calls it in a thread.
"""

import asyncio
import hashlib
import os
import re
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ..core.ids import Instant

POLL_S = 0.1
WHOLE_WITHIN_S = 20.0
APPEAR_WITHIN_S = 3.0
_HEADER = 44
_ID = re.compile(r"(call|leg)-([0-9A-Za-z.\-]{1,80})\Z")
_FOLDERS = {"call": "calls", "leg": "legs"}
_SUFFIX = ".wav"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Digest:
    """What is told of a whole file. ``began_at`` follows from its end and its duration."""

    sha256: str
    bytes: int
    duration_ms: int
    began_at: int


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A recording's file, and since when at the latest it may have been there."""

    id: str
    since: Instant


def whole(path: Path) -> bool:
    """Whether the PBX has closed this wave file: only then its header tells its length."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
        size = path.stat().st_size
    except OSError:
        return False
    riff = int.from_bytes(header[4:8], "little")
    return len(header) == _HEADER and riff == size - 8


async def until_whole(path: Path) -> bool:
    """Wait for the PBX to close the file; a leg that nobody answered has none."""
    waited = 0.0
    while not await asyncio.to_thread(whole, path):
        there = await asyncio.to_thread(path.exists)
        if waited >= (WHOLE_WITHIN_S if there else APPEAR_WITHIN_S):
            return False
        await asyncio.sleep(POLL_S)
        waited += POLL_S
    return True


def digest(path: Path) -> Digest:
    """SHA-256, length and duration of a whole file."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    with wave.open(str(path), "rb") as sound:
        duration_ms = sound.getnframes() * 1000 // sound.getframerate()
    stat = path.stat()
    began_at = int(stat.st_mtime * 1000) - duration_ms
    return Digest(sha.hexdigest(), stat.st_size, duration_ms, began_at)


def path_of(folder: Path, recording: str) -> Path | None:
    """Where a recording's file is; None for an id that cannot be one."""
    found = _ID.match(recording)
    if found is None or ".." in found[2]:
        return None
    return folder / _FOLDERS[found[1]] / f"{found[2]}{_SUFFIX}"


def on_disk(folder: Path) -> Iterator[OnDisk]:
    """Every recording there is, in the order of the disk, read from it little by little."""
    for kind, name in _FOLDERS.items():
        try:
            entries = os.scandir(folder / name)
        except FileNotFoundError:
            continue
        with entries:
            for entry in entries:
                recording = f"{kind}-{entry.name.removesuffix(_SUFFIX)}"
                if entry.name.endswith(_SUFFIX) and path_of(folder, recording) is not None:
                    try:
                        written_at = entry.stat().st_mtime_ns // 1_000_000
                    except FileNotFoundError:  # deleted while we look
                        continue
                    yield OnDisk(recording, min(written_at, _named_at(recording, written_at)))


def _named_at(recording: str, unknown: Instant) -> Instant:
    """The instant an id begins with: a copy of the folder may have lost the files' own times.

    A call's is Asterisk's Uniqueid (``[system-]seconds.n``), a leg's begins with a ULID.
    """
    kind, _, name = recording.partition("-")
    if kind == "call":
        seconds = name.split(".", 1)[0].rpartition("-")[2]
        return int(seconds) * 1000 if seconds.isascii() and seconds.isdigit() else unknown
    ulid = name[:10]
    if len(ulid) < 10 or any(sign not in _CROCKFORD for sign in ulid):
        return unknown
    return sum(_CROCKFORD.index(sign) << 5 * (9 - n) for n, sign in enumerate(ulid))


def some(files: Iterator[OnDisk], most: int) -> list[OnDisk]:
    """The next ``most`` of them; empty when there are no more."""
    return list(islice(files, most))
