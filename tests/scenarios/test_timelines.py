"""The acceptance timelines of the regulation. Times are readings of the unit's clock."""

import pytest

from dispatcher.core import events as e
from dispatcher.core.effects import NotifyDesk, RingContact
from dispatcher.core.ids import Rung
from dispatcher.ports import Frame
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS, OPEN_GOV, WATER

from .world import Story, World


@pytest.fixture(params=["memory", "sqlite"])
def store_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def opened(world: World, category: str = "E2.GAS") -> Story:
    await world.caller()
    await world.agent().answers()
    return await world.agent().opens(category)


def notices(world: World) -> list[Frame]:
    return [frame for frame in world.frames if frame.kind == "notice"]


async def test_tv01_accepted_at_once_and_reported_in_time(world: World) -> None:
    world.unit(GAS, Rung.DUTY, Behaviour.presses("1", after_s=5, answer_after_s=15))
    case = await opened(world)
    await world.clock_at("0:21")
    assert case.room == {"19900000001", "agent1", world.phones.rings()[0].number}
    await world.clock_at("8:30")
    await case.reports(world.agent())
    clock = case.state.assignments[case.assignment()].clock
    assert (clock.due_at - (clock.stopped_at or 0), case.state.state) == (90_000, "in_progress")
    await world.forward("60:00")
    assert await case.marks() == {"A0": "0:00", "B1": "5:00", "B2": "7:00"}
    assert case.alarms == set()


async def test_tv02_the_second_rung_accepts(world: World) -> None:
    world.nobody_answers(GAS)
    world.unit(GAS, Rung.HANDLER, Behaviour.presses("1", after_s=5, answer_after_s=10))
    case = await opened(world)
    await world.clock_at("1:15")
    await world.clock_at("4:00")
    marks = await case.marks()
    assert marks == {"A0": "0:00", "A1": "1:00"}
    assigned = case.state.assignments[case.assignment()]
    assert world.reading(assigned.acknowledged_at or 0) == "1:15"
    assert assigned.acknowledged_by == "gas:2:1"


async def test_tv03_nobody_answers(world: World) -> None:
    world.nobody_answers(GAS)
    case = await opened(world)
    await world.clock_at("24:59")
    assert await case.marks() == {
        "A0": "0:00",
        "A1": "1:00",
        "A2": "2:00",
        "A3": "3:00",
        "A4": "4:00",
        "B1": "5:00",
        "B2": "7:00",
        "B3": "9:00",
        "B4": "10:00",
        "B5": "15:00",
        "B6": "18:00",
        "B7": "20:00",
    }
    assert len(await case.all(e.SupervisionOrderDrafted)) == 1
    assert [x.code for x in await case.all(e.AssessmentNoted)] == [
        "LIMIT_PASSED",
        "EXT_LIMIT_PASSED",
    ]
    await world.clock_at("30:00")
    marks = await case.marks()
    assert (marks["B8"], marks["B8#1"]) == ("25:00", "30:00")
    assert len(await case.all(e.SupervisionOrderDrafted)) == 1
    # Everybody is tried again and again, nobody more often than once a minute.
    assert world.dialled_twice() == []
    assert world.rings(GAS, Rung.DUTY)[:3] == ["0:00", "1:00", "2:00"]
    assert len(world.rings(GAS, Rung.HEAD)) > 20
    assert world.rings(OPEN_GOV, Rung.DUTY)[0] == "4:00"


async def test_tv03_repeats_become_hourly_after_six(world: World) -> None:
    case = await opened(world)
    await world.clock_at("180:00")
    repeats = {k: v for k, v in (await case.marks()).items() if k.startswith("B8")}
    assert list(repeats.values())[:8] == [
        "25:00",
        "30:00",
        "35:00",
        "40:00",
        "45:00",
        "50:00",
        "110:00",
        "170:00",
    ]


async def test_tv07_a_perfunctory_report_stops_nothing(world: World) -> None:
    world.unit(GAS, Rung.DUTY, Behaviour.presses("1", after_s=2))
    case = await opened(world)
    desk = world.agent()
    await world.clock_at("6:00")
    await case.reports(desk, action_taken="正在联系处理中", situation="正在联系处理中。")
    await world.clock_at("6:30")
    feedback = case.state.assignments[case.assignment()].feedback[0]
    assert feedback.objection == "PERFUNCTORY:正在联系处理中"
    args = {"case": case.id, "assignment": case.assignment(), "feedback": feedback.id}
    assert await desk.is_refused("accept_report", **args) == "PERFUNCTORY"
    await desk.does("reject_report", **args, code="PERFUNCTORY", reason="敷衍")
    await world.clock_at("10:40")
    await case.reports(desk)
    clock = case.state.assignments[case.assignment()].clock
    assert (clock.stopped_at or 0) - clock.due_at == 40_000
    assert list(await case.marks()) == ["A0", "B1", "B2", "B3", "B4"]
    assert (await case.late())["B4"] == 0
    assert case.state.state == "in_progress"


async def test_tv09_upgrade_at_nine_minutes_keeps_the_limit(world: World) -> None:
    case = await opened(world, "E1.WATER")
    world.unit(WATER, Rung.DUTY, Behaviour.presses("1"))
    await world.clock_at("9:00")
    await world.agent().does(
        "reclassify",
        **{"case": case.id, "class": "EMERGENCY_MAJOR", "category": "E2.OTHER", "reason": "塌陷"},
    )
    clock = case.state.assignments[case.assignment()].clock
    assert (world.reading(clock.due_at), world.reading(clock.ceiling_at)) == ("15:00", "29:00")
    assert (clock.version, world.reading(clock.basis_at)) == (2, "0:00")


async def test_tv09_upgrade_at_two_minutes_shortens_it(world: World) -> None:
    world.unit(WATER, Rung.DUTY, Behaviour.presses("1"))
    case = await opened(world, "E1.WATER")
    await world.clock_at("2:00")
    await world.agent().does(
        "reclassify",
        **{"case": case.id, "class": "EMERGENCY_MAJOR", "category": "E2.OTHER", "reason": "塌陷"},
    )
    clock = case.state.assignments[case.assignment()].clock
    assert (world.reading(clock.due_at), world.reading(clock.ceiling_at)) == ("12:00", "22:00")
    await world.clock_at("12:00")
    assert await case.marks() == {
        "A0": "0:00",
        "B1": "6:00",
        "B2": "8:24",
        "B3": "10:48",
        "B4": "12:00",
    }


async def test_an_upgrade_fires_at_once_what_it_puts_into_the_past(world: World) -> None:
    world.unit(WATER, Rung.DUTY, Behaviour.presses("1"))
    case = await opened(world, "E1.WATER")
    await world.clock_at("7:15")
    await world.agent().does(
        "reclassify",
        **{"case": case.id, "class": "EMERGENCY_MAJOR", "category": "E2.OTHER", "reason": "塌陷"},
    )
    # Due 15:00 as before: half of it is at 7:30, nothing is past yet.
    assert "B1" not in await case.marks()
    assert (
        await world.agent().is_refused(
            "reclassify",
            **{
                "case": case.id,
                "class": "EMERGENCY_GENERAL",
                "category": "E1.WATER",
                "reason": "x",
            },
        )
        == "SUPERVISOR_ONLY"
    )


async def test_tv14_crash_and_restart(world: World) -> None:
    world.unit(GAS, Rung.DUTY, Behaviour.presses("1", after_s=2))
    case = await opened(world)
    await world.clock_at("9:30")
    rung_before = len(world.legs_rung)
    await world.crash()
    await world.clock_at("10:40")
    world.frames.clear()
    await world.start()
    marks = await case.marks()
    assert marks["B4"] == "10:40"
    assert (await case.late())["B4"] == 40_000
    fired = [x.code for x in await case.all(e.MarkFired) if x.deadline.endswith("/clock")]
    assert fired == ["A0", "B1", "B2", "B3", "B4"]
    # One message for each recipient: the office on its screen, the head by telephone.
    assert [n.data["role"] for n in notices(world)] == ["open_gov"]
    assert len([x for x in await case.all(e.Notified) if x.about == "B4"]) == 1
    after = [r for r in world.legs_rung[rung_before:] if isinstance(r, RingContact)]
    assert [r.number for r in after] == [world.phones.rings()[-1].number]
    assert world.rings(GAS, Rung.HEAD) == ["10:40"]
    assert not world.performed(NotifyDesk)


async def test_tv14_what_was_missed_comes_in_the_order_of_its_due_time(world: World) -> None:
    case = await opened(world)
    await world.clock_at("0:30")
    await world.crash()
    await world.clock_at("41:00")
    await world.start()
    fired = [(x.code, x.due_at) for x in await case.all(e.MarkFired)]
    assert [at for _, at in fired] == sorted(at for _, at in fired)
    assert [code for code, _ in fired if code == "B8"] == ["B8"]
    assert "CASE_EXT_LIMIT" in [code for code, _ in fired]
    await world.clock_at("45:00")
    assert (await case.marks())["B8#4"] == "45:00"
