"""What counts as a report (R2.2b)."""

from typing import Any

import pytest

from dispatcher.core.reporting import BANNED, judge
from dispatcher.testing.sample_rules import sample_rules

RULES = sample_rules()


def objection(
    who: str = "测试甲",
    did: str = "已关阀",
    arrival: str = "已到",
    how: str = "稳定",
    after: int | None = 1,
) -> str:
    return judge(RULES, who, did, arrival, how, after).objection


def test_all_five_fields_make_a_report() -> None:
    assert objection() == ""


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"who": " 。"}, "INCOMPLETE:who_responds"),
        ({"did": ""}, "INCOMPLETE:action_taken"),
        ({"arrival": "……"}, "INCOMPLETE:arrival"),
        ({"how": "\t"}, "INCOMPLETE:situation"),
        ({"after": None}, "INCOMPLETE:next_report_at"),
        ({"did": "", "after": None}, "INCOMPLETE:action_taken,next_report_at"),
    ],
)
def test_what_is_missing_is_named(missing: dict[str, Any], said: str) -> None:
    assert objection(**missing) == said


@pytest.mark.parametrize("phrase", BANNED)
@pytest.mark.parametrize("around", ["{}", " {}。", "{}!!", "「{}」"])
def test_the_quoted_phrases_are_no_report(phrase: str, around: str) -> None:
    said = around.format(phrase)
    assert objection(did=said, how=said) == f"PERFUNCTORY:{phrase}"
    assert objection(did=said, how="") == f"PERFUNCTORY:{phrase}"


def test_a_phrase_beside_real_words_is_a_report() -> None:
    assert objection(did="正在联系处理中", how="已关闭阀门,疏散20人") == ""
