"""Three-way call, outbound call and transfer, with hold, join, split and leave (Q-R2.1d-03)."""

import itertools

import pytest

from dispatcher.core import events as e
from dispatcher.core.effects import HoldParty, JoinRoom, RingAgent
from dispatcher.core.ids import Party, Rung
from dispatcher.testing.phones.parties import Caller
from dispatcher.testing.sample_rules import GAS, LIFT, number, sample_rules

from .conftest import MakeWorld
from .world import Story, World

DUTY = number(GAS, Rung.DUTY)
REQUESTER = "19900000001"
MEANS = ("three_way", "outbound", "transfer")
TOGETHER = {REQUESTER, "agent1", DUTY}


async def opened(world: World, means: str, **args: object) -> tuple[Caller, Story]:
    """A caller, his agent, and the unit's phone ringing."""
    caller = await world.caller(REQUESTER)
    await world.agent().answers()
    case = await world.agent().opens("E2.GAS", means=means, **args)
    await world.clock_at("0:05")
    return caller, case


async def accepted(world: World, means: str) -> tuple[Caller, Story]:
    caller, case = await opened(world, means)
    await world.unit_presses(GAS, Rung.DUTY, "1")
    return caller, case


def moves(world: World) -> list[tuple[str, str]]:
    """What was asked of the PBX after the beginning: (hold or join, of whom)."""
    return [
        (type(x).__name__, x.as_party)
        for x in world.phones.performed
        if isinstance(x, HoldParty | JoinRoom)
    ]


# ---------------------------------------------------------------- while the unit rings


@pytest.mark.parametrize("means", MEANS)
async def test_caller_and_agent_talk_on_until_the_unit_accepts(world: World, means: str) -> None:
    _, case = await opened(world, means)
    assert case.room == {REQUESTER, "agent1"}
    await world.unit_answers(GAS, Rung.DUTY)
    await world.forward("0:05")
    assert case.room == {REQUESTER, "agent1"}
    assert [x.means.value for x in await case.all(e.CaseHandedOver)] == [means]


# ---------------------------------------------------------------- transfer


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


# ---------------------------------------------------------------- outbound


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


# ---------------------------------------------------------------- hold, join, split, leave


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


# ---------------------------------------------------------------- nobody is lost


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
