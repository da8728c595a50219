"""Events, effects and rows to bytes and back.

The public part of an event is canonical JSON: keys sorted, no spaces, UTF-8. Its field
``personal`` is split off, encoded likewise, and encrypted by the caller. What is stored is what
is hashed: nobody ever has to encode it again to check it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, NamedTuple, get_args

import msgspec

from dispatcher.core.effects import Effect
from dispatcher.core.events import EVENT_TYPES, CaseEvent
from dispatcher.core.ids import CaseId
from dispatcher.ports import CaseRow

from .ledger import RowRecord

decode_json = msgspec.json.decode


class StoredSnapshot(Mapping[str, Any]):
    """A row's snapshot as it was stored, decoded part by part when it is looked into.

    A hundred thousand open cases at a start are so many bytes, not so many trees of objects.
    """

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def __getitem__(self, name: str) -> Any:
        return decode_json(_shallow(self.raw)[name])

    def __iter__(self) -> Iterator[str]:
        return iter(_shallow(self.raw))

    def __len__(self) -> int:
        return len(_shallow(self.raw))

    def __repr__(self) -> str:
        return repr(dict(self))


_shallow = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _encode_stored(value: Any) -> Any:
    if isinstance(value, StoredSnapshot):
        return decode_json(value.raw)  # decoded, so that it comes out sorted
    raise TypeError(f"{type(value).__name__} is not plain data")


encode_json = msgspec.json.Encoder(order="sorted", enc_hook=_encode_stored).encode
_encode_plain = msgspec.json.Encoder(enc_hook=_encode_stored).encode
"""For what is encrypted whole: it is hashed as ciphertext, its order does not matter."""


class EventParts(NamedTuple):
    """An event in the order of the ledger's columns; ``personal`` still plain, None when absent."""

    stream: str
    type: str
    clause: str
    public: bytes
    personal: bytes | None


class _EventCodec:
    """How one type of event is written and read."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.names = (kind.stream, kind.__name__, kind.clause)
        names = [field.name for field in fields(kind)]
        self.public_names = tuple(name for name in names if name != "personal")
        self.has_personal = "personal" in names

    def split(self, event: Any) -> EventParts:
        if not self.has_personal:
            return EventParts(*self.names, encode_json(event), None)
        public = encode_json({name: getattr(event, name) for name in self.public_names})
        personal = event.personal
        sealed = None if personal is None else encode_json(personal)
        return EventParts(*self.names, public, sealed)

    def join(self, public: str | bytes, personal: bytes | None) -> Any:
        data = decode_json(public)
        if self.has_personal:
            data["personal"] = None if personal is None else decode_json(personal)
        return msgspec.convert(data, self.kind)


_BY_TYPE = {kind: _EventCodec(kind) for kind in EVENT_TYPES.values()}
_BY_NAME = {name: _BY_TYPE[kind] for name, kind in EVENT_TYPES.items()}


def split_event(event: CaseEvent) -> EventParts:
    """The parts of an event as they are stored, ``personal`` not yet encrypted."""
    return _BY_TYPE[type(event.event)].split(event.event)


def join_event(
    case: str, seq: int, at: int, actor: str, kind: str, public: str | bytes, personal: bytes | None
) -> CaseEvent:
    """The event of these stored parts; raises `msgspec.ValidationError` or KeyError on rubbish."""
    return CaseEvent(CaseId(case), seq, at, actor, _BY_NAME[kind].join(public, personal))


# ---------------------------------------------------------------- effects

_EFFECTS: dict[str, Callable[[bytes], Effect]] = {
    kind.__name__: msgspec.json.Decoder(kind).decode for kind in get_args(Effect)
}


def encode_effect(effect: Effect) -> tuple[str, bytes]:
    """The effect's type and its fields; the whole is personal (numbers, briefs)."""
    return type(effect).__name__, _encode_plain(effect)


def decode_effect(kind: str, payload: bytes) -> Effect:
    return _EFFECTS[kind](payload)


# ---------------------------------------------------------------- rows


class _RowPersonal(msgspec.Struct):
    requester_number: str
    snapshot: msgspec.Raw


_row_personal = msgspec.json.Decoder(_RowPersonal).decode
_BLANK = _RowPersonal("", msgspec.Raw(b"{}"))


def encode_row_personal(row: CaseRow) -> bytes:
    """What of a row is personal: the requester's number and the whole snapshot."""
    return _encode_plain({"requester_number": row.requester_number, "snapshot": row.snapshot})


def row_record(row: CaseRow, requester_hash: bytes | None, personal: bytes | None) -> RowRecord:
    """The row as stored; ``personal`` is encrypted."""
    return RowRecord(
        row.case,
        row.number,
        row.case_class,
        row.category,
        row.district,
        row.state,
        int(row.open),
        row.accepted_at,
        row.due_at,
        row.wake_at,
        requester_hash,
        personal,
    )


def join_row(record: RowRecord, personal: bytes | None) -> CaseRow:
    """The row of a stored record; without its personal part (erased) the snapshot is empty."""
    data = _BLANK if personal is None else _row_personal(personal)
    return CaseRow(
        case=CaseId(record.case),
        number=record.number,
        case_class=record.case_class,
        category=record.category,
        district=record.district,
        state=record.state,
        open=bool(record.open),
        accepted_at=record.accepted_at,
        due_at=record.due_at,
        wake_at=record.wake_at,
        requester_number=data.requester_number,
        snapshot=StoredSnapshot(bytes(data.snapshot)),
    )
