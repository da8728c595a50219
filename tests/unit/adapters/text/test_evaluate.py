"""Figures and reports."""

import pytest

from dispatcher.adapters.text.corpus import Statement
from dispatcher.adapters.text.evaluate import figures, judge, report
from dispatcher.core.classify import Classification
from dispatcher.core.ids import CaseClass


def statement(text: str, case_class: CaseClass, category: str | None = None) -> Statement:
    return Statement(text, case_class, category, "jixi", "", f"f:{text}")


def answer(text: str) -> Classification:
    """The class is written in the text."""
    known = {
        "m": (CaseClass.EMERGENCY_MAJOR, "E2.GAS", 0.9),
        "g": (CaseClass.EMERGENCY_GENERAL, "E1.WATER", 0.1),
        "o": (CaseClass.ORDINARY, None, 0.0),
    }
    case_class, category, probability = known[text[0]]
    return Classification(case_class, category, "jixi", probability, False)


KNOWN = [
    statement("m1", CaseClass.EMERGENCY_MAJOR, "E2.GAS"),
    statement("m2", CaseClass.EMERGENCY_MAJOR, "E2.LIFT"),
    statement("o1", CaseClass.EMERGENCY_MAJOR, "E2.GAS"),
    statement("g1", CaseClass.EMERGENCY_GENERAL, "E1.WATER"),
    statement("o2", CaseClass.ORDINARY),
    statement("m3", CaseClass.CONSULT),
]


def test_figures() -> None:
    got = figures(judge(KNOWN, answer))
    assert got.major_recall == pytest.approx(2 / 3)
    assert got.false_major == pytest.approx(1 / 2)
    assert got.class_right == pytest.approx(4 / 6)
    assert got.category_right == pytest.approx(2 / 4)
    assert got.district_right == 1
    assert got.count == 6


def test_the_report_shows_the_worst_first_and_can_hide_texts() -> None:
    judged = judge(KNOWN, answer)
    full = report(judged)
    assert full.index("f:o1: E2.GAS taken for ORDINARY") < full.index("f:m3")
    assert "confusion" not in report(judged, 0)
    assert "f:o1" not in report(judged, 0)


def test_nothing_to_judge_is_no_error() -> None:
    assert figures([]).class_right == 1
    assert report([])
