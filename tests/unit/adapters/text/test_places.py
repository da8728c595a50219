"""Where the matter is."""

from collections.abc import Callable

import pytest

from dispatcher.core.classify import Classification


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("水阳镇停水了", "xuanzhou"),
        ("梅渚街上没电", "langxi"),
        ("桃花潭涨水", "jingxian"),
        ("伏岭的电杆歪了", "jixi"),
        ("白地江村路灯不亮", "jingde"),
        ("河沥溪那边停水", "ningguo"),
        ("誓节的班车", "guangde"),
        ("我是宁国人,现在在广德新杭", "guangde"),
        ("泾县人在郎溪打工,机器压了手", "langxi"),
        ("合肥市宁国路有人摔倒", None),
        ("宣城宁国路上的井盖没了", None),
        ("宣城市区停电", None),
        ("小区停水了", None),
        ("宁国人民医院电梯困人", "ningguo"),
        ("郎溪县南漪湖有船翻了", "langxi"),
        ("在敬停山街道这边", "xuanzhou"),
        ("三溪街上停电", "jingde"),
        ("今天的事", None),
    ],
)
def test_district(
    classify: Callable[[str], Classification], text: str, district: str | None
) -> None:
    assert classify(text).district == district
