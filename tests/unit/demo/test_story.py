"""The story's own judgement: what does not hold is named."""

from typing import Any

import pytest

from dispatcher.demo.story import EVERYBODY, check, iso


def told(**other: Any) -> dict[str, Any]:
    """A story in which all held, but for ``other``."""
    at = iso(1_795_305_600_000)
    legs = [{"party": p, "ringing": at, "answered": at, "left": at} for p in EVERYBODY]
    marks = [{"code": code, "due": at, "fired": at} for code in ("A0", "B1", "B2")]
    return {
        "class": "EMERGENCY_MAJOR",
        "category": "E2.GAS",
        "legs": legs,
        "marks": marks,
        "heard": EVERYBODY,
        "ledger_ok": True,
        **other,
    }


def test_all_held() -> None:
    assert check(told()) == []


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ({"heard": {**EVERYBODY, "unit": ["agent"]}}, "not everybody heard everybody"),
        ({"class": "EMERGENCY_GENERAL"}, "classified as"),
        ({"marks": [{"code": "B1", "due": "a", "fired": "b"}]}, "marks B1 and B2"),
        ({"marks": [*told()["marks"], told()["marks"][2]]}, "marks B1 and B2 once each"),
        (
            {"marks": [*told()["marks"], {"code": "B3", "due": "b", "fired": "a"}]},
            "before they were due",
        ),
        ({"ledger_ok": False}, "does not verify"),
        (
            {"legs": [{"party": "unit", "ringing": "a", "answered": "b", "left": None}]},
            "the unit left at no time",
        ),
    ],
)
def test_what_did_not_hold_is_named(other: dict[str, Any], fault: str) -> None:
    (found,) = check(told(**other))
    assert fault in found


def test_instants_are_told_in_the_time_of_china() -> None:
    assert iso(1_795_305_600_123) == "2026-11-22T08:00:00.123+08:00"
    assert iso(None) is None
