"""The shipped reader: what it says, why, and that nothing stops it."""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatcher.adapters.text.reader import RuleReader
from dispatcher.core.classify import (
    Because,
    Bulletin,
    Classification,
    FactKind,
    TextContext,
    decide,
)
from dispatcher.core.ids import CaseClass

Classify = Callable[[str], Classification]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("厨房一股臭鸡蛋味,头晕", "E2.GAS"),
        ("我卡在十楼到十一楼中间出不来了", "E2.LIFT"),
        ("家里停电了,我爸靠呼吸机的,快撑不住了", "E2.OTHER"),
        ("没有闻到煤气味,就是打不着火", "E1.GASSUP"),
        ("去年电梯困过人,现在想问什么时候换新的", None),
        ("燃气费怎么交", None),
        ("廚房有煤氣味,頭暈", "E2.GAS"),
        ("垫梯卡住了,我们三个人在里面出不来", "E2.LIFT"),
    ],
)
def test_what_is_said_of_plain_statements(
    classify: Classify, text: str, category: str | None
) -> None:
    assert classify(text).category == category


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " \t\r\n",
        "\x00\x01\x02\x7f\x9f",
        "😱🔥🚒" * 50,
        "help, somebody is trapped in the lift",
        bytes(range(128, 256)).decode("latin-1"),
        json.dumps({"text": "煤气味", "nested": [{"a": 1}] * 20}),
        "\ud800\udfff煤气",
        "啊" * 5000,
        "１２３４５",
        "^$~·\t␠〇",
        "\U000e0041\u202e煤气味\u202c",
    ],
)
def test_bad_input_gives_a_result(classify: Classify, raw: str) -> None:
    got = classify(raw)
    assert isinstance(got.case_class, CaseClass)
    assert 0 <= got.probability <= 1


def test_a_megabyte_is_read_at_both_ends(shipped: RuleReader) -> None:
    text = "小区停水了。" * 170_000 + "我现在卡在电梯里面出不来了,救命"
    evidence = shipped.read(text, TextContext())
    assert evidence.truncated
    assert FactKind.TRAPPED in {fact.kind for fact in evidence.facts}


@given(st.text(alphabet=st.characters(), max_size=120))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_string_is_read(shipped: RuleReader, raw: str) -> None:
    decide(shipped.read(raw, TextContext()), None)


def test_reasons_name_words_rule_and_clause(classify: Classify) -> None:
    got = classify("厨房一股臭鸡蛋味,我头晕得很,没有着火")
    fact = got.facts[0]
    assert (fact.words, fact.rule, fact.clause) == ("臭鸡蛋", "trigger:gas-smell", "R2.1e.3")
    assert any("晕" in reason.words for reason in got.reasons)
    fire = next(item for item in got.discounts if item.words == "着火")
    assert (fire.because, fire.cue) == (Because.NEGATED, "没有")


def test_places_that_do_not_count_are_named(classify: Classify) -> None:
    got = classify("我是宁国人,现在在广德新杭,家里停水了")
    assert got.district == "guangde"
    assert [d.words for d in got.discounts if d.because is Because.ELSEWHERE] == ["宁国"]


def test_the_same_text_gives_the_same_answer(classify: Classify) -> None:
    assert classify("楼道里有煤气味") == classify("楼道里有煤气味")


def test_several_matters_of_one_call(classify: Classify) -> None:
    got = classify("我家小区从昨天开始一直停水没人管。还有我现在闻到厨房有很重的煤气味,头晕。")
    assert {matter.category for matter in got.matters} >= {"E2.GAS", "E1.WATER"}
    assert got.matters[0].case_class is CaseClass.EMERGENCY_MAJOR
    assert (got.matters[0].rule, got.matters[0].clause) == ("trigger:gas-smell", "R2.1e.3")


def test_each_matter_has_its_own_place(classify: Classify) -> None:
    got = classify(
        "宁国港口镇停电两个小时了,另外我们广德新杭老家那边路灯杆倒在路上,还有一个事想问下医保卡怎么办"
    )
    found = {matter.category: (matter.district, matter.words) for matter in got.matters}
    assert found["E1.POWER"] == ("ningguo", "宁国港口镇停电两个小时了")
    assert found["E1.MUNI"][0] == "guangde"
    assert None in found


@pytest.mark.parametrize(
    "text",
    [
        "我要投诉物业收费太高。楼上有人要跳楼,站在窗户外面!",
        "楼上有人要跳楼,站在窗户外面!还有我要投诉物业收费太高。",
    ],
)
def test_the_most_urgent_matter_decides(classify: Classify, text: str) -> None:
    got = classify(text)
    assert (got.case_class, got.category) == (CaseClass.EMERGENCY_MAJOR, "E2.OTHER")
    assert {matter.case_class for matter in got.matters} >= {
        CaseClass.EMERGENCY_MAJOR,
        CaseClass.ORDINARY,
    }


def test_context_only_ever_adds(shipped: RuleReader) -> None:
    text = "我们这边好像没有了,什么时候能来"
    plain = shipped.read(text, TextContext())
    known = shipped.read(
        text,
        TextContext(bulletins=(Bulletin("E1.WATER", None, "城东停水"),), history=("E1.WATER",)),
    )
    assert known.classes[CaseClass.EMERGENCY_GENERAL] > plain.classes[CaseClass.EMERGENCY_GENERAL]
    assert known.categories["E1.WATER"] > plain.categories["E1.WATER"]
    assert known.major == plain.major
    assert sum(known.classes.values()) == pytest.approx(1, abs=1e-4)


def test_a_bulletin_of_another_district_does_not_count(shipped: RuleReader) -> None:
    text = "广德新杭这边没有了"
    plain = shipped.read(text, TextContext())
    elsewhere = shipped.read(text, TextContext(bulletins=(Bulletin("E1.WATER", "jixi"),)))
    assert elsewhere.categories == plain.categories


def test_a_growing_text_never_falls(shipped: RuleReader) -> None:
    text = "喂你好,我这边厨房里一股煤气味,我老婆头晕,不过燃气费的事我也想问一下怎么交,什么时候营业"
    shown: Classification | None = None
    urgency = 0
    for end in range(1, len(text) + 1):
        shown = decide(shipped.read(text[:end], TextContext()), shown)
        assert shown.case_class.urgency >= urgency
        urgency = shown.case_class.urgency
    assert urgency == 3
