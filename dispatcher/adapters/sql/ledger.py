"""The two hash chains. `docs/ledger.md` is their specification; this file is its code.

Every hash is SHA-256 over a sequence of fields. A field is its length as four bytes, big-endian,
then its bytes: text as UTF-8, integers as eight bytes, big-endian, signed. An absent field is the
length ``ff ff ff ff`` and nothing else. So no two different sequences give the same bytes.
"""

from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import NamedTuple

_LENGTH = Struct(">I").pack
_INTEGER = Struct(">Iq").pack
_ABSENT = b"\xff\xff\xff\xff"

CASE_GENESIS = bytes(32)
"""What stands before a case's first event."""


def _text(value: str) -> bytes:
    data = value.encode()
    return _LENGTH(len(data)) + data


def _blob(value: bytes | None) -> bytes:
    return _ABSENT if value is None else _LENGTH(len(value)) + value


def _optional(value: int | None) -> bytes:
    return _ABSENT if value is None else _INTEGER(8, value)


_word = lru_cache(8192)(_text)
"""For texts that come again and again: vocabulary, and the ids of cases at work."""


def _optional_word(value: str | None) -> bytes:
    return _ABSENT if value is None else _word(value)


_EVENT = _text("event/1")
_COMMIT = _text("commit/1")
_ROW = _text("row/1")
_GENESIS = _text("genesis/1")


class EventRecord(NamedTuple):
    """One row of ``events``, in the order of its columns."""

    case: str
    seq: int
    at: int
    actor: str
    stream: str
    type: str
    clause: str
    public: str
    personal: bytes | None
    hash: bytes


class CommitRecord(NamedTuple):
    """One row of ``commits``, in the order of its columns."""

    writer: str
    seq: int
    at: int
    fence: int
    kind: str
    case: str
    case_seq: int
    case_head: bytes
    row_digest: bytes | None
    hash: bytes


class RowRecord(NamedTuple):
    """One row of ``cases``, in the order of its columns."""

    case: str
    number: str
    case_class: str
    category: str | None
    district: str | None
    state: str
    open: int
    accepted_at: int
    due_at: int | None
    wake_at: int | None
    requester_hash: bytes | None
    personal: bytes | None

    @property
    def found_by(self) -> tuple[object, ...]:
        """The values of the indexed columns."""
        return self.number, self.open, self.accepted_at, self.requester_hash

    @property
    def in_place(self) -> tuple[object, ...]:
        """The other values, but for the case."""
        return (*self[2:6], self.due_at, self.wake_at, self.personal)


def event_hash(previous: bytes, record: EventRecord) -> bytes:
    """The hash of an event, chained to the one before it in its case."""
    return hash_event(previous, *record[:7], record.public.encode(), record.personal)


def hash_event(
    previous: bytes,
    case: str,
    seq: int,
    at: int,
    actor: str,
    stream: str,
    kind: str,
    clause: str,
    public: bytes,
    personal: bytes | None,
) -> bytes:
    """As `event_hash`, from the parts of an event that is being written."""
    fields = (
        _EVENT,
        _blob(previous),
        _word(case),
        _INTEGER(8, seq),
        _INTEGER(8, at),
        _word(actor),
        _word(stream),
        _word(kind),
        _word(clause),
        _blob(public),
        _blob(personal),
    )
    return sha256(b"".join(fields)).digest()


def commit_genesis(ledger_id: bytes, writer: str) -> bytes:
    """What stands before a writer's first commit: ties the chain to this very ledger."""
    return sha256(_GENESIS + _blob(ledger_id) + _text(writer)).digest()


def commit_hash(previous: bytes, record: CommitRecord) -> bytes:
    """The hash of a commit, chained to the one before it by the same writer."""
    return sha256(
        b"".join(
            (
                _COMMIT,
                _blob(previous),
                _word(record.writer),
                _INTEGER(8, record.seq),
                _INTEGER(8, record.at),
                _INTEGER(8, record.fence),
                _word(record.kind),
                _word(record.case),
                _INTEGER(8, record.case_seq),
                _blob(record.case_head),
                _blob(record.row_digest),
            )
        )
    ).digest()


def row_digest(record: RowRecord) -> bytes:
    """The digest of a row as stored, so that a changed row shows without any key."""
    return sha256(
        b"".join(
            (
                _ROW,
                _word(record.case),
                _text(record.number),
                _word(record.case_class),
                _optional_word(record.category),
                _optional_word(record.district),
                _word(record.state),
                _INTEGER(8, record.open),
                _INTEGER(8, record.accepted_at),
                _optional(record.due_at),
                _optional(record.wake_at),
                _blob(record.requester_hash),
                _blob(record.personal),
            )
        )
    ).digest()
