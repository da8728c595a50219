"""An emergency taken on paper while the service was down, entered afterwards (Q-R1.2-01)."""

from typing import Any

import pytest

from dispatcher.core import events as e
from dispatcher.core.ids import CaseId, Rung
from dispatcher.testing.sample_rules import GAS, number
from tests.scenarios.world import REPORT, Story, World, ms

DAY = {"class": "EMERGENCY_MAJOR", "category": "E2.GAS", "district": "xuanzhou"}
FORM = {
    "form": "纸-0007",
    "accepted_by": "测试话务员",
    "township": "水阳镇",
    "address": "测试路1号",
    "text": "厨房有很浓的气味",
    "requester_number": "19900000001",
}


def ago(world: World, text: str) -> int:
    """An instant this long ago, as minutes and seconds."""
    return world.clock.now() - ms(text)


async def entered(world: World, **times: Any) -> Story:
    desk = world.agent()
    data = await desk.does("enter_paper", **{**DAY, **FORM, **times})
    case = Story(world, CaseId(data["case"]))
    if case.id in world.alive.hotline.cases:
        world.began = case.state.accepted_at
    return case


async def test_the_clocks_run_from_the_times_of_the_form(world: World) -> None:
    called, accepted, handed = ago(world, "4:00"), ago(world, "3:50"), ago(world, "3:20")
    case = await entered(
        world,
        called_at=called,
        accepted_at=accepted,
        handed_over_at=handed,
        acknowledged_at=ago(world, "3:00"),
        acknowledged_by="测试甲",
    )
    assert case.state.accepted_at == accepted
    assert case.state.entered_at == world.clock.now()
    assert case.state.source == "paper"
    assert case.state.clock is not None
    assert case.state.clock.basis_at == accepted
    lead = case.state.lead
    assert lead is not None
    assert (lead.unit, lead.handed_over_at, lead.clock.due_at) == (GAS, handed, handed + 600_000)
    assert lead.acknowledged_at == ago(world, "3:00")
    assert world.legs_rung == []
    assert case.alarms == set()
    (line,) = await case.all(e.PaperEntered)
    assert (line.form, line.called_at) == ("纸-0007", called)
    assert line.personal == e.PaperNames("测试话务员", "测试甲")
    await world.forward("1:40")  # five minutes since the hand-over: the first reminder
    assert [x.code for x in await case.all(e.MarkFired) if not x.on_paper] == ["B1"]
    await case.rings_true()


async def test_it_has_a_number_of_the_day_and_a_ledger_as_any_other(world: World) -> None:
    first = await world.agent().does(
        "enter_paper", **DAY, called_at=ago(world, "2:00"), accepted_at=ago(world, "1:00")
    )
    second = await world.agent().does("open_emergency", call=None, **DAY)
    assert int(second["number"][-6:]) == int(first["number"][-6:]) + 1


async def test_marks_that_had_passed_are_written_down_once_and_nobody_is_rung(
    world: World,
) -> None:
    case = await entered(
        world,
        called_at=ago(world, "26:00"),
        accepted_at=ago(world, "26:00"),
        handed_over_at=ago(world, "25:00"),
        acknowledged_at=ago(world, "24:30"),
    )
    fired = {x.code: x for x in await case.all(e.MarkFired) if "/a1/" in x.deadline}
    assert set(fired) == {"A0", "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8"}
    assert all(x.on_paper for x in fired.values())
    assert fired["B4"].late_by_ms == ms("15:00")
    assert world.legs_rung == []
    assert {x.code for x in await case.all(e.AssessmentNoted)} == {
        "LIMIT_PASSED",
        "EXT_LIMIT_PASSED",
    }
    assert len(await case.all(e.SupervisionOrderDrafted)) == 1
    assert {"MARK_B4", "MARK_B7", "CASE_LIMIT", "CASE_EXT_LIMIT"} <= case.alarms
    before = len(await case.all(e.MarkFired))
    await world.forward(1_000)
    assert len(await case.all(e.MarkFired)) == before
    await world.forward("5:00")
    assert world.legs_rung, "from then on it is reminded like any other"
    await case.rings_true()


async def test_a_form_with_its_report_stops_the_clocks_when_it_was_given(world: World) -> None:
    reported = ago(world, "9:30")
    case = await entered(
        world,
        called_at=ago(world, "20:00"),
        accepted_at=ago(world, "20:00"),
        handed_over_at=ago(world, "19:00"),
        acknowledged_at=ago(world, "18:30"),
        reported_at=reported,
        next_report_at=world.clock.now() + 600_000,
        **REPORT,
    )
    lead = case.state.lead
    assert lead is not None
    assert (lead.state, lead.clock.stopped_at) == ("reported", reported)
    assert case.state.clock is not None
    assert case.state.clock.stopped_at == reported
    assert await case.marks() == dict.fromkeys(["A0", "B1", "B2", "B3"], "20:00")
    assert case.alarms == set()
    assert await case.all(e.AssessmentNoted) == []
    await world.forward("30:00")
    assert world.legs_rung == []
    await case.rings_true()


async def test_a_report_at_the_very_limit_is_in_time_and_one_after_it_is_late(
    world: World,
) -> None:
    handed = ago(world, "12:00")
    for reported, late in ((handed + 600_000, False), (handed + 600_001, True)):
        case = await entered(
            world,
            called_at=handed,
            accepted_at=handed,
            handed_over_at=handed,
            reported_at=reported,
            next_report_at=world.clock.now() + 600_000,
            **REPORT,
        )
        assert ("B4" in await case.marks()) is late
        assert [x.code for x in await case.all(e.AssessmentNoted)] == ["LIMIT_PASSED"] * late
        assert case.state.assignments[case.assignment()].acknowledged_how == "report"


async def test_an_incomplete_report_leaves_the_clock_running_and_rings_nobody(
    world: World,
) -> None:
    case = await entered(
        world,
        called_at=ago(world, "12:00"),
        accepted_at=ago(world, "12:00"),
        handed_over_at=ago(world, "12:00"),
        reported_at=ago(world, "11:00"),
        situation="正在联系处理中",
    )
    assert case.state.lead is not None
    assert case.state.lead.clock.running
    assert "MARK_B4" in case.alarms
    assert world.legs_rung == []


async def test_a_unit_that_has_not_accepted_is_rung_once_where_the_ladder_stands(
    world: World,
) -> None:
    case = await entered(
        world,
        called_at=ago(world, "2:30"),
        accepted_at=ago(world, "2:30"),
        handed_over_at=ago(world, "2:10"),
        calls=[
            {"called_at": ago(world, "2:10"), "name": "值班室", "number": "1", "reached": False}
        ],
    )
    assert [x.number for x in world.legs_rung] == [number(GAS, Rung.DEPUTY)]
    fired = {x.code: x.on_paper for x in await case.all(e.MarkFired)}
    assert fired == {"A0": True, "A1": True, "A2": False, "NOT_DELIVERED": True}
    assert "LADDER_A2" in case.alarms
    assert "NOT_DELIVERED" not in case.alarms


async def test_who_was_called_and_when_is_kept(world: World) -> None:
    first, second = ago(world, "3:30"), ago(world, "3:10")
    case = await entered(
        world,
        called_at=ago(world, "4:00"),
        accepted_at=ago(world, "4:00"),
        handed_over_at=first,
        calls=[
            {"called_at": first, "name": "值班室", "number": "05635550110", "reached": False},
            {"called_at": second, "name": "测试乙"},
        ],
        acknowledged_at=ago(world, "3:00"),
    )
    calls = await case.all(e.PaperCalled)
    assert [(x.called_at, x.reached) for x in calls] == [(first, False), (second, True)]
    assert calls[1].personal is not None
    assert calls[1].personal.name == "测试乙"
    assert case.state.lead is not None
    assert case.state.lead.delivered_at == second


async def test_a_form_without_a_hand_over_is_handed_over_now(world: World) -> None:
    case = await entered(world, called_at=ago(world, "0:40"), accepted_at=ago(world, "0:30"))
    assert case.state.state == "accepted"
    assert world.legs_rung == []
    await world.agent().does("hand_over_by_route", case=case.id)
    assert world.legs_rung[0].number == number(GAS, Rung.DUTY)


async def test_late_without_a_hand_over_the_shift_leader_is_told(world: World) -> None:
    case = await entered(world, called_at=ago(world, "2:40"), accepted_at=ago(world, "2:30"))
    assert case.alarms == {"HANDOVER_SLOW"}


GOOD = {"called": "5:00", "accepted": "4:30", "handed_over": "4:00"}


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"called": "-0:01"}, "PAPER_FUTURE", "called_at"),
        ({"accepted": "-0:01"}, "PAPER_FUTURE", "accepted_at"),
        ({"handed_over": "-10:00"}, "PAPER_FUTURE", "handed_over_at"),
        ({"acknowledged": "-0:01"}, "PAPER_FUTURE", "acknowledged_at"),
        ({"reported": "-0:01"}, "PAPER_FUTURE", "reported_at"),
        ({"accepted": "5:01"}, "PAPER_ORDER", "accepted_at"),
        ({"handed_over": "4:31"}, "PAPER_ORDER", "handed_over_at"),
        ({"acknowledged": "4:01"}, "PAPER_ORDER", "acknowledged_at"),
        ({"reported": "4:01"}, "PAPER_ORDER", "reported_at"),
        ({"acknowledged": "3:00", "reported": "3:01"}, "PAPER_ORDER", "reported_at"),
        ({"handed_over": None, "acknowledged": "3:00"}, "PAPER_ORDER", "handed_over_at"),
        ({"handed_over": None, "reported": "3:00"}, "PAPER_ORDER", "handed_over_at"),
    ],
)
async def test_times_that_cannot_be_are_refused_with_place_and_reason(
    world: World, changed: dict[str, str | None], code: str, field: str
) -> None:
    wanted = {**GOOD, **changed}
    times = {f"{k}_at": ago(world, v.lstrip("-")) for k, v in wanted.items() if v is not None}
    for name, text in wanted.items():
        if text is not None and text.startswith("-"):
            times[f"{name}_at"] = world.clock.now() + ms(text[1:])
    result = await world.agent().asks("enter_paper", **DAY, **times)
    assert (result.ok, result.code, result.field) == (False, code, field)
    assert result.message_zh.endswith(("请核对日期和时间", "请核对表上的时间", "必须填写交办时间"))
    assert world.alive.hotline.cases == {}


@pytest.mark.parametrize(
    ("call", "code"),
    [("-0:01", "PAPER_FUTURE"), ("4:31", "PAPER_ORDER")],
)
async def test_a_call_of_the_form_has_its_time_checked_too(
    world: World, call: str, code: str
) -> None:
    at = world.clock.now() + ms(call[1:]) if call[0] == "-" else ago(world, call)
    times = {f"{k}_at": ago(world, v) for k, v in GOOD.items()}
    calls = [{"called_at": ago(world, "4:00")}, {"called_at": at}]
    result = await world.agent().asks("enter_paper", **DAY, **times, calls=calls)
    assert (result.code, result.field) == (code, "calls[1].called_at")


async def test_what_is_no_emergency_or_no_unit_is_refused(world: World) -> None:
    times = {f"{k}_at": ago(world, v) for k, v in GOOD.items()}
    desk = world.agent()
    ordinary = {**DAY, "class": "ORDINARY"}
    assert await desk.is_refused("enter_paper", **ordinary, **times) == "NOT_EMERGENCY"
    assert await desk.is_refused("enter_paper", **DAY, **times, unit="nobody") == "NO_SUCH_UNIT"


async def test_a_restart_shows_the_same_case(world: World) -> None:
    case = await entered(
        world,
        called_at=ago(world, "4:00"),
        accepted_at=ago(world, "4:00"),
        handed_over_at=ago(world, "3:30"),
        acknowledged_at=ago(world, "3:00"),
    )
    before = case.state
    await world.crash()
    await world.start()
    assert case.state == before
    await case.rings_true()
