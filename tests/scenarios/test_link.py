"""The link to the PBX, the PBX itself and the service: each of them fails in mid-call."""

import pytest

from dispatcher.core import events as e
from dispatcher.core.effects import ConveneRoom, JoinRoom, QueueCaller, RingContact
from dispatcher.core.ids import ChannelId, Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS, number

from .world import Story, World

REQUESTER, DUTY = "19900000001", number(GAS, Rung.DUTY)


@pytest.fixture(params=[True, False], ids=["told", "only listed"], autouse=True)
def missed(request: pytest.FixtureRequest, world: World) -> None:
    """A restored link tells what was missed, or only lists what lives: both must do."""
    world.phones.tells_missed = request.param


@pytest.fixture
async def case(world: World) -> Story:
    await world.caller(REQUESTER)
    await world.agent().answers()
    case = await world.agent().opens("E2.GAS")
    await world.clock_at("0:05")
    return case


async def cut(world: World) -> None:
    world.phones.cut_link()
    await world.settle()


async def restore(world: World) -> None:
    world.phones.restore_link()
    await world.settle()


async def test_connected_calls_outlive_a_cut_link(world: World, case: Story) -> None:
    await world.unit_presses(GAS, Rung.DUTY, "1")
    before = case.room
    await cut(world)
    assert world.alive.hotline.live.link == "down"
    await world.forward("2:00")
    await restore(world)
    assert case.room == before == {REQUESTER, "agent1", DUTY}
    assert [leg.state for leg in case.handover.joined] == ["joined"]
    assert "PBX_RESTARTED" not in case.alarms


async def test_key_1_pressed_while_the_link_is_down(world: World, case: Story) -> None:
    """The dialplan joins after 3 s; the acceptance is recorded afterwards."""
    await cut(world)
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.forward("0:03")
    assert case.room == {REQUESTER, "agent1", DUTY}
    assert case.state.state == "handed_over"
    await restore(world)
    assert case.state.state == "acknowledged"
    joined = await case.all(e.LegJoined)
    assert [j.by_dialplan for j in joined] == [True]
    await world.forward("5:00")
    assert "A1" not in await case.marks()


async def test_agent_lost_while_the_link_is_down(world: World, case: Story) -> None:
    await cut(world)
    await world.agent().hangs_up()
    await world.agent("agent2").answers()
    await restore(world)
    assert case.handover.agent == "agent2"
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert case.room == {REQUESTER, "agent2", DUTY}


async def test_unit_gone_while_the_link_is_down_is_rung_again(world: World, case: Story) -> None:
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await cut(world)
    await world.unit_leaves(GAS, Rung.DUTY)
    await world.forward("1:00")
    await restore(world)
    assert world.rings(GAS, Rung.DUTY) == ["0:00", "1:05"]
    assert (await case.all(e.LegLeft))[-1].synthesised


async def test_everybody_gone_while_the_link_is_down(world: World, case: Story) -> None:
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await cut(world)
    next(iter(world.phones.exchange.callers.values())).hang_up()
    await world.agent().hangs_up()
    await world.unit_leaves(GAS, Rung.DUTY)
    await restore(world)
    await world.forward("0:05")
    assert case.handover.requester_at == case.handover.agent_at == "gone"
    assert not case.alarms & {"AGENT_LOST", "PBX_ACTION_FAILED"}


async def test_marks_fire_and_nothing_is_dialled_while_the_link_is_down(
    world: World, case: Story
) -> None:
    await cut(world)
    rung = len(world.legs_rung)
    await world.clock_at("3:30")
    assert list(await case.marks()) == ["A0", "A1", "A2", "A3"]
    assert len(world.legs_rung) == rung
    await restore(world)
    assert world.rings(GAS, Rung.HANDLER) == world.rings(GAS, Rung.HEAD) == ["3:30"]
    assert len({r.leg for r in world.legs_rung}) == len(world.legs_rung)


async def test_the_pbx_restarts(world: World, case: Story) -> None:
    await world.unit_presses(GAS, Rung.DUTY, "1")
    world.phones.stop_pbx()
    await world.settle()
    await world.forward("0:20")
    world.phones.start_pbx()
    await world.settle()
    assert "PBX_RESTARTED" in case.alarms
    assert case.handover.requester_at == case.handover.agent_at == "gone"
    # The unit is called out at once; alone, it hears the case and how to call back.
    assert world.rings(GAS, Rung.DUTY) == ["0:00", "0:25"]
    leg = await world.unit_presses(GAS, Rung.DUTY, "1")
    assert leg.heard[-1] == "detail"


async def test_the_pbx_restarts_while_the_unit_rings(world: World, case: Story) -> None:
    world.phones.stop_pbx()
    await world.forward("0:05")
    world.phones.start_pbx()
    await world.settle()
    assert world.rings(GAS, Rung.DUTY) == ["0:00", "0:10"]
    assert world.rings(GAS, Rung.LIAISON) == ["0:00", "0:10"]
    assert [x.outcome for x in await case.all(e.LegLeft)] == ["unknown", "unknown"]


async def test_an_unknown_outcome_is_a_new_attempt_with_a_new_key(world: World) -> None:
    await world.caller(REQUESTER)
    await world.agent().answers()
    world.phones.lose_outcome(RingContact, done=False)
    case = await world.agent().opens("E2.GAS")
    asked = [r for r in world.legs_rung if r.number == DUTY]
    assert len(asked) == 2
    assert len({r.key for r in asked}) == 2
    assert world.rings(GAS, Rung.DUTY) == ["0:00"]
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert case.room == {REQUESTER, "agent1", DUTY}


async def test_a_call_whose_outcome_was_lost_is_ours_when_it_speaks(world: World) -> None:
    """The first call did go out: its key counts, and the second ring stops."""
    await world.caller(REQUESTER)
    await world.agent().answers()
    world.phones.lose_outcome(RingContact, done=True)
    case = await world.agent().opens("E2.GAS")
    first, second = world.phones.rings(DUTY)
    assert first.alive
    assert second.alive
    world.phones.units.answer(first)
    world.phones.units.press(first, "1")
    await world.settle()
    assert case.state.state == "acknowledged"
    assert not second.alive
    assert case.room == {REQUESTER, "agent1", DUTY}
    assert [x.leg for x in await case.all(e.LegFound)] == [first.channel]


async def test_a_call_that_went_out_as_the_link_broke_is_adopted(world: World) -> None:
    """No second ring to a phone that rings already."""
    await world.caller(REQUESTER)
    await world.agent().answers()
    case = await world.agent().opens("E2.GAS")
    await cut(world)
    assert set(case.handover.legs) == set(world.phones.units.legs)
    await world.crash()
    await world.forward("0:05")
    await world.start()
    assert world.rings(GAS, Rung.DUTY) == ["0:00"]
    await restore(world)
    assert world.rings(GAS, Rung.DUTY) == ["0:00"]
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert case.state.state == "acknowledged"
    assert case.room == {REQUESTER, "agent1", DUTY}


async def test_the_service_dies_and_the_dialplan_finishes(world: World, case: Story) -> None:
    await world.crash()
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.forward("0:03")
    assert case.room == {REQUESTER, "agent1", DUTY}
    await world.agent().hangs_up()
    await world.unit_leaves(GAS, Rung.DUTY)
    caller = next(iter(world.phones.exchange.callers.values()))
    assert caller.state == "queue"
    await world.agent("agent2").answers()
    await world.forward("0:10")
    await world.start()
    assert case.handover.agent == "agent2"
    assert "agent2" in caller.company
    # Nobody knows that it had accepted, so it is rung again.
    assert world.rings(GAS, Rung.DUTY)[1:] == ["0:18"]


async def test_the_service_dies_and_finds_them_in_the_room(world: World, case: Story) -> None:
    await world.crash()
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.forward("0:10")
    await world.start()
    assert case.state.state == "acknowledged"
    assert case.room == {REQUESTER, "agent1", DUTY}
    assert not world.phones.units.legs.keys() - {leg.id for leg in case.handover.joined}


async def test_a_new_case_after_a_restart_knows_who_talks(world: World) -> None:
    await world.caller(REQUESTER)
    await world.agent().answers()
    await world.crash()
    await world.start()
    case = await world.agent().opens("E2.GAS")
    assert case.room == {REQUESTER, "agent1"}


async def test_a_late_queue_order_takes_nobody_out_of_a_conversation(
    world: World, case: Story
) -> None:
    """The dialplan was quicker, another agent has answered: our own order comes too late."""
    order = QueueCaller("late", case.handover.requester or ChannelId(""), case.id)
    await world.agent().hangs_up()
    await world.agent("agent2").answers()
    done = await world.phones.perform(order)
    assert done.outcome.value == "done"
    assert case.room == {REQUESTER, "agent2"}


async def test_moving_the_parties_fails_and_succeeds_at_the_next_try(world: World) -> None:
    await world.caller(REQUESTER)
    await world.agent().answers()
    world.phones.fail(ConveneRoom, times=2)
    case = await world.agent().opens("E2.GAS")
    assert case.room == set()
    await world.forward("0:01")
    assert case.room == {REQUESTER, "agent1"}
    assert "PBX_ACTION_FAILED" not in case.alarms


async def test_parties_who_could_not_be_moved_are_moved_when_the_unit_accepts(
    world: World,
) -> None:
    await world.caller(REQUESTER)
    await world.agent().answers()
    world.phones.fail(ConveneRoom, times=3)
    case = await world.agent().opens("E2.GAS")
    await world.forward("0:02")
    assert "PBX_ACTION_FAILED" in case.alarms
    assert case.handover.requester_at == "talking"
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert case.room == {REQUESTER, "agent1", DUTY}


async def test_joining_fails_and_the_dialplan_does_it(world: World, case: Story) -> None:
    world.phones.fail(JoinRoom, times=3)
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert case.room == {REQUESTER, "agent1"}
    await world.forward("0:04")
    assert case.room == {REQUESTER, "agent1", DUTY}


async def test_the_pbx_refuses_a_call(world: World) -> None:
    """It is no ringing: the next phone rings, and the number is tried again in a minute."""
    world.unit(GAS, Rung.LIAISON, Behaviour.no_answer())
    await world.caller(REQUESTER)
    await world.agent().answers()
    world.phones.fail(RingContact)
    case = await world.agent().opens("E2.GAS")
    await world.clock_at("0:59")
    assert len([r for r in world.legs_rung if r.number == DUTY]) == 1
    await world.clock_at("1:00")
    assert world.rings(GAS, Rung.DUTY) == ["1:00"]
    assert (await case.all(e.LegLeft))[0].outcome == "failed"


async def test_a_refused_login_is_shown_and_nothing_is_lost(world: World, case: Story) -> None:
    world.phones.refuse_login()
    await world.settle()
    shown = [f.data["state"] for f in world.frames if f.kind == "status" and f.key == "link"]
    assert shown[-1] == "refused"
    await world.clock_at("1:30")
    await restore(world)
    assert world.rings(GAS, Rung.HANDLER) == ["1:30"]


async def test_no_effect_is_left_in_the_outbox(world: World, case: Story) -> None:
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.agent().hangs_up()
    await world.forward("0:30")
    assert await world.left_in_the_outbox() == ()


async def test_phones_let_go_while_the_link_is_down_do_not_ring_on(
    world: World, case: Story
) -> None:
    """A withdrawal in a cut: as soon as the link is back the phones fall silent."""
    rung = [leg for leg in world.phones.units.placed if leg.alive]
    assert rung
    await cut(world)
    await world.agent().does("withdraw", case=case.id, assignment=case.assignment(), reason="测试")
    await world.forward("0:05")
    assert all(leg.alive for leg in rung)
    await restore(world)
    assert not any(leg.alive for leg in rung)
    assert not case.handover.legs


async def test_phones_let_go_in_a_cut_that_outlives_the_service(world: World, case: Story) -> None:
    rung = [leg for leg in world.phones.units.placed if leg.alive]
    await cut(world)
    await world.agent().does("withdraw", case=case.id, assignment=case.assignment(), reason="测试")
    await world.forward("0:02")
    await world.crash()
    await world.start()
    await restore(world)
    assert not any(leg.alive for leg in rung)


async def test_a_line_that_outlives_its_case_and_the_service_has_its_end_in_the_ledger(
    world: World, case: Story
) -> None:
    """Closed while the unit still listened; the service died before it heard of the end."""
    leg = await world.unit_answers(GAS, Rung.DUTY)
    await world.agent().does("withdraw", case=case.id, assignment=case.assignment(), reason="测试")
    await world.leader.does("close_case", case=case.id, reason="测试")
    assert leg.alive
    await world.crash()
    await world.forward("0:10")
    assert not leg.alive
    await world.start()
    ended = {x.leg for x in await case.all(e.LegLeft)}
    assert ended == {x.leg for x in await case.all(e.LegPlaced)}
