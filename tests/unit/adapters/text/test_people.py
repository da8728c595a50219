"""Numbers of people."""

from collections.abc import Callable

import pytest

from dispatcher.adapters.text.people import number
from dispatcher.core.classify import Casualties, Classification


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("十二", 12), ("二十", 20), ("三十五", 35), ("两", 2), ("一百零二", 102),
        ("几", 2), ("十几", 12),
    ],
)  # fmt: skip
def test_number(text: str, value: int) -> None:
    assert number(text) == value


def test_counts_are_tied_to_the_nearest_harm(classify: Callable[[str], Classification]) -> None:
    got = classify("工地上架子塌了,压着人,死了一个人,还有三个人受伤,快来救人")
    assert got.casualties == Casualties(dead=1, injured=3)


def test_a_count_of_other_things_is_no_casualty(classify: Callable[[str], Classification]) -> None:
    assert classify("三个小时没水了").casualties == Casualties()
