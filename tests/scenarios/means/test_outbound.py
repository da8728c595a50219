"""An outbound call: the agent speaks with the unit, the caller hears music or is not there."""

from dispatcher.core import events as e
from dispatcher.core.effects import RingAgent
from dispatcher.core.ids import Party, Rung
from dispatcher.testing.sample_rules import GAS, sample_rules
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.world import World

from .calls import DUTY, REQUESTER, TOGETHER, accepted, moves, opened


async def test_an_outbound_call_puts_the_caller_on_hold_first(world: World) -> None:
    caller, case = await accepted(world, "outbound")
    assert moves(world) == [("HoldParty", "caller"), ("JoinRoom", "unit")]
    assert case.room == {"agent1", DUTY}
    assert caller.state == "held"
    call = world.alive.hotline.live.calls[caller.call]
    assert (call.state, case.handover.requester_at) == ("held", "held")
    await world.forward("0:30")
    await world.agent().does("join", case=case.id)
    assert case.room == TOGETHER
    ended = await case.all(e.HoldEnded)
    assert [(x.party, x.held_ms) for x in ended] == [(Party.REQUESTER, 30_000)]
    assert call.state == "room"


async def test_a_switchboard_is_not_joined_before_the_hold(
    make_world: MakeWorld,
) -> None:
    world = await make_world(sample_rules(voice=(DUTY,)))
    caller, case = await opened(world, "outbound")
    await world.unit_answers(GAS, Rung.DUTY)
    assert moves(world) == [("HoldParty", "caller"), ("JoinRoom", "unit")]
    assert case.room == {"agent1", DUTY}
    assert caller.state == "held"


async def test_a_unit_lost_in_an_outbound_call_gives_the_caller_back(world: World) -> None:
    caller, case = await accepted(world, "outbound")
    await world.unit_leaves(GAS, Rung.DUTY)
    assert case.room == {REQUESTER, "agent1"}
    assert ("held", "unit", "requester_back") in await case.outcomes()
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert caller.state == "held"
    assert case.room == {"agent1", DUTY}


async def test_a_unit_that_is_withdrawn_gives_the_caller_back_at_once(world: World) -> None:
    _, case = await accepted(world, "outbound")
    await world.agent().does("withdraw", case=case.id, assignment=case.assignment(), reason="误判")
    assert case.room == {REQUESTER, "agent1"}


async def test_who_asks_for_an_outbound_call_is_rung_into_the_room(world: World) -> None:
    """A case entered from elsewhere: nobody is on the line."""
    case = await world.agent().opens("E2.GAS", means="outbound")
    assert [x.agent for x in world.performed(RingAgent)] == ["agent1"]
    await world.agent().answers()
    assert case.room == {"agent1"}
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.forward("1:00")
    assert case.room == {"agent1", DUTY}
    await world.unit_leaves(GAS, Rung.DUTY)
    await world.agent().hangs_up()
    assert len(world.performed(RingAgent)) == 1


async def test_a_unit_waits_with_music_for_the_agent_who_asked(world: World) -> None:
    case = await world.agent().opens("E2.GAS", means="outbound")
    leg = await world.unit_presses(GAS, Rung.DUTY, "1")
    assert leg.state == "held"
    await world.forward("0:10")
    await world.agent().answers()
    assert case.room == {"agent1", DUTY}


async def test_an_agent_who_does_not_answer_leaves_the_unit_the_detail(world: World) -> None:
    case = await world.agent().opens("E2.GAS", means="outbound")
    await world.clock_at("0:15")
    leg = await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.clock_at("0:31")
    assert leg.heard[-1] == "detail"
    assert [x.agent for x in await case.all(e.AgentNotReached)] == ["agent1"]
    assert case.state.state == "acknowledged"


async def test_the_agents_phone_is_not_rung_twice_nor_in_another_call(world: World) -> None:
    await world.caller("19900000002")
    await world.agent().answers()
    case = await world.agent().opens("E2.GAS", means="outbound", call=None)
    assert world.performed(RingAgent) == []
    leg = await world.unit_presses(GAS, Rung.DUTY, "1")
    assert leg.heard[-1] == "detail"
    assert await case.all(e.AgentRung) == []


async def test_ringing_again_by_an_outbound_call_rings_the_agent_too(world: World) -> None:
    case = await world.agent().opens("E2.GAS", means="outbound")
    await world.agent().answers()
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.agent().hangs_up()
    await world.forward("1:00")
    args = {"case": case.id, "assignment": case.assignment()}
    assert await world.agent().is_refused("ring_again", **args, seat="agent2") == "NOT_YOUR_SEAT"
    await world.agent("agent2").does("ring_again", **args)
    await world.agent("agent2").answers()
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert case.room == {"agent2", DUTY}
