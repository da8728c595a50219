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
        # Names that are ordinary words as well.
        ("里头有人敲门,三长两短地敲", None),
        ("杨柳镇三长村没电", "xuanzhou"),
        ("整个镇东头都停水了", None),
        ("镇东村的桥栏杆断了", "langxi"),
        ("大坝底下往外冒浑水", None),
        ("浑水村的路灯不亮", "xuanzhou"),
        ("村庄团建用的大巴坏在路上", None),
        ("庄团村停电", "jixi"),
        ("新水管一装好就漏", None),
        ("有辆车在镇上横冲直撞", None),
        ("停电。双桥。", "xuanzhou"),
        ("路上有根电线在冒火,溪口的", "xuanzhou"),
        ("向阳的房间太热", None),
        ("双桥是两座并排的桥", None),
        # Routes.
        ("宁国到绩溪的国道上翻了一辆车", None),
        ("从郎溪涛城到广德卢村的路上车坏了", None),
        ("从郎溪涛城到广德卢村喝喜酒,一桌人都吐了", "guangde"),
        ("跑泾县到旌德的班车,现在停在蔡家桥路段动不了", "jingde"),
        ("水阳到狸桥这条路全是水", "xuanzhou"),
        ("泾县到芜湖的大巴几点开", "jingxian"),
        # Then and now.
        ("以前住泾县,现在住宁国,家里停水了", "ningguo"),
        ("我以前在泾县上班,现在楼下着火了", None),
        ("去年绩溪家里被淹过,今天旌德白地又涨水了", "jingde"),
        ("不是广德的,是郎溪梅渚停水", "langxi"),
    ],
)
def test_district(
    classify: Callable[[str], Classification], text: str, district: str | None
) -> None:
    assert classify(text).district == district
