"""`values.replace` does what `dataclasses.replace` does, on every value of the core."""

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from dispatcher.core import assignment, call, case, deadline, events, handover, rules
from dispatcher.core.deadline import Deadline
from dispatcher.core.ids import DeadlineId
from dispatcher.core.values import replace

VALUES = sorted(
    {
        value
        for module in (assignment, call, case, deadline, events, handover, rules)
        for value in vars(module).values()
        if isinstance(value, type) and dataclasses.is_dataclass(value)
    },
    key=lambda cls: cls.__name__,
)
CLOCK = Deadline(DeadlineId("c/case"), None, 1, 2, 3)


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
def test_a_copy_equals_the_standard_librarys(cls: Any) -> None:
    names = [field.name for field in dataclasses.fields(cls)]
    value = cls(*range(len(names)))
    for name in names:
        changed = replace(value, **{name: "changed"})
        assert changed == dataclasses.replace(value, **{name: "changed"})
        assert type(changed) is cls
        assert value == cls(*range(len(names))), "the original changed"


def test_a_copy_is_as_frozen_as_the_original() -> None:
    copied = replace(CLOCK, version=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        copied.version = 3  # type: ignore[misc]
    assert hash(copied) == hash(dataclasses.replace(CLOCK, version=2))
    assert copy.deepcopy(copied) == pickle.loads(pickle.dumps(copied)) == copied


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError, match="no field 'limit'"):
        replace(CLOCK, limit=1)
