"""A line's leg, fact by fact, in every order in which the PBX may tell them."""

import itertools
from typing import Any

import pytest

from dispatcher.core import commands as c
from dispatcher.core import events as e
from dispatcher.core import facts as f
from dispatcher.core.effects import ConveneRoom, JoinRoom, RingContact
from dispatcher.core.engine import Failed
from dispatcher.core.ids import CallId, CaseClass, CaseId, ChannelId, LegId, leg_id
from dispatcher.core.lines import was_linked
from tests.unit.core.drive import AGENT, CALLER, CASE, Drive

LEG = leg_id(CASE, 1)
OTHER = CaseId("01HYYYYYYYYYYYYYYYYYYYYYYY")


def press(line: str = "119", case: CaseId = CASE, **more: Any) -> c.CallLine:
    return c.CallLine(case, line, CallId(CALLER), "20261122-000001", **more)


def pressed() -> Drive:
    drive = Drive()
    drive.call()
    drive.give(press())
    return drive


def linked(drive: Drive) -> list[str]:
    return [x.event.line for x in drive.ledger[CASE] if isinstance(x.event, e.LineLinked)]


def both_in_the_room(drive: Drive) -> None:
    drive.give(f.RoomJoined(CASE, CALLER))
    drive.give(f.RoomJoined(CASE, AGENT))


def test_one_decision_opens_convenes_and_rings() -> None:
    drive = Drive()
    drive.call()
    (decision,) = drive.give(press())
    kinds = [type(x) for x in decision.effects]
    assert kinds == [ConveneRoom, RingContact]
    ring = decision.effects[1]
    assert isinstance(ring, RingContact)
    assert (ring.number, ring.mode, ring.leg) == ("119", "voice", LEG)
    assert [type(x.event) for x in decision.events[:2]] == [e.CaseAccepted, e.DeadlineStarted]


@pytest.mark.parametrize(
    ("case_class", "category", "opened"),
    [
        (None, None, ("EMERGENCY_MAJOR", "E2.OTHER")),
        (CaseClass.ORDINARY, None, ("EMERGENCY_MAJOR", "E2.OTHER")),
        (CaseClass.CONSULT, "E1.WATER", ("EMERGENCY_MAJOR", "E2.OTHER")),
        (CaseClass.EMERGENCY_MAJOR, None, ("EMERGENCY_MAJOR", "E2.OTHER")),
        (CaseClass.EMERGENCY_MAJOR, "E2.GAS", ("EMERGENCY_MAJOR", "E2.GAS")),
        (CaseClass.EMERGENCY_GENERAL, "E1.WATER", ("EMERGENCY_GENERAL", "E1.WATER")),
        (CaseClass.EMERGENCY_GENERAL, None, ("EMERGENCY_GENERAL", None)),
    ],
)
def test_the_class_of_the_case_it_opens(
    case_class: CaseClass | None, category: str | None, opened: tuple[str, str | None]
) -> None:
    drive = Drive()
    drive.call()
    drive.give(press(case_class=case_class, category=category))
    assert (drive.case.case_class.value, drive.case.category) == opened


@pytest.mark.parametrize(
    "order", list(itertools.permutations(["ringing", "answered", "joined"])), ids="-".join
)
def test_however_the_facts_come_the_line_is_linked_once(order: tuple[str, ...]) -> None:
    drive = pressed()
    both_in_the_room(drive)
    told = {
        "ringing": f.LegRinging(LEG),
        "answered": f.LegAnswered(LEG),
        "joined": f.RoomJoined(CASE, ChannelId(LEG)),
    }
    for name in order:
        drive.give(told[name])
        drive.give(told[name])
    assert linked(drive) == ["119"]
    assert was_linked(drive.handover)
    joins = [x for x in drive.effects if isinstance(x, JoinRoom)]
    assert len(joins) == (order.index("answered") < order.index("joined"))


def test_the_dialplan_joined_it_by_itself() -> None:
    drive = pressed()
    both_in_the_room(drive)
    drive.give(f.LegSelfJoined(LEG))
    drive.give(f.RoomJoined(CASE, ChannelId(LEG)))
    assert linked(drive) == ["119"]


def test_a_key_pressed_at_the_centre_means_nothing() -> None:
    drive = pressed()
    drive.give(f.LegAnswered(LEG))
    before = len(drive.ledger[CASE])
    for key in "123459":
        drive.give(f.LegKey(LEG, key))
    assert len(drive.ledger[CASE]) == before


@pytest.mark.parametrize("outcome", list(f.LegOutcome))
def test_whatever_ends_it_the_agent_is_told_unless_we_did(outcome: f.LegOutcome) -> None:
    drive = pressed()
    both_in_the_room(drive)
    drive.give(f.LegRinging(LEG))
    drive.give(f.LegEnded(LEG, outcome))
    told = [x for x in drive.case.alarms if x.kind == "LINE_119"]
    assert len(told) == (outcome is not f.LegOutcome.RELEASED)
    assert drive.handover.requester_at == drive.handover.agent_at == "room"
    drive.give(press())
    assert drive.case.alarms == ()
    assert leg_id(CASE, 2) in drive.handover.legs


def test_an_attempt_that_failed_is_not_repeated_by_itself() -> None:
    drive = pressed()
    ring = next(x for x in drive.effects if isinstance(x, RingContact))
    drive.give(Failed(CASE, ring, "failed", "refused"))
    drive.wait(59_000)
    assert len([x for x in drive.effects if isinstance(x, RingContact)]) == 1
    assert [x.kind for x in drive.case.alarms] == ["LINE_119"]


def test_a_call_whose_case_is_open_goes_by_that_case() -> None:
    drive = Drive()
    drive.call()
    drive.open()
    drive.give(press(case=OTHER))
    assert OTHER not in drive.hotline.cases
    assert [x.purpose for x in drive.handover.legs.values()].count("line") == 1


def test_it_survives_a_restart_from_the_stored_row() -> None:
    drive = pressed()
    both_in_the_room(drive)
    drive.give(f.LegAnswered(LEG))
    drive.restart()
    assert drive.handover.legs[LegId(LEG)].purpose == "line"
    drive.give(f.LegEnded(LEG, f.LegOutcome.NETWORK))
    assert [x.kind for x in drive.case.alarms] == ["LINE_119"]


def test_a_closed_case_rings_no_line() -> None:
    drive = pressed()
    drive.give(c.CloseCase(CASE, "误按"))
    assert drive.refused(c.CallLine(CASE, "120")) in ("CASE_CLOSED", "NO_SUCH_CASE")
