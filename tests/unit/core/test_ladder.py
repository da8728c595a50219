"""Whom each step and mark calls, and in which order numbers are tried."""

from dataclasses import replace

import pytest

from dispatcher.core.assignment import Assignment
from dispatcher.core.deadline import Deadline
from dispatcher.core.ids import AssignmentId, ContactId, DeadlineId, Means, Role, Rung
from dispatcher.core.ladder import mark_contacts, step_contacts, steps_due
from dispatcher.core.roster import find_contact, first_answerers, numbers_in_order, on_duty
from dispatcher.core.routing import propose
from dispatcher.core.rules import DutyContact, OfficeHours, PhoneNumber, Policy, RosterEntry
from dispatcher.testing.sample_rules import GAS, GENERAL, MAJOR, sample_rules

RULES = sample_rules(assisting=True)
CLOCK = Deadline(DeadlineId("c/a1/clock"), AssignmentId("c/a1"), 0, 600_000, 1_200_000)
ASSIGNED = Assignment(
    AssignmentId("c/a1"), GAS, "测试燃气公司", Role.LEAD, Means.THREE_WAY, 0, CLOCK
)


@pytest.mark.parametrize(
    ("step", "contacts"),
    [
        ("A0", ["gas:duty", "gas:1:1"]),
        ("A1", ["gas:2:1"]),
        ("A2", ["gas:3:1"]),
        ("A3", ["gas:4:1"]),
        ("A4", ["open_gov:duty"]),
    ],
)
def test_ladder_a(step: str, contacts: list[str]) -> None:
    assert [x.id for x in step_contacts(RULES, ASSIGNED, step, 0)] == contacts


@pytest.mark.parametrize(
    ("mark", "contacts"),
    [
        ("B1", ["gas:1:1", "gas:2:1"]),
        ("B2", ["gas:1:1", "gas:2:1"]),
        ("B3", ["gas:3:1"]),
        ("B4", ["gas:4:1"]),
        ("B5", ["gas:4:1"]),
        ("B6", ["gas:4:1"]),
        ("B7", ["open_gov:duty"]),
        ("B8", ["gas:4:1", "open_gov:duty"]),
    ],
)
def test_ladder_b_while_nobody_has_accepted(mark: str, contacts: list[str]) -> None:
    assert [x.id for x in mark_contacts(RULES, ASSIGNED, mark, 0)] == contacts


def test_b1_reminds_whoever_accepted() -> None:
    held = replace(ASSIGNED, acknowledged_at=1, acknowledged_by=ContactId("gas:duty"))
    assert [x.id for x in mark_contacts(RULES, held, "B1", 0)] == ["gas:duty"]


@pytest.mark.parametrize(
    ("policy", "seconds"), [(MAJOR, [0, 60, 120, 180, 240]), (GENERAL, [0, 90, 180, 300, 420])]
)
def test_when_the_steps_are_due(policy: Policy, seconds: list[int]) -> None:
    due = steps_due(replace(ASSIGNED, delivered_at=0), policy, 10**9)
    assert [m.at // 1000 for m in due] == seconds


def test_nothing_is_due_once_accepted_or_stopped() -> None:
    assert steps_due(replace(ASSIGNED, acknowledged_at=1), MAJOR, 10**9) == []
    stopped = replace(ASSIGNED, clock=replace(CLOCK, stopped_at=1))
    assert steps_due(stopped, MAJOR, 10**9) == []


def test_a_roster_entry_replaces_the_first_rung_while_it_covers_now() -> None:
    night = DutyContact(
        ContactId("gas:night"), GAS, Rung.LIAISON, "测试夜班", "", (PhoneNumber("19900009999"),)
    )
    rules = replace(RULES, roster=(RosterEntry(GAS, 100, 200, "duty_first", night),))
    for now, expected in (
        (99, "gas:1:1"),
        (100, "gas:night"),
        (199, "gas:night"),
        (200, "gas:1:1"),
    ):
        assert [x.id for x in on_duty(rules, GAS, Rung.LIAISON, now)] == [expected]
    assert [x.id for x in first_answerers(rules, GAS, 150)] == ["gas:duty", "gas:night"]
    assert find_contact(rules, ContactId("gas:night")) == night


@pytest.mark.parametrize(
    ("hour", "first"),
    [(7, "mobile"), (9, "office"), (12, "mobile"), (15, "office"), (18, "mobile")],
)
def test_the_office_phone_comes_first_in_office_hours(hour: int, first: str) -> None:
    office, mobile = PhoneNumber("05635550000", office=True), PhoneNumber("19900000000")
    person = DutyContact(ContactId("x"), GAS, Rung.HANDLER, "", "", (mobile, office))
    hours = OfficeHours()
    now = hour * 3_600_000 - hours.utc_offset_ms
    expected = office if first == "office" else mobile
    assert numbers_in_order(person, hours, now)[0] is expected


def test_routes_propose_lead_and_helpers_or_the_bureau() -> None:
    gas = propose(RULES, "E2.GAS", "xuanzhou")
    assert (gas.lead, gas.others, gas.matched) == ("gas", (("housing", Role.ASSISTING),), True)
    other = propose(RULES, "E2.OTHER", None)
    assert (other.lead, other.matched) == ("bureau", False)
    nobody = propose(replace(RULES, offices={}), None, None)
    assert (nobody.lead, nobody.matched) == (None, False)
