"""Reports around the limit (AMB-05), and by the keys of the brief."""

from dispatcher.core import events as e
from dispatcher.core.ids import Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS, number

from .world import Story, World


async def accepted(world: World) -> Story:
    world.unit(GAS, Rung.DUTY, Behaviour.presses("1", after_s=2))
    await world.caller()
    await world.agent().answers()
    case = await world.agent().opens("E2.GAS")
    await world.clock_at("0:10")
    return case


async def leaves_the_desk_free(world: World, case: Story) -> None:
    """Caller and agent have finished; the unit went to work."""
    await world.clock_at("0:30")
    await world.unit_leaves(GAS, Rung.DUTY)
    await world.agent().does("end_conversation", case=case.id)
    await world.forward("0:10")


async def test_a_report_being_given_at_the_limit_holds_it(world: World) -> None:
    case = await accepted(world)
    desk = world.agent()
    await world.clock_at("9:50")
    await desk.does("begin_report", case=case.id, assignment=case.assignment())
    await world.clock_at("10:00")
    limit = [x for x in await case.all(e.MarkFired) if x.code == "B4"]
    assert [x.held for x in limit] == [True]
    assert "LIMIT_HELD" in case.alarms
    assert await case.all(e.AssessmentNoted) == []
    await world.clock_at("10:30")
    await case.reports(desk)
    clock = case.state.assignments[case.assignment()].clock
    assert world.reading(clock.stopped_at or 0) == "9:50"
    await world.clock_at("20:00")
    assert [x.ordinal for x in await case.all(e.MarkFired) if x.code == "B4"] == [0]
    assert await case.all(e.AssessmentNoted) == []
    assert case.alarms == set()


async def test_a_held_limit_takes_effect_after_five_minutes(world: World) -> None:
    case = await accepted(world)
    await world.clock_at("9:50")
    await world.agent().does("begin_report", case=case.id, assignment=case.assignment())
    await world.clock_at("15:00")
    limit = [x for x in await case.all(e.MarkFired) if x.code == "B4"]
    assert [(x.ordinal, x.held, x.late_by_ms) for x in limit] == [
        (0, True, 0),
        (1, False, 300_000),
    ]
    assert [x.code for x in await case.all(e.AssessmentNoted)] == ["LIMIT_PASSED"]
    assert "LIMIT_HELD" not in case.alarms
    assert "MARK_B4" in case.alarms


async def test_a_held_limit_takes_effect_when_the_report_is_rejected(world: World) -> None:
    case = await accepted(world)
    desk = world.agent()
    await world.clock_at("9:58")
    await desk.does("begin_report", case=case.id, assignment=case.assignment())
    await world.clock_at("10:20")
    await case.reports(desk, arrival="")
    feedback = case.state.assignments[case.assignment()].feedback[0]
    assert (feedback.objection, world.reading(feedback.received_at)) == (
        "INCOMPLETE:arrival",
        "9:58",
    )
    assert "LIMIT_HELD" in case.alarms
    await desk.does(
        "reject_report",
        case=case.id,
        assignment=case.assignment(),
        feedback=feedback.id,
        code="INCOMPLETE",
    )
    limit = [x for x in await case.all(e.MarkFired) if x.code == "B4"]
    assert [(x.held, x.late_by_ms) for x in limit] == [(True, 0), (False, 20_000)]


async def test_completing_a_report_begun_in_time_is_in_time(world: World) -> None:
    case = await accepted(world)
    desk = world.agent()
    await world.clock_at("9:58")
    await desk.does("begin_report", case=case.id, assignment=case.assignment())
    await world.clock_at("10:20")
    await case.reports(desk, arrival="")
    await world.clock_at("11:00")
    await case.reports(desk)
    clock = case.state.assignments[case.assignment()].clock
    assert world.reading(clock.stopped_at or 0) == "9:58"
    assert await case.all(e.AssessmentNoted) == []


async def test_a_phrase_typed_at_the_limit_then_a_late_report_is_late(world: World) -> None:
    case = await accepted(world)
    desk = world.agent()
    await world.clock_at("9:58")
    await desk.does("begin_report", case=case.id, assignment=case.assignment())
    await world.clock_at("10:10")
    await case.reports(desk, action_taken="已解释", situation="已解释")
    await world.clock_at("11:00")
    await case.reports(desk)
    clock = case.state.assignments[case.assignment()].clock
    assert world.reading(clock.stopped_at or 0) == "11:00"
    assert [x.code for x in await case.all(e.AssessmentNoted)] == ["LIMIT_PASSED"]


async def test_a_report_exactly_at_the_limit_is_in_time(world: World) -> None:
    case = await accepted(world)
    await world.clock_at(599_999)
    world.clock.jump_to(world.began + 600_000)
    await case.reports(world.agent())
    assert "B4" not in await case.marks()


async def test_begun_twice_counts_from_the_first_time(world: World) -> None:
    case = await accepted(world)
    desk = world.agent()
    for at in ("9:50", "10:10"):
        await world.clock_at(at)
        await desk.does("begin_report", case=case.id, assignment=case.assignment())
    await case.reports(desk)
    clock = case.state.assignments[case.assignment()].clock
    assert world.reading(clock.stopped_at or 0) == "9:50"


async def test_a_unit_that_calls_in_reports_from_its_answer_on(world: World) -> None:
    case = await accepted(world)
    await leaves_the_desk_free(world, case)
    await world.clock_at("9:55")
    call = await world.caller(number(GAS, Rung.DUTY))
    assert call.leg is not None
    world.phones.units.press(call.leg, "0")
    await world.settle()
    ringing = next(p for p in ("agent1", "agent2") if world.phones.agent(p).state == "ringing")
    await world.agent(ringing).answers()
    shown = [f.data for f in world.frames if f.kind == "call" and f.key == call.call][-1]
    assert shown["unit_match"]["cases"][0]["case"] == case.id
    await world.clock_at("10:30")
    await case.reports(world.agent(ringing))
    clock = case.state.assignments[case.assignment()].clock
    assert world.reading(clock.stopped_at or 0) == "9:55"


async def test_an_accepted_report_may_be_rejected_for_five_minutes(world: World) -> None:
    case = await accepted(world)
    desk = world.agent()
    await world.clock_at("4:00")
    await case.reports(desk)
    feedback = case.state.assignments[case.assignment()].feedback[0]
    args = {"case": case.id, "assignment": case.assignment(), "feedback": feedback.id}
    await world.clock_at("8:00")
    await desk.does("reject_report", **args, code="NO_EVIDENCE")
    # The clock runs on from its basis: what fell due meanwhile comes now, with its lateness.
    assert await case.marks() == {"A0": "0:00", "B1": "8:00", "B2": "8:00"}
    assert (await case.late())["B1"] == 180_000
    assert case.state.state == "acknowledged"
    await world.clock_at("8:30")
    await case.reports(desk)
    second = case.state.assignments[case.assignment()].feedback[1]
    await world.clock_at("14:00")
    args["feedback"] = second.id
    assert await desk.is_refused("reject_report", **args, code="NO_EVIDENCE") == "TOO_LATE"


async def test_reporting_without_key_1_has_accepted_the_case(world: World) -> None:
    await world.caller()
    await world.agent().answers()
    case = await world.agent().opens("E2.GAS")
    await world.clock_at("0:40")
    await case.reports(world.agent())
    assigned = case.state.assignments[case.assignment()]
    assert (assigned.acknowledged_how, assigned.trying) == ("report", ())
    await world.clock_at("10:00")
    assert "A1" not in await case.marks()


async def test_key_5_begins_the_report_and_brings_the_unit_to_the_agent(world: World) -> None:
    case = await accepted(world)
    await world.clock_at("0:30")
    await world.unit_leaves(GAS, Rung.DUTY)
    world.unit(GAS, Rung.DUTY, Behaviour.no_answer())
    await world.clock_at("5:00")
    leg = await world.unit_presses(GAS, Rung.DUTY, "5")
    assert leg.mode == "inform"
    assert case.room >= {"agent1", leg.number}
    assert case.state.assignments[case.assignment()].report_begun_at == world.clock.now()


async def test_a_final_report_and_then_the_case_is_closed(world: World) -> None:
    case = await accepted(world)
    desk = world.agent()
    assert await desk.is_refused("close_case", case=case.id, reason="") == "SUPERVISOR_ONLY"
    assert await world.leader.is_refused("close_case", case=case.id, reason="x") == "CLOCK_RUNS"
    await leaves_the_desk_free(world, case)
    await world.clock_at("8:00")
    await case.reports(desk, final=True, next_report_at=None)
    assert case.state.state == "reported"
    await desk.does("close_case", case=case.id, reason="")
    await world.forward("1:00")
    assert case.id not in world.alive.hotline.cases
    assert await desk.is_refused("keep", case=case.id, reason="") == "NOT_ALLOWED"
