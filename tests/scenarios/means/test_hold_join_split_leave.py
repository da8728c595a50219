"""Who speaks with whom, at the agent's will: hold, join, split and leave."""

import pytest

from dispatcher.core import events as e
from dispatcher.core.effects import HoldParty
from dispatcher.core.ids import Rung
from dispatcher.testing.sample_rules import GAS, LIFT, number, sample_rules
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.world import World

from .calls import DUTY, REQUESTER, TOGETHER, accepted, moves, opened


@pytest.mark.parametrize("means", ["three_way", "outbound"])
async def test_hold_split_and_join_at_will(world: World, means: str) -> None:
    caller, case = await accepted(world, means)
    desk = world.agent()
    if means == "outbound":
        await desk.does("join", case=case.id)
    assert case.room == TOGETHER
    await desk.does("hold", case=case.id)
    assert case.room == {"agent1", DUTY}
    await world.forward("0:10")
    await desk.does("split", case=case.id)
    assert case.room == {REQUESTER, "agent1"}
    await world.forward("0:07")
    await desk.does("hold", case=case.id)
    assert (case.room, caller.state) == ({"agent1", DUTY}, "held")
    await desk.does("join", case=case.id)
    assert case.room == TOGETHER
    held = [(x.party.value, x.held_ms) for x in await case.all(e.HoldEnded)]
    assert held[-3:] == [("requester", 10_000), ("unit", 7_000), ("requester", 0)]


async def test_whoever_is_to_speak_alone_is_kept_from_the_others_first(world: World) -> None:
    _, case = await accepted(world, "three_way")
    begun = len(moves(world))
    await world.agent().does("hold", case=case.id)
    await world.agent().does("split", case=case.id)
    await world.agent().does("hold", case=case.id)
    assert moves(world)[begun:] == [
        ("HoldParty", "caller"),
        ("HoldParty", "unit"),
        ("JoinRoom", "caller"),
        ("HoldParty", "caller"),
        ("JoinRoom", "unit"),
    ]


async def test_what_makes_no_sense_is_refused_with_its_reason(world: World) -> None:
    caller, case = await opened(world, "three_way")
    desk, args = world.agent(), {"case": case.id}
    assert await desk.is_refused("hold", **args) == "NO_UNIT"
    assert await desk.is_refused("split", **args) == "NO_UNIT"
    assert await desk.is_refused("join", **args) == "NOBODY_HELD"
    assert await desk.is_refused("leave", **args) == "NOT_ACCEPTED"
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await desk.does("hold", **args)
    assert await desk.is_refused("hold", **args) == "ALREADY"
    caller.hang_up()
    await world.settle()
    assert await desk.is_refused("hold", **args) == "NO_CALLER"
    assert await desk.is_refused("leave", **args) == "NO_CALLER"
    await desk.hangs_up()
    assert await desk.is_refused("leave", **args) == "NO_AGENT"


async def test_the_screens_say_what_may_be_done(world: World) -> None:
    _, case = await opened(world, "three_way")

    def may() -> list[str]:
        shown = next(x for x in reversed(world.frames) if x.kind == "case")
        return list(shown.data["call"]["may"])

    assert may() == []
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert may() == ["hold", "split", "leave"]
    await world.agent().does("hold", case=case.id)
    assert may() == ["split", "join", "leave"]
    shown = next(x for x in reversed(world.frames) if x.kind == "case").data["call"]
    assert (shown["arrangement"], shown["requester_at"]) == ("hold", "held")
    assert shown["requester_held_at"] == world.clock.now()
    await world.agent().does("split", case=case.id)
    assert may() == ["hold", "join", "leave"]


@pytest.mark.parametrize("before", ["", "hold", "split"])
async def test_the_agent_leaves_the_other_two_together(world: World, before: str) -> None:
    _, case = await accepted(world, "three_way")
    if before:
        await world.agent().does(before, case=case.id)
    await world.agent().does("leave", case=case.id)
    await world.forward("0:10")
    assert case.room == {REQUESTER, DUTY}
    assert [x.why for x in await case.all(e.AgentReleased)] == ["leave"]
    assert world.agent().phone.state == "free"


async def test_a_switchboard_without_a_word_keeps_the_agent(
    make_world: MakeWorld,
) -> None:
    world = await make_world(sample_rules(voice=(DUTY,)))
    _, case = await opened(world, "three_way")
    await world.unit_answers(GAS, Rung.DUTY)
    assert await world.agent().is_refused("leave", case=case.id) == "NOT_ACCEPTED"


async def test_a_hold_that_fails_leaves_the_caller_with_the_agent(world: World) -> None:
    _, case = await opened(world, "outbound")
    world.phones.fail(HoldParty, times=3)
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.forward("0:05")
    assert case.room == TOGETHER
    assert case.handover.arrangement == "together"
    assert "PBX_ACTION_FAILED" in case.alarms


async def test_a_second_unit_joins_those_who_speak_alone(world: World) -> None:
    caller, case = await accepted(world, "outbound")
    await world.agent().does("hand_over", case=case.id, unit=LIFT, role="assisting")
    await world.unit_presses(LIFT, Rung.DUTY, "1")
    both = {"agent1", DUTY, number(LIFT, Rung.DUTY)}
    assert (case.room, caller.state) == (both, "held")
    await world.unit_leaves(GAS, Rung.DUTY)
    assert caller.state == "held"
    await world.unit_leaves(LIFT, Rung.DUTY)
    assert case.room == {REQUESTER, "agent1"}


async def test_the_leader_takes_a_held_caller_over(world: World) -> None:
    caller, case = await accepted(world, "outbound")
    await world.leader.does("take_over_call", call=caller.call)
    world.phones.agent("leader").answer()
    await world.forward("0:01")
    assert case.room >= {REQUESTER, "leader", DUTY}
