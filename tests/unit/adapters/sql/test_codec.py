"""Every type of event and effect survives the way to the disk and back."""

import json
import typing
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from dispatcher.adapters.sql.codec import (
    StoredSnapshot,
    decode_effect,
    encode_effect,
    encode_json,
    join_event,
    split_event,
)
from dispatcher.core.effects import Effect
from dispatcher.core.events import EVENT_TYPES, CaseEvent
from dispatcher.core.ids import CaseId


def sample(hint: Any) -> Any:
    """Some value of a type, made of what the events are made of."""
    if hasattr(hint, "__supertype__"):
        return sample(hint.__supertype__)
    if isinstance(hint, UnionType) or get_origin(hint) is typing.Union:
        return sample(next(arg for arg in get_args(hint) if arg is not NoneType))
    if get_origin(hint) is tuple:
        return (sample(get_args(hint)[0]),) * 2
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return next(iter(hint))
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return hint(**{f.name: sample(hints[f.name]) for f in fields(hint)})  # type: ignore[operator]
    return {str: '测试 "\\\n', int: -(2**53) + 1, bool: True}[hint]


@pytest.mark.parametrize("kind", EVENT_TYPES.values(), ids=EVENT_TYPES.keys())
def test_an_event_comes_back_equal(kind: type) -> None:
    event = CaseEvent(CaseId("c"), 1, 2, "agent1", sample(kind))
    parts = split_event(event)
    assert (parts.type, parts.stream, parts.clause) == (kind.__name__, kind.stream, kind.clause)  # type: ignore[attr-defined]
    assert join_event("c", 1, 2, "agent1", parts.type, parts.public, parts.personal) == event
    public = json.loads(parts.public)
    assert "personal" not in public
    again = json.dumps(public, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert parts.public == again.encode()


@pytest.mark.parametrize(
    "kind", [k for k in EVENT_TYPES.values() if "personal" in {f.name for f in fields(k)}]
)
def test_without_its_personal_part_it_reads_as_none(kind: type) -> None:
    event = CaseEvent(CaseId("c"), 1, 2, "agent1", sample(kind))
    parts = split_event(event)
    assert parts.personal is not None
    erased = join_event("c", 1, 2, "agent1", parts.type, parts.public, None)
    assert erased.event.personal is None  # type: ignore[union-attr]
    assert split_event(erased) == parts._replace(personal=None)


@pytest.mark.parametrize("kind", get_args(Effect))
def test_an_effect_comes_back_equal(kind: type) -> None:
    effect = sample(kind)
    assert decode_effect(*encode_effect(effect)) == effect


def test_a_stored_snapshot_is_the_mapping_it_was() -> None:
    plain = {"b": [1, {"c": None}], "a": "二"}
    stored = StoredSnapshot(encode_json(plain))
    assert stored == plain
    assert dict(stored) == plain
    assert (len(stored), stored["b"], stored.get("x")) == (2, [1, {"c": None}], None)
    assert encode_json(stored) == encode_json(plain)
    assert repr(stored) == repr({"a": "二", "b": [1, {"c": None}]})
