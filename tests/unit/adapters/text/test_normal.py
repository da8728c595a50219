"""Any string becomes readable text, quickly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.adapters.text.normal import MAX_CHARS, Normaliser, read_table

normal = Normaliser({"煙": "烟", "電": "电", "樓": "楼"})


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("電樓", "电楼"),
        ("１２楼，着火！", "12楼,着火!"),
        ("煤气\x00\x07味\u200b", "煤气 味"),
        ("救命😱😱来人", "救命 来人"),
        ("啊啊啊啊啊啊啊", "啊啊啊"),
        ("煤 气 漏 了 快 来", "煤气漏了快来"),
        ("救命 我在电梯里", "救命 我在电梯里"),
        ("  \n\t ", ""),
        ("", ""),
        ("SOS", "sos"),
        ("\ud800煤气", "煤气"),
    ],
)
def test_normalises(raw: str, clean: str) -> None:
    assert normal(raw).text == clean


def test_a_huge_text_keeps_its_beginning_and_its_end() -> None:
    got = normal("头" + "水电" * 500_000 + "尾")
    assert got.truncated
    assert got.text.startswith("头")
    assert got.text.endswith("尾")
    assert len(got.text) <= MAX_CHARS + 1


@given(st.text(max_size=300))
def test_never_raises_and_is_stable(raw: str) -> None:
    once = normal(raw).text
    assert normal(once).text == normal(normal(once).text).text


def test_a_table_maps_every_variant_and_skips_comments() -> None:
    assert read_table("# 说明\n里 裏裡\n\n") == {"裏": "里", "裡": "里"}
