"""Facts, after negation and tense."""

from collections.abc import Callable

import pytest

from dispatcher.adapters.text.reader import RuleReader
from dispatcher.adapters.text.triggers import Triggers
from dispatcher.core.classify import Because, Classification, FactKind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("厨房里有煤气味", FactKind.GAS_SMELL),
        ("我们被困在电梯里出不来了", FactKind.TRAPPED),
        ("墙倒了底下压着人", FactKind.CASUALTIES),
        ("吃完酒席我们一桌人都在吐", FactKind.ILL_AFTER_MEAL),
        ("家里停电了,我爸的呼吸机停了", FactKind.LIFE_SUPPORT),
        ("有人掉河里了,在扑腾", FactKind.DANGER),
    ],
)
def test_a_fact_stands(
    classify: Callable[[str], Classification], text: str, kind: FactKind
) -> None:
    assert kind in {fact.kind for fact in classify(text).facts}


@pytest.mark.parametrize(
    "text",
    [
        "没有闻到煤气味",
        "去年电梯困过人",
        "万一有煤气味找谁",
        "学校搞防溺水演练",
        "听说有人掉河里了",
        "昨天反映的煤气味要求撤回,是烧焦了锅",
    ],
)
def test_no_fact_stands(classify: Callable[[str], Classification], text: str) -> None:
    assert classify(text).facts == ()


def test_a_trigger_that_the_model_does_not_believe_is_listed_not_counted(
    shipped: RuleReader,
) -> None:
    triggers = Triggers(shipped.analyser.book)
    seen = shipped.analyser("厨房里有煤气味")
    facts, doubted = triggers.believed(seen.text, seen.found, 0.02, 0.03)
    assert facts == ()
    assert {d.because for d in doubted} == {Because.DISBELIEVED}
    assert triggers.believed(seen.text, seen.found, 0.03, 0.03)[0]
