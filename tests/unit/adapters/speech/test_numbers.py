from __future__ import annotations

import pytest

from dispatcher.adapters.speech.numbers import cardinal, spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("请拨打110", "请拨打幺幺零"),
        ("12345热线", "幺二三四五热线"),
        ("电话0563-5550101", "电话零五六三五五五零幺零幺"),
        ("手机19900000001", "手机幺九九零零零零零零零幺"),
        ("距路口110米", "距路口一百一十米"),
        ("120人被困", "一百二十人被困"),
        ("有2人受伤", "有两人受伤"),
        ("12人受伤", "十二人受伤"),
        ("请按1", "请按一"),
        ("14:05报警", "十四点零五分报警"),
        ("9:30和20：00", "九点三十分和二十点整"),
        ("2026年11月3日", "二零二六年十一月三日"),
        ("3.5公里", "三点五公里"),
        ("10分钟", "十分钟"),
        ("10005户停水", "一万零五户停水"),
        ("100010人", "十万零一十人"),
        ("没有数字", "没有数字"),
    ],
)
def test_numbers_are_said_as_people_say_them(written: str, said: str) -> None:
    assert spoken(written) == said


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
