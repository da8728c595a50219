"""Who has a case is remembered, and forgotten with it."""

from types import SimpleNamespace
from typing import Any, cast

from dispatcher.floor.known import Known
from dispatcher.ports import Frame
from dispatcher.service import Service


def known() -> Known:
    """With the link down: nothing is asked of the PBX."""
    hotline = SimpleNamespace(live=SimpleNamespace(link="down"), cases={})
    return Known(cast(Service, SimpleNamespace(hotline=hotline)))


def case(number: str, caller: str, *, is_open: bool = True) -> Frame:
    view: dict[str, Any] = {"requester": {"number": caller}, "open": is_open, "assignments": []}
    return Frame("case", 1, number, view)


def test_a_number_is_remembered_as_long_as_it_has_an_open_case() -> None:
    who = known()
    who.follow([case("A", "19900000001"), case("B", "19900000001"), case("C", "19900000002")])
    assert who.numbers == 2
    who.follow([case("A", "19900000001", is_open=False)])
    assert who.numbers == 2
    who.follow([case("B", "19900000001", is_open=False)])
    assert who.numbers == 1


def test_thousands_of_closed_cases_leave_nothing() -> None:
    who = known()
    for n in range(3_000):
        who.follow([case(f"C{n}", f"1990{n:07d}")])
        who.follow([case(f"C{n}", f"1990{n:07d}", is_open=False)])
    assert who.numbers == 0
