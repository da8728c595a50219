"""A form's times, by hand: which marks have passed, which are still owed."""

from typing import Any

import pytest

from dispatcher.core import commands as c
from dispatcher.core import events as e
from dispatcher.core.effects import RingContact
from dispatcher.core.ids import CaseClass, Instant
from tests.unit.core.drive import CASE, START, Drive

MINUTE = 60_000


def form(now: Instant, handed: int | None, **more: Any) -> c.EnterPaper:
    """A form whose unit was told ``handed`` minutes ago."""
    ago = 30 if handed is None else handed
    at = now - ago * MINUTE
    return c.EnterPaper(
        CASE, "20261122-000001", CaseClass.EMERGENCY_MAJOR, "E2.GAS", "xuanzhou", at, at,
        handed_over_at=None if handed is None else at, **more,
    )  # fmt: skip


def marks(drive: Drive, *, on_paper: bool) -> list[str]:
    return [
        x.event.code
        for x in drive.ledger[CASE]
        if isinstance(x.event, e.MarkFired)
        and x.event.on_paper is on_paper
        and "/a1/" in x.event.deadline
    ]


@pytest.mark.parametrize(
    ("minutes", "passed"),
    [
        (0, ["A0"]),
        (4, ["A0"]),
        (5, ["A0", "B1"]),
        (7, ["A0", "B1", "B2"]),
        (9, ["A0", "B1", "B2", "B3"]),
        (10, ["A0", "B1", "B2", "B3", "B4"]),
        (15, ["A0", "B1", "B2", "B3", "B4", "B5"]),
        (20, ["A0", "B1", "B2", "B3", "B4", "B5", "B6", "B7"]),
    ],
)
def test_what_had_passed_of_an_accepted_case(minutes: int, passed: list[str]) -> None:
    drive = Drive()
    at = drive.now - minutes * MINUTE
    drive.give(form(drive.now, minutes, acknowledged_at=at))
    assert marks(drive, on_paper=True) == passed
    assert marks(drive, on_paper=False) == []
    assert not [x for x in drive.effects if isinstance(x, RingContact)]


@pytest.mark.parametrize(
    ("minutes", "step"), [(0, "A0"), (1, "A1"), (2, "A2"), (3, "A3"), (4, "A4"), (8, "A4")]
)
def test_nobody_has_accepted_and_the_ladder_stands_where_it_stands(minutes: int, step: str) -> None:
    drive = Drive()
    drive.give(form(drive.now, minutes))
    assert [x for x in marks(drive, on_paper=False) if x[0] == "A"] == [step]
    assert drive.case.accepted_at == START - minutes * MINUTE
    assert drive.case.entered_at == START


def test_every_mark_of_the_ledger_is_there_once_and_time_goes_on() -> None:
    drive = Drive()
    drive.give(form(drive.now, 9, acknowledged_at=drive.now - 8 * MINUTE))
    drive.wait(12 * MINUTE)
    fired = marks(drive, on_paper=True) + marks(drive, on_paper=False)
    assert len(fired) == len(set(fired))
    assert marks(drive, on_paper=False) == ["B4", "B5", "B6", "B7"]


def test_a_form_of_a_case_that_exists_is_refused() -> None:
    drive = Drive()
    drive.open()
    assert drive.refused(form(drive.now, 1)) == "CASE_EXISTS"
