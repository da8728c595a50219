"""What is known besides the words: it adds, it says so, and it never makes a matter major."""

from dataclasses import replace
from typing import Any

import pytest

from dispatcher.adapters.text.classifier import TextClassifier
from dispatcher.adapters.text.context import with_context
from dispatcher.adapters.text.model import CLASSES, LABELS, Opinion
from dispatcher.adapters.text.reader import RuleReader
from dispatcher.core.classify import Bulletin, TextContext
from dispatcher.core.ids import CaseClass

EVEN = Opinion(0.1, [1 / len(CLASSES)] * len(CLASSES), [1 / len(LABELS)] * len(LABELS))
RULE: dict[str, Any] = {
    "bulletin": 0.8,
    "history": 0.3,
    "ivr_weight": 0.8,
    "ivr": {"2": "E1.WATER", "21": "E1.POWER"},
    "dialled": {"96777": "E1.GASSUP"},
}


def known(context: TextContext, district: str | None = None) -> dict[str, str]:
    """Rule → words of what counted."""
    return {r.rule: r.words for r in with_context(EVEN, context, district, RULE)[2]}


def test_nothing_known_changes_nothing() -> None:
    classes, categories, told = with_context(EVEN, TextContext(), None, RULE)
    assert told == ()
    assert classes == pytest.approx(dict.fromkeys(CaseClass, 0.25))
    assert categories["E1.WATER"] == pytest.approx(1 / 7)


@pytest.mark.parametrize(
    ("context", "category", "rule"),
    [
        (TextContext(bulletins=(Bulletin("E1.HEAT", None, "停暖"),)), "E1.HEAT", "bulletin"),
        (TextContext(history=("E1.OIL",)), "E1.OIL", "history"),
        (TextContext(ivr_digits="2"), "E1.WATER", "ivr"),
        (TextContext(ivr_digits="213#"), "E1.POWER", "ivr"),
        (TextContext(dialled="96777"), "E1.GASSUP", "dialled"),
    ],
)
def test_each_source_raises_its_category_and_says_so(
    context: TextContext, category: str, rule: str
) -> None:
    classes, categories, told = with_context(EVEN, context, None, RULE)
    general = [name for name in categories if name.startswith("E1")]
    assert max(general, key=lambda name: categories[name]) == category
    assert classes[CaseClass.EMERGENCY_GENERAL] > 0.25
    assert classes[CaseClass.EMERGENCY_MAJOR] == 0.25
    assert [reason.rule for reason in told] == [f"context:{rule}"]


def test_keys_and_lines_that_no_rule_knows_do_not_count() -> None:
    assert known(TextContext(ivr_digits="92", dialled="12345")) == {}


def test_of_many_bulletins_of_one_category_the_one_of_the_district_counts_once() -> None:
    many = (
        Bulletin("E1.WATER", None, "全市"),
        Bulletin("E1.WATER", "jixi", "绩溪"),
        Bulletin("E1.WATER", "ningguo", "宁国"),
    )
    assert known(TextContext(bulletins=many), "jixi") == {"context:bulletin": "绩溪"}
    assert known(TextContext(bulletins=many[1:]), "langxi") == {}


def test_a_major_bulletin_turns_the_category_and_never_the_class() -> None:
    context = TextContext(bulletins=(Bulletin("E2.GAS", None, "某处泄漏"),))
    classes, categories, _ = with_context(EVEN, context, None, RULE)
    assert classes == pytest.approx(dict.fromkeys(CaseClass, 0.25))
    assert categories["E2.GAS"] > categories["E2.CAS"]


def test_a_call_keeps_what_is_known_until_it_is_said_anew(shipped: RuleReader) -> None:
    classifier = TextClassifier(shipped)
    flood = TextContext(bulletins=(Bulletin("E1.WATER", None, "停供抢修:城东爆管"),))
    first = classifier.classify("我们小区没有了,什么时候能来", key="c1", known=flood)
    assert said(first, "context:bulletin") == ["停供抢修:城东爆管"]
    again = classifier.hear({"call": "c1", "segment": "u1", "seq": 1, "text": "从早上到现在"})[1]
    assert again is not None
    assert said(again, "context:bulletin") == ["停供抢修:城东爆管"]
    over = classifier.know("c1", TextContext())
    assert over is not None
    assert said(over, "context:bulletin") == []
    assert classifier.know("c2", flood) is None


def test_keys_pressed_during_the_call_follow_those_of_the_menu(shipped: RuleReader) -> None:
    book = shipped.analyser.book
    settings = {**book.settings, "context": {**book.settings["context"], "ivr": {"21": "E1.OIL"}}}
    analyser = type(shipped.analyser)(replace(book, settings=settings))
    classifier = TextClassifier(RuleReader(analyser, shipped.model))
    menu = TextContext(ivr_digits="2")
    assert said(classifier.classify("加油站没油", key="c", known=menu), "context:ivr") == []
    heard = classifier.hear({"call": "c", "segment": "k", "seq": 1, "digits": "1"})[1]
    assert heard is not None
    assert said(heard, "context:ivr") == ["按键 21"]


def said(view: dict[str, Any], rule: str) -> list[str]:
    return [line["words"] for line in view["evidence"] if line["rule"] == rule]
