"""A unit is found by the first letters of its name."""

import pytest

from dispatcher.adapters.rules.initials import initials_of


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("宣城燃气公司(演示)", "xcrqgs"),
        ("泾县市场监督管理局", "jxscjdglj"),
        ("宁国市行政审批局(样例)", "ngsxzspj"),
        ("重点项目中心", "zdxmzx"),
        ("12345热线", "12345rx"),
        ("旌德县A厂", "jdxac"),
        ("!!", ""),
    ],
)
def test_initials(name: str, initials: str) -> None:
    assert initials_of(name) == initials
