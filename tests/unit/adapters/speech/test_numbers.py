from __future__ import annotations

import pytest

from dispatcher.adapters.speech.numbers import cardinal


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "零"),
        (10, "十"),
        (19, "十九"),
        (20, "二十"),
        (101, "一百零一"),
        (110, "一百一十"),
        (1001, "一千零一"),
        (2050, "二千零五十"),
        (10_000, "一万"),
        (10_500, "一万零五百"),
        (12_345, "一万二千三百四十五"),
        (1_000_000, "一百万"),
    ],
)
def test_amounts(number: int, said: str) -> None:
    assert cardinal(number) == said
