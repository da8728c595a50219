"""What screens and rows hold, personal data present or destroyed."""

from dataclasses import replace
from typing import Any

import msgspec

from dispatcher import snapshots
from dispatcher.core import commands as c
from dispatcher.core import events as e
from dispatcher.core import facts as f
from dispatcher.core.ids import CallId, CaseClass
from dispatcher.core.views import case_view, clock_view, directory_view

from .drive import AGENT, CALLER, CASE, Drive


def lived() -> Drive:
    """A case with a call, legs, a report and a clock that has been through its limit."""
    drive = Drive()
    drive.call()
    drive.open(address="测试路1号", text="气味很浓", requester_name="测试甲")
    drive.give(f.RoomJoined(CASE, CALLER))
    drive.give(f.LegKey(drive.rung[0].leg, "1"))
    drive.give(f.LegEnded(drive.rung[1].leg, f.LegOutcome.RELEASED))
    drive.wait(700_000)
    drive.give(c.TakeReport(CASE, drive.assignment().id, "甲", "关阀", "已到", "稳定", 1))
    drive.give(f.ChannelEnded(CALLER))
    drive.give(f.ChannelEnded(AGENT))
    return drive


def test_a_view_is_plain_data_and_complete() -> None:
    drive = lived()
    view = case_view(drive.case, drive.handover, drive.hotline.rules)
    assert msgspec.json.decode(msgspec.json.encode(view)) == view
    assert view["requester"] == {"number": "19900000001", "name": "测试甲", "anonymous": False}
    assert (view["address"], view["category_name"]) == ("测试路1号", "燃气泄漏")
    [unit] = view["assignments"]
    assert unit["clock"]["state"] == "stopped"
    assert unit["clock"]["stopped_at"] - unit["clock"]["due_at"] == 100_000
    assert [m["code"] for m in unit["clock"]["marks"]] == ["A0", "B1", "B2", "B3", "B4"]
    assert unit["feedback"][0]["situation"] == "稳定"
    assert {leg["state"] for leg in view["call"]["legs"]} >= {"joining", "ended"}


def test_after_erasure_everything_still_folds_and_shows() -> None:
    """Personal parts read as None then; nothing else may change."""
    drive = lived()
    drive.restart()
    erased = [_without_personal(x) for x in drive.ledger[CASE]]
    row = snapshots.fold(erased)
    case, handover = snapshots.restore(row)
    assert row.requester_number == ""
    assert (case.state, case.clock, case.seq) == (
        drive.case.state,
        drive.case.clock,
        drive.case.seq,
    )
    view = case_view(case, handover, drive.hotline.rules)
    assert view["address"] == view["text"] == view["requester"]["number"] == ""
    assert {leg["number"] for leg in view["call"]["legs"]} == {""}
    assert view["assignments"][0]["feedback"][0]["who_responds"] == ""


def _without_personal(recorded: e.CaseEvent) -> e.CaseEvent:
    if not hasattr(recorded.event, "personal"):
        return recorded
    blank: dict[str, Any] = {"personal": None}
    return replace(recorded, event=replace(recorded.event, **blank))


def test_an_ordinary_case_has_no_clock() -> None:
    drive = Drive()
    drive.call()
    drive.give(
        c.RecordCall(CASE, "20261122-000001", CallId(CALLER), CaseClass.ORDINARY, "路灯不亮", False)
    )
    view = case_view(drive.case, None, drive.hotline.rules)
    assert (view["clock"], view["least_due_at"], view["call"]) == (None, None, None)
    assert view["state"] == "accepted"
    assert clock_view(None, None) is None


def test_the_directory_lists_units_categories_and_advice() -> None:
    view = directory_view(Drive().hotline.rules)
    assert {u["id"] for u in view["units"]} >= {"gas", "lift", "water"}
    assert view["advice"]["E2.GAS"]
    assert view["links"]["E2.GAS"] == ["119"]
    assert len(view["categories"]) == 12
