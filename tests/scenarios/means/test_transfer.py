"""A transfer: the agent goes when caller and unit have each other."""

from dispatcher.core import events as e
from dispatcher.core.ids import Rung
from dispatcher.testing.sample_rules import GAS, sample_rules
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.world import World

from .calls import DUTY, REQUESTER, TOGETHER, accepted, opened


async def test_a_transfer_releases_the_agent_when_the_two_have_each_other(world: World) -> None:
    caller, case = await accepted(world, "transfer")
    released = await case.all(e.AgentReleased)
    assert [(x.agent, x.why, x.assignment) for x in released] == [
        ("agent1", "transfer", case.assignment())
    ]
    joined = [x.seq for x in await case.ledger() if isinstance(x.event, e.LegJoined)]
    gone = [x.seq for x in await case.ledger() if isinstance(x.event, e.AgentReleased)]
    assert joined < gone
    await world.forward("0:10")
    assert case.room == {REQUESTER, DUTY}
    assert world.agent().phone.leg is None
    await world.forward("1:00")
    await world.unit_leaves(GAS, Rung.DUTY)
    assert caller.state == "queue"
    assert world.phones.exchange.queue == [caller]
    assert "UNIT_LEFT" in case.alarms


async def test_a_transfer_without_a_caller_keeps_the_agent(world: World) -> None:
    caller, case = await opened(world, "transfer")
    caller.hang_up()
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.forward("0:10")
    assert case.room == {"agent1", DUTY}
    assert await case.all(e.AgentReleased) == []


async def test_a_transfer_to_a_switchboard_waits_for_the_agents_word(make_world: MakeWorld) -> None:
    world = await make_world(sample_rules(voice=(DUTY,)))
    _, case = await opened(world, "transfer")
    await world.unit_answers(GAS, Rung.DUTY)
    await world.forward("1:00")
    assert case.room == TOGETHER
    await world.agent().does("acknowledge_spoken", case=case.id, assignment=case.assignment())
    await world.forward("0:05")
    assert case.room == {REQUESTER, DUTY}


async def test_who_takes_the_caller_after_a_transfer_stays(world: World) -> None:
    """The unit was lost at once and rung again: whoever has the caller now decides for himself."""
    _, case = await accepted(world, "transfer")
    await world.forward("0:05")
    await world.unit_leaves(GAS, Rung.DUTY)
    await world.agent("agent2").answers()
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.forward("0:10")
    assert case.room == {REQUESTER, "agent2", DUTY}
    await world.agent("agent2").does("leave", case=case.id)
    await world.forward("0:10")
    assert case.room == {REQUESTER, DUTY}
    assert [x.why for x in await case.all(e.AgentReleased)] == ["transfer", "leave"]


async def test_a_withdrawn_transfer_releases_nobody(world: World) -> None:
    _, case = await opened(world, "transfer")
    await world.agent().does("withdraw", case=case.id, assignment=case.assignment(), reason="误判")
    await world.forward("1:00")
    assert case.room == {REQUESTER, "agent1"}
