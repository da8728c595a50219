"""The journal for hand-overs while the disk is full.

A file whose blocks are written out in advance, so that appending needs no room. Each record is a
commit, encrypted under the master key, followed by nothing but zeros: what a power cut tore fails
its checksum and was never acknowledged. As soon as the ledger can be written again, at the latest
at the next start, every record is committed in order, and the journal is blank again.

A record: ``length (4 bytes, big-endian) ‖ SHA-256 of the ciphertext ‖ ciphertext``.
"""

import os
from collections.abc import Sequence
from dataclasses import fields
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from dispatcher.adapters.store_errors import store_full
from dispatcher.core.events import CaseEvent
from dispatcher.core.ids import CaseId, Instant
from dispatcher.ports import CaseRow, Commit

from .codec import decode_effect, decode_json, encode_effect, encode_json, join_event, split_event
from .crypto import Unreadable, seal, unseal
from .files import write_zeros

_LENGTH = 4
_HEAD = _LENGTH + 32


class Journal:
    """The journal at ``path`` under ``key`` (the master's journal key), used by one thread.

    ``waiting`` are its commits with their instants, oldest first.
    """

    def __init__(self, path: Path, key: bytes, size: int) -> None:
        self._path = path
        self._key = key
        self._size = size
        self._end = 0
        self.waiting: list[tuple[Commit, Instant]] = []
        self.torn = False
        """Something stands behind the last whole record: a torn write, or damage."""

    def open(self) -> None:
        """Make the file if there is none, else read what waits in it. Raises `StoreFull`."""
        if self._path.exists():
            self._read(self._path.read_bytes())
            return
        try:
            write_zeros(self._path, self._size)
        except OSError as error:
            raise store_full(str(self._path), str(error)) from error

    def append(self, group: Sequence[Commit], at: Instant) -> None:
        """Durable when it returns. Raises `StoreFull` when there is no room here either."""
        records = b"".join(
            self._record(index, commit, at) for index, commit in enumerate(group, len(self.waiting))
        )
        if self._end + len(records) > self._size:
            raise store_full(str(self._path), f"{len(self.waiting)} commits wait in it already")
        try:
            self._write(records, self._end)
        except OSError as error:
            raise store_full(str(self._path), str(error)) from error
        self._end += len(records)
        self.waiting.extend((commit, at) for commit in group)

    def _record(self, index: int, commit: Commit, at: Instant) -> bytes:
        sealed = seal(self._key, _place(index), _encode(commit, at))
        return len(sealed).to_bytes(_LENGTH, "big") + sha256(sealed).digest() + sealed

    def _read(self, data: bytes) -> None:
        self._size, self._end, self.waiting = len(data), 0, []
        while (sealed := self._next(data)) is not None:
            try:
                plain = unseal(self._key, _place(len(self.waiting)), sealed)
            except Unreadable:
                break
            self.waiting.append(_decode(plain))
            self._end += _HEAD + len(sealed)
        self.torn = any(data[self._end :])

    def _next(self, data: bytes) -> bytes | None:
        """The ciphertext of the next whole record."""
        length = int.from_bytes(data[self._end : self._end + _LENGTH], "big")
        sealed = data[self._end + _HEAD : self._end + _HEAD + length]
        digest = data[self._end + _LENGTH : self._end + _HEAD]
        whole = length and len(sealed) == length and sha256(sealed).digest() == digest
        return sealed if whole else None

    def clear(self, *, keep_copy: bool) -> None:
        """Its commits are in the ledger now: blank it, keeping its blocks. Raises OSError.

        ``keep_copy``: not all of it could be read or committed; the file as it was is kept
        beside it, for a person to look at.
        """
        if keep_copy:
            self._free_name().write_bytes(self._path.read_bytes())
        self._write(bytes(self._size), 0)
        self._end, self.waiting, self.torn = 0, [], False

    def _free_name(self) -> Path:
        names = (self._path.with_name(f"{self._path.name}.kept{n}") for n in count(1))
        return next(name for name in names if not name.exists())

    def _write(self, data: bytes, offset: int) -> None:
        fd = os.open(self._path, os.O_WRONLY)
        try:
            os.pwrite(fd, data, offset)
            os.fsync(fd)
        finally:
            os.close(fd)


# ---------------------------------------------------------------- records


def _place(index: int) -> bytes:
    return b"journal\0%d" % index


def _encode(commit: Commit, at: Instant) -> bytes:
    row = commit.row
    return encode_json(
        {
            "at": at,
            "case": commit.case,
            "expected_seq": commit.expected_seq,
            "events": [_encode_event(event) for event in commit.events],
            "row": row and {f.name: getattr(row, f.name) for f in fields(row)},
            "effects": [
                {"type": kind, "payload": msgspec.Raw(payload)}
                for kind, payload in map(encode_effect, commit.effects)
            ],
            "finished": commit.finished,
        }
    )


def _encode_event(event: CaseEvent) -> dict[str, Any]:
    parts = split_event(event)
    return {
        "seq": event.seq,
        "at": event.at,
        "actor": event.actor,
        "type": parts.type,
        "public": msgspec.Raw(parts.public),
        "personal": None if parts.personal is None else msgspec.Raw(parts.personal),
    }


def _decode(plain: bytes) -> tuple[Commit, Instant]:
    data = decode_json(plain)
    case = CaseId(data["case"])
    commit = Commit(
        case=case,
        expected_seq=data["expected_seq"],
        events=tuple(_decode_event(case, event) for event in data["events"]),
        row=CaseRow(**data["row"]) if data["row"] else None,
        effects=tuple(
            decode_effect(effect["type"], encode_json(effect["payload"]))
            for effect in data["effects"]
        ),
        finished=tuple((key, outcome) for key, outcome in data["finished"]),
    )
    return commit, data["at"]


def _decode_event(case: CaseId, data: dict[str, Any]) -> CaseEvent:
    personal = None if data["personal"] is None else encode_json(data["personal"])
    return join_event(
        *(case, data["seq"], data["at"], data["actor"], data["type"]),
        *(encode_json(data["public"]), personal),
    )
