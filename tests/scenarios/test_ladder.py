"""Ladder A, its alarms, and what the shift leader decides."""

from dispatcher.core import events as e
from dispatcher.core.effects import RingContact
from dispatcher.core.ids import Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import (
    BUREAU,
    GAS,
    HOUSING,
    LIFT,
    OPEN_GOV,
    number,
    sample_rules,
)

from .conftest import MakeWorld
from .world import Story, World


async def opened(world: World, category: str = "E2.GAS", **args: object) -> Story:
    await world.caller()
    await world.agent().answers()
    return await world.agent().opens(category, **args)


async def test_the_duty_phone_and_the_liaison_ring_together(world: World) -> None:
    case = await opened(world)
    assert world.rings(GAS, Rung.DUTY) == world.rings(GAS, Rung.LIAISON) == ["0:00"]
    assert case.state.state == "handed_over"
    assert {r.hunt for r in world.legs_rung} == {f"{case.id}.a1"}


async def test_the_first_key_wins_and_the_other_hears_that_it_is_taken(world: World) -> None:
    case = await opened(world)
    await world.unit_answers(GAS, Rung.LIAISON)
    other = world.leg(GAS, Rung.LIAISON)
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert other.heard == ("brief", "taken")
    await world.forward("0:10")
    assert not other.alive
    assert case.room == {"19900000001", "agent1", number(GAS, Rung.DUTY)}
    await world.clock_at("4:00")
    assert world.rings(GAS, Rung.LIAISON) == ["0:00"]


async def test_before_key_1_neither_address_nor_number_is_spoken(world: World) -> None:
    await opened(world)
    for ring in world.legs_rung:
        assert "测试路" not in ring.brief.before_key
        assert "水阳镇" in ring.brief.before_key
        assert "测试路1号" in ring.brief.after_key
        assert "19900000001" not in ring.brief.before_key + ring.brief.after_key


async def test_a_switchboard_is_joined_on_answer_and_accepts_by_word(
    make_world: MakeWorld,
) -> None:
    world = await make_world(sample_rules(voice=(number(GAS, Rung.DUTY),)))
    case = await opened(world)
    await world.clock_at("0:05")
    leg = await world.unit_answers(GAS, Rung.DUTY)
    assert case.room == {"19900000001", "agent1", leg.number}
    assert case.state.state == "handed_over"
    await world.clock_at("1:00")
    assert "A1" in await case.marks()
    await world.agent().does("acknowledge_spoken", case=case.id, assignment=case.assignment())
    assigned = case.state.assignments[case.assignment()]
    assert (assigned.acknowledged_how, assigned.acknowledged_by) == ("spoken", "gas:duty")
    await world.clock_at("4:00")
    assert "A2" not in await case.marks()
    assert case.room == {"19900000001", "agent1", leg.number}
    again = {"case": case.id, "assignment": case.assignment()}
    assert await world.agent().is_refused("acknowledge_spoken", **again) == "ALREADY"


async def test_key_3_brings_the_agent_without_accepting(world: World) -> None:
    case = await opened(world)
    await world.unit_presses(GAS, Rung.LIAISON, "3")
    assert case.room == {"19900000001", "agent1", number(GAS, Rung.LIAISON)}
    assert case.state.state == "handed_over"
    await world.forward("0:05")
    await world.unit_leaves(GAS, Rung.LIAISON)
    assert len(world.rings(GAS, Rung.LIAISON)) == 2


async def test_key_3_without_an_agent_tells_the_desks(world: World) -> None:
    case = await opened(world)
    await world.agent().hangs_up()
    leg = await world.unit_presses(GAS, Rung.DUTY, "3")
    assert "UNIT_WANTS_AGENT" in case.alarms
    assert leg.heard[-1] == "detail"


async def test_key_4_asks_for_an_extension(world: World) -> None:
    case = await opened(world)
    await world.unit_presses(GAS, Rung.DUTY, "4")
    assert "EXTENSION_REQUESTED" in case.alarms
    assert len(await case.all(e.ExtensionRequested)) == 1
    assert case.state.state == "handed_over"


async def test_nothing_rings_within_ten_seconds(world: World) -> None:
    """No ringing tone at all, from any of the first phones."""
    for rung in (Rung.DUTY, Rung.LIAISON):
        world.unit(GAS, rung, Behaviour(answer_after_s=None, rings=False))
    case = await opened(world)
    await world.clock_at("0:09")
    assert "NOT_DELIVERED" not in case.alarms
    await world.clock_at("0:10")
    assert "NOT_DELIVERED" in case.alarms
    world.unit(GAS, Rung.HANDLER, Behaviour.no_answer())
    await world.clock_at("1:00")
    assert "NOT_DELIVERED" not in case.alarms


async def test_no_route_goes_to_the_emergency_bureau_with_an_alarm(world: World) -> None:
    case = await opened(world, "E2.OTHER")
    assert case.state.lead is not None
    assert case.state.lead.unit == BUREAU
    assert "NO_ROUTE" in case.alarms
    await world.leader.does("reassign", case=case.id, unit=GAS, reason="核实后改派")
    assert "NO_ROUTE" not in case.alarms


async def test_nobody_to_hand_over_to(make_world: MakeWorld) -> None:
    rules = sample_rules()
    rules.offices.pop("emergency_bureau")
    world = await make_world(rules)
    case = await opened(world, "E2.OTHER")
    assert case.state.state == "accepted"
    assert case.alarms == {"NO_ROUTE"}
    await world.clock_at("0:59")
    assert case.alarms == {"NO_ROUTE"}
    await world.clock_at("1:00")
    assert case.alarms == {"NO_ROUTE", "HANDOVER_SLOW"}
    await world.agent().does("hand_over", case=case.id, unit=GAS, role="lead")
    assert case.alarms == set()
    assert case.room == {"19900000001", "agent1"}
    assert world.rings(GAS, Rung.DUTY) == ["1:00"]
    await world.clock_at("10:00")
    assert "CASE_LIMIT" in case.alarms
    assert "B4" not in await case.marks()


async def test_withdrawn_and_handed_to_nobody_alarms_again(world: World) -> None:
    case = await opened(world)
    await world.unit_answers(GAS, Rung.DUTY)
    listening = world.leg(GAS, Rung.DUTY)
    ringing = world.leg(GAS, Rung.LIAISON)
    await world.clock_at("0:30")
    assert not ringing.alive
    await world.agent().does("withdraw", case=case.id, assignment=case.assignment(), reason="误判")
    assert listening.heard[-1] == "withdrawn"
    assert case.state.state == "accepted"
    assert case.room == {"19900000001", "agent1"}
    await world.clock_at("1:29")
    assert "HANDOVER_SLOW" not in case.alarms
    await world.clock_at("1:30")
    assert "HANDOVER_SLOW" in case.alarms
    rung = len(world.legs_rung)
    await world.clock_at("9:00")
    assert len(world.legs_rung) == rung
    assert list(await case.marks()) == ["A0"]


async def test_withdrawn_while_the_unit_is_in_the_room(world: World) -> None:
    case = await opened(world)
    leg = await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.agent().does("withdraw", case=case.id, assignment=case.assignment(), reason="误判")
    assert leg.heard[-1] == "withdrawn"
    assert case.room == {"19900000001", "agent1"}
    assert len(world.rings(GAS, Rung.DUTY)) == 1


async def test_the_leader_keeps_reassigns_adds_or_takes_over(world: World) -> None:
    case = await opened(world)
    leader = world.leader
    await world.clock_at("4:00")
    assert case.alarms >= {"LADDER_A2", "LADDER_A3", "LADDER_A4"}
    assert world.rings(OPEN_GOV, Rung.DUTY) == ["4:00"]
    await leader.does("keep", case=case.id, reason="已电话联系")
    assert not case.alarms & {"LADDER_A3", "LADDER_A4"}
    await leader.does("hand_over", case=case.id, unit=LIFT, role="assisting")
    assert world.rings(LIFT, Rung.DUTY) == ["4:00"]
    assert await leader.is_refused("hand_over", case=case.id, unit=LIFT, role="lead") == "HAS_UNIT"
    assert (
        await leader.is_refused("hand_over", case=case.id, unit=HOUSING, role="lead") == "HAS_LEAD"
    )
    await world.clock_at("5:00")
    await leader.does("reassign", case=case.id, unit=HOUSING, reason="无人接单")
    lead = case.state.lead
    assert lead is not None
    assert lead.unit == HOUSING
    assert lead.handed_over_at == world.clock.now()
    before = len(world.rings(GAS, Rung.DUTY))
    await world.clock_at("7:00")
    assert len(world.rings(GAS, Rung.DUTY)) == before
    assert "A1" in await case.marks(3)
    await leader.does("take_over", case=case.id, reason="到场处置")
    calls = len(world.legs_rung)
    await world.clock_at("60:00")
    assert len(world.legs_rung) == calls
    marks = await case.marks(3)
    assert (marks["B4"], marks["B7"]) == ("15:00", "25:00")
    assert not [m for m in marks if m.startswith("B8")]
    assert await world.agent().is_refused("take_over", case=case.id, reason="x") == "NOT_ALLOWED"


async def test_no_number_more_often_than_once_a_minute(world: World) -> None:
    for rung in Rung:
        world.unit(GAS, rung, Behaviour.busy())
    await opened(world)
    await world.clock_at("12:00")
    assert world.dialled_twice() == []
    assert len(world.rings(GAS, Rung.DUTY)) == 13
    assert len(world.rings(GAS, Rung.HANDLER)) == 12


async def test_an_office_that_hears_the_alarm_does_not_accept_for_the_unit(world: World) -> None:
    case = await opened(world)
    await world.clock_at("4:05")
    leg = await world.unit_presses(OPEN_GOV, Rung.DUTY, "1")
    assert leg.mode == "inform"
    assert case.state.state == "handed_over"
    await world.clock_at("6:00")
    assert len(world.rings(OPEN_GOV, Rung.DUTY)) == 1
    assert len(world.rings(GAS, Rung.HEAD)) == 4


async def test_a_reminder_heard_by_the_unit_accepts_what_nobody_has(world: World) -> None:
    for rung in Rung:
        world.unit(GAS, rung, Behaviour.busy())
    case = await opened(world)
    await world.clock_at("0:01")
    await world.agent().does(
        "acknowledge_spoken", case=case.id, assignment=case.assignment(), contact="gas:duty"
    )
    world.unit(GAS, Rung.DUTY, Behaviour.presses("1", after_s=2))
    await world.clock_at("5:10")
    calls = [r for r in world.legs_rung if r.mode == "inform"]
    assert [r.number for r in calls] == [number(GAS, Rung.DUTY)]
    await world.clock_at("6:59")
    assert len([r for r in world.legs_rung if r.mode == "inform"]) == 1


async def test_reminders_ring_again_until_heard_or_superseded(world: World) -> None:
    world.unit(GAS, Rung.LIAISON, Behaviour.presses("1", after_s=1))
    await opened(world)
    await world.clock_at("0:30")
    await world.unit_leaves(GAS, Rung.LIAISON)
    world.unit(GAS, Rung.LIAISON, Behaviour.no_answer())
    await world.clock_at("9:30")
    # B1 at 5:00 to who accepted, again after 60 s; B2 at 7:00 to rungs 1 and 2; B3 to rung 3.
    assert world.rings(GAS, Rung.LIAISON) == ["0:00", "5:00", "6:00", "7:00", "8:00"]
    assert world.rings(GAS, Rung.HANDLER) == ["7:00", "8:00"]
    assert world.rings(GAS, Rung.DEPUTY) == ["9:00"]
    assert world.dialled_twice() == []


async def test_units_are_handed_over_in_parallel_and_each_has_its_clock(
    make_world: MakeWorld,
) -> None:
    world = await make_world(sample_rules(assisting=True))
    case = await opened(world)
    assert world.rings(HOUSING, Rung.DUTY) == ["0:00"]
    await world.unit_presses(HOUSING, Rung.DUTY, "1")
    assert case.state.state == "handed_over"
    assert number(HOUSING, Rung.DUTY) in case.room
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert len(case.room) == 4
    await world.clock_at("9:00")
    await case.reports(world.agent(), 1)
    assert case.state.clock is not None
    assert world.reading(case.state.clock.stopped_at or 0) == "9:00"
    await world.clock_at("12:00")
    await case.reports(world.agent(), 2)
    late = case.state.assignments[case.assignment(2)].clock
    assert (late.stopped_at or 0) - late.due_at == 120_000
    assert "B4" in await case.marks(2)
    assert "B4" not in await case.marks(1)


async def test_an_informed_unit_is_told_and_owes_nothing(world: World) -> None:
    case = await opened(world)
    await world.agent().does("hand_over", case=case.id, unit=LIFT, role="informed")
    assert [r.mode for r in world.legs_rung if r.number == number(LIFT, Rung.DUTY)] == ["inform"]
    await world.unit_presses(LIFT, Rung.DUTY, "1")
    await world.clock_at("12:00")
    assert await case.marks(2) == {}
    assert world.rings(LIFT, Rung.HANDLER) == []
    assert world.rings(LIFT, Rung.DUTY) == ["0:00"]
    assert len(world.rings(LIFT, Rung.LIAISON)) > 3
    assert case.state.assignments[case.assignment(2)].acknowledged_at is None


async def test_a_second_matter_of_one_call_does_not_move_its_parties(world: World) -> None:
    first = await opened(world)
    await world.forward("0:05")
    second = await world.agent().opens("E2.LIFT")
    assert "OTHER_CASE_TALKS" in second.alarms, "the desk is told what its unit will hear"
    leg = await world.unit_presses(LIFT, Rung.DUTY, "1")
    assert leg.heard[-1] == "detail"
    assert second.state.state == "acknowledged"
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert first.room == {"19900000001", "agent1", number(GAS, Rung.DUTY)}
    assert world.performed(RingContact)


async def test_a_call_is_switched_to_its_second_matter_when_the_first_unit_has_left(
    world: World,
) -> None:
    first = await opened(world)
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.forward("0:05")
    second = await world.agent().opens("E2.LIFT")
    call = first.handover.call
    assert await world.agent().is_refused("attach_call", case=second.id, call=call) == (
        "CALL_HAS_CASE"
    )
    await world.unit_presses(LIFT, Rung.DUTY, "1")
    await world.forward("0:30")
    await world.unit_leaves(GAS, Rung.DUTY)
    await world.agent().does("attach_call", case=second.id, call=call)
    assert second.room == {"19900000001", "agent1"}
    assert "OTHER_CASE_TALKS" not in second.alarms
    await world.unit_presses(LIFT, Rung.DUTY, "1")
    assert second.room == {"19900000001", "agent1", number(LIFT, Rung.DUTY)}
    assert first.room == set()
    # From here on the call is the second case's: its caller is not lost with the agent.
    await world.agent().hangs_up()
    await world.forward("0:10")
    assert second.room == {"19900000001", number(LIFT, Rung.DUTY)}
    await world.unit_leaves(LIFT, Rung.DUTY)
    assert world.phones.exchange.queue[0].case == second.id
    assert [x.to for x in await first.all(e.CallLetGo)] == [second.id]


async def test_a_call_is_not_switched_while_its_case_still_looks_for_a_unit(world: World) -> None:
    first = await opened(world)
    await world.forward("0:25")
    second = await world.agent().opens("E2.LIFT")
    call = first.handover.call
    assert await world.agent().is_refused("attach_call", case=second.id, call=call) == (
        "CALL_HAS_CASE"
    )
    assert first.room == {"19900000001", "agent1"}


async def test_the_requester_calls_again_and_is_joined_to_the_unit(world: World) -> None:
    case = await opened(world)
    world.phones.exchange.callers[next(iter(world.phones.exchange.callers))].hang_up()
    await world.agent().hangs_up()
    await world.forward("0:10")
    again = await world.caller()
    ringing = next(p for p in ("agent1", "agent2") if world.phones.agent(p).state == "ringing")
    await world.agent(ringing).answers()
    assert world.alive.present.history[again.call][0]["case"] == case.id
    await world.agent(ringing).does("attach_call", case=case.id, call=again.call)
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert case.room == {"19900000001", ringing, number(GAS, Rung.DUTY)}
