"""What is spoken to a unit: never the requester's number, in an exercise always 演练."""

import re

import pytest

from dispatcher.core import events as e
from dispatcher.core.briefs import (
    call_in_brief,
    handover_brief,
    inform_brief,
    tail,
    without_numbers,
)
from dispatcher.core.case import CaseState
from dispatcher.core.effects import Brief
from dispatcher.core.values import replace
from tests.unit.core.drive import CASE, Drive

MOBILE, LANDLINE = "19900000001", "05635550123"


@pytest.fixture
def case() -> CaseState:
    drive = Drive()
    drive.open()
    return drive.hotline.cases[CASE]


def with_texts(case: CaseState, number: str, text: str) -> CaseState:
    person = e.CasePerson(requester_number=number, address=text, text=text)
    return replace(case, personal=person, township=text)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (MOBILE, f"我的电话{MOBILE},请快"),
        (MOBILE, "我的电话199-0000-0001"),
        (MOBILE, "我的电话199 0000 0001"),
        (MOBILE, "打我爱人19911112222"),
        (LANDLINE, f"座机{LANDLINE}"),
        (LANDLINE, "座机0563-5550123"),
        (LANDLINE, "座机5550123"),
        ("", "邻居的号码19911112222"),
    ],
)
def test_no_telephone_of_the_requester_is_spoken(case: CaseState, number: str, said: str) -> None:
    case = with_texts(case, number, said)
    assignment = next(iter(case.assignments.values()))
    for brief in (
        handover_brief(case),
        call_in_brief(case),
        inform_brief(case, assignment, "B1"),
    ):
        spoken = re.sub(r"[\s-]", "", brief.before_key + brief.after_key)
        assert "号码略" in brief.before_key
        for secret in ("19900000001", "19911112222", "5550123"):
            assert secret not in spoken


@pytest.mark.parametrize("text", ["测试路110号", "20261122-000123", "拨打119", "3号楼1203室", ""])
def test_other_numbers_stay(case: CaseState, text: str) -> None:
    assert without_numbers(with_texts(case, MOBILE, text), text) == text


def test_a_unit_that_calls_in_hears_its_digits_first(case: CaseState) -> None:
    assert call_in_brief(case).before_key.startswith(f"工单尾号{tail(case.number)},")
    assert len(tail(case.number)) == 4


@pytest.mark.parametrize("exercise", [True, False])
@pytest.mark.parametrize("about", [f"B{n}" for n in range(1, 9)] + ["A4", "?"])
def test_every_brief_of_an_exercise_says_so(case: CaseState, about: str, exercise: bool) -> None:
    case = replace(case, exercise=exercise)
    assignment = next(iter(case.assignments.values()))
    briefs: list[Brief] = [
        handover_brief(case),
        call_in_brief(case),
        inform_brief(case, assignment, about),
    ]
    for brief in briefs:
        assert brief.exercise is exercise
        for text in (brief.before_key, brief.after_key):
            assert text.startswith("演练") is exercise
