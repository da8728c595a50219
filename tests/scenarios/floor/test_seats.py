"""Agents sign in and out and pause, each at his own seat."""

from tests.scenarios.world import World

from .calls import seat


async def test_an_agent_pauses_with_a_reason_and_gets_no_calls(world: World) -> None:
    agent = world.agent("agent1")
    await agent.does("seat_pause", reason="培训")
    assert seat(world) == ("paused", "培训")
    await world.caller()
    assert seat(world, "agent2")[0] == "ringing"
    await agent.does("seat_resume")
    assert seat(world)[0] == "free"


async def test_an_agent_signs_out_and_in(world: World) -> None:
    agent = world.agent("agent1")
    await agent.does("seat_out")
    assert seat(world)[0] == "offline"
    await agent.does("seat_in")
    assert seat(world)[0] == "free"


async def test_a_seat_is_its_agents_and_the_leaders(world: World) -> None:
    other = world.agent("agent2")
    assert await other.is_refused("seat_pause", seat="agent1", reason="x") == "SUPERVISOR_ONLY"
    assert await other.is_refused("seat_pause") == "BAD_VALUE"
    assert await other.is_refused("seat_in", why="x") == "UNKNOWN_FIELD"
    await world.leader.does("seat_pause", seat="agent1", reason="换班")
    assert seat(world) == ("paused", "换班")


async def test_nothing_is_asked_of_a_pbx_that_is_away(world: World) -> None:
    world.phones.cut_link()
    await world.settle()
    assert await world.agent("agent1").is_refused("seat_out") == "LINK_DOWN"
