"""Whoever leaves at whatever moment, with the service alive or dead: nobody is lost."""

import itertools

import pytest

from dispatcher.core import events as e
from dispatcher.core.effects import HoldParty, JoinRoom
from dispatcher.core.ids import Rung
from dispatcher.testing.sample_rules import GAS
from tests.scenarios.world import Story, World

from .calls import DUTY, MEANS, TOGETHER, accepted, opened


async def moments(world: World, case: Story, phase: str) -> None:
    """Go on from the unit's ringing to this phase."""
    if phase == "ringing":
        return
    await world.unit_answers(GAS, Rung.DUTY)
    if phase == "briefing":
        return
    await world.unit_presses(GAS, Rung.DUTY, "1")
    if phase in ("hold", "split", "join"):
        await world.agent().asks(phase, case=case.id)


PHASES = ("ringing", "briefing", "accepted", "hold", "split", "join")
LEAVING = [
    order for n in (1, 2) for order in itertools.permutations(("caller", "agent", "unit"), n)
]


@pytest.mark.parametrize("dead", [False, True], ids=["alive", "dead"])
@pytest.mark.parametrize("leaving", LEAVING, ids="-".join)
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("means", MEANS)
async def test_whoever_leaves_nobody_is_lost(
    world: World, means: str, phase: str, leaving: tuple[str, ...], dead: bool
) -> None:
    """The caller ends with somebody or first in the queue; a unit is not left with music."""
    caller, case = await opened(world, means)
    await moments(world, case, phase)
    # Nothing rings again by itself, so that what is left is what is looked at.
    world.nobody_answers(GAS)
    if dead:
        await world.crash()
    leg = world.leg(GAS, Rung.DUTY)
    for who in leaving:
        if who == "caller":
            caller.hang_up()
        elif who == "agent" and world.agent().phone.leg is not None:
            world.agent().phone.hang_up()
        elif who == "unit" and leg.alive:
            world.phones.units.end(leg, 16)
        await world.settle()
    await world.forward("0:08")
    if "caller" not in leaving:
        safe = caller.state in ("queue", "talking") or caller.company
        held = caller.state == "held" and {"agent1", DUTY} <= set(world.phones.room(case.id))
        assert safe or held, caller.state
        if caller.state == "queue":
            assert caller.case == case.id
    agent_there = world.agent().phone.leg is not None
    assert leg.state != "held" or (agent_there and caller.alive)
    if dead:
        await world.start()
        await world.forward("0:08")
        await case.rings_true()
        if "caller" not in leaving:
            assert caller.state in ("queue", "talking") or caller.company or agent_there


async def test_held_when_the_service_dies_and_found_so_again(world: World) -> None:
    caller, case = await accepted(world, "outbound")
    await world.crash()
    await world.forward("1:00")
    assert caller.state == "held"
    await world.start()
    assert case.handover.requester_at == "held"
    assert world.alive.hotline.live.calls[caller.call].state == "held"
    await world.agent().does("join", case=case.id)
    assert case.room == TOGETHER


@pytest.mark.parametrize("tells_missed", [True, False])
async def test_the_unit_leaves_while_the_service_is_dead(world: World, tells_missed: bool) -> None:
    """The dialplan gives the caller back to the agent; the ledger says so afterwards."""
    world.phones.tells_missed = tells_missed
    caller, case = await accepted(world, "outbound")
    await world.crash()
    await world.unit_leaves(GAS, Rung.DUTY)
    await world.forward("0:06")
    assert set(caller.company) == {"agent1"}
    await world.start()
    assert case.handover.requester_at == "room"
    assert case.handover.arrangement == "together"
    assert len(await case.all(e.HoldEnded)) == 1


async def test_held_behind_a_cut_link(world: World) -> None:
    """The hold happens, its word is lost, and the resync finds him held."""
    caller, case = await accepted(world, "three_way")
    world.phones.lose_outcome(HoldParty)
    await world.agent().does("hold", case=case.id)
    world.phones.cut_link()
    world.phones.restore_link()
    await world.settle()
    assert case.handover.requester_at == "held"
    await world.agent().hangs_up()
    await world.forward("0:01")
    assert set(caller.company) == {DUTY}


async def test_leaving_is_not_done_when_the_unit_leaves_first(world: World) -> None:
    caller, case = await accepted(world, "three_way")
    await world.agent().does("split", case=case.id)
    world.phones.lose_outcome(JoinRoom, done=False)
    world.phones.lose_outcome(JoinRoom, done=False)
    await world.agent().does("leave", case=case.id)
    world.phones.units.end(world.leg(GAS, Rung.DUTY), 16)
    await world.forward("0:05")
    assert set(caller.company) == {"agent1"}
    assert await case.all(e.AgentReleased) == []
