"""Every written outcome of the call, walked: who leaves, in which phase, and what follows.

`STORIES` must have a story for each cell of `handover.OUTCOMES` and for each cell of the table of
the design ("Calls: written outcomes"); a cell without one fails.
"""

from collections.abc import Awaitable, Callable

import pytest

from dispatcher.core.handover import OUTCOMES, Phase
from dispatcher.core.ids import Party, Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.phones.parties import Caller
from dispatcher.testing.sample_rules import GAS, number

from .world import Story, World

DUTY, LIAISON = number(GAS, Rung.DUTY), number(GAS, Rung.LIAISON)
REQUESTER = "19900000001"


class Scene:
    """A case being handed over: the caller, two agents, and the unit's two first phones."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.caller: Caller
        self.case: Story

    async def set_out(self) -> None:
        self.caller = await self.world.caller(REQUESTER)
        await self.world.agent().answers()

    async def ringing(self) -> None:
        await self.set_out()
        self.case = await self.world.agent().opens("E2.GAS")
        await self.world.clock_at("0:05")

    async def briefing(self) -> None:
        await self.ringing()
        await self.world.unit_answers(GAS, Rung.DUTY)

    async def joined(self) -> None:
        await self.ringing()
        await self.world.unit_presses(GAS, Rung.DUTY, "1")
        assert self.case.room == {REQUESTER, "agent1", DUTY}

    async def idle(self) -> None:
        """The hand-over was taken back: nobody is being called."""
        await self.ringing()
        await self.world.agent().does(
            "withdraw", case=self.case.id, assignment=self.case.assignment(), reason="误判"
        )
        assert not self.case.handover.legs

    async def waiting(self) -> None:
        """Every phone of the unit is busy: nothing rings right now, all wait for the next try."""
        for rung in Rung:
            self.world.unit(GAS, rung, Behaviour.busy())
        await self.ringing()
        assert not self.case.handover.legs

    async def in_company_of(self, *names: str) -> None:
        assert set(self.caller.company) == set(names), self.caller.company

    async def first_in_queue(self) -> None:
        assert self.caller.state == "queue"
        assert self.world.phones.exchange.queue[0] is self.caller
        assert self.caller.case == self.case.id
        assert "AGENT_LOST" in self.case.alarms

    async def second_agent_takes(self) -> None:
        await self.world.agent("agent2").answers()
        assert "AGENT_LOST" not in self.case.alarms


# ---------------------------------------------------------------- the unit rings


async def requester_leaves_idle(s: Scene) -> None:
    await s.idle()
    s.caller.hang_up()
    await s.world.forward("0:10")
    assert s.world.phones.agent("agent1").leg is None
    await s.world.clock_at("1:10")
    assert len(s.world.rings(GAS, Rung.DUTY)) == 1


async def requester_leaves_waiting(s: Scene) -> None:
    """The agent stays: he hears music, the desk says why, and he is joined to who accepts."""
    await s.waiting()
    s.caller.hang_up()
    await s.world.forward("0:10")
    assert s.case.room == {"agent1"}
    assert "REQUESTER_LEFT" in s.case.alarms
    s.world.unit(GAS, Rung.DUTY, Behaviour.presses("1"))
    await s.world.clock_at("1:05")
    assert s.case.room == {"agent1", DUTY}
    assert "REQUESTER_LEFT" not in s.case.alarms


async def both_leave_waiting(s: Scene) -> None:
    """The unit is called all the same; whoever accepts hears how to call back."""
    await s.waiting()
    s.caller.hang_up()
    await s.world.settle()
    await s.world.agent().hangs_up()
    assert "REQUESTER_LEFT" not in s.case.alarms
    s.world.unit(GAS, Rung.DUTY, Behaviour.presses("1"))
    await s.world.clock_at("1:05")
    assert s.case.state.state == "acknowledged"
    assert s.world.leg(GAS, Rung.DUTY).heard[-1] == "detail"


async def agent_leaves_waiting(s: Scene) -> None:
    await s.waiting()
    await s.world.agent().hangs_up()
    await s.first_in_queue()
    await s.second_agent_takes()
    await s.in_company_of("agent2")
    s.world.unit(GAS, Rung.DUTY, Behaviour.presses("1"))
    await s.world.clock_at("1:05")
    assert s.case.room == {REQUESTER, "agent2", DUTY}


async def agent_leaves_idle(s: Scene) -> None:
    await s.idle()
    await s.world.agent().hangs_up()
    await s.first_in_queue()
    await s.second_agent_takes()
    await s.in_company_of("agent2")


async def requester_leaves_ringing(s: Scene) -> None:
    await s.ringing()
    s.caller.hang_up()
    await s.world.settle()
    assert s.world.leg(GAS, Rung.DUTY).state == "ringing"
    assert s.case.room == {"agent1"}
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {"agent1", DUTY}


async def agent_leaves_ringing(s: Scene) -> None:
    await s.ringing()
    await s.world.agent().hangs_up()
    await s.first_in_queue()
    assert s.world.leg(GAS, Rung.DUTY).state == "ringing"
    await s.second_agent_takes()
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, "agent2", DUTY}


async def agent_leaves_ringing_and_nobody_takes(s: Scene) -> None:
    """The unit accepts while the caller still waits: he is not kept waiting."""
    await s.ringing()
    await s.world.agent("agent2").loses_the_phone()
    await s.world.agent().loses_the_phone()
    await s.first_in_queue()
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, DUTY}
    assert "AGENT_LOST" not in s.case.alarms


async def both_leave_ringing(s: Scene) -> None:
    """The unit that accepts hears the case and how to call back."""
    await s.ringing()
    s.caller.hang_up()
    await s.world.settle()
    await s.world.agent().hangs_up()
    leg = await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert leg.heard[-1] == "detail"
    assert s.case.state.state == "acknowledged"
    await s.world.forward("0:20")
    assert not leg.alive
    assert s.world.rings(GAS, Rung.DUTY) == ["0:00"]


async def unit_does_not_answer(s: Scene) -> None:
    await s.ringing()
    await s.world.clock_at("0:21")
    assert s.case.handover.legs == {}
    await s.in_company_of("agent1")
    await s.world.clock_at("1:01")
    assert len(s.world.rings(GAS, Rung.DUTY)) == 2
    assert s.world.rings(GAS, Rung.HANDLER) == ["1:00"]


async def unit_is_busy(s: Scene) -> None:
    s.world.unit(GAS, Rung.DUTY, Behaviour.busy())
    await s.ringing()
    await s.in_company_of("agent1")
    ended = s.case.handover.ended[0]
    assert (ended.number, ended.outcome) == (DUTY, "busy")


async def unit_rejects(s: Scene) -> None:
    s.world.unit(GAS, Rung.DUTY, Behaviour.rejects())
    await s.ringing()
    await s.in_company_of("agent1")
    assert s.case.handover.ended[0].outcome == "rejected"


async def unit_is_a_machine(s: Scene) -> None:
    """Voicemail takes the call: that is no acceptance."""
    s.world.unit(GAS, Rung.DUTY, Behaviour.voicemail())
    await s.ringing()
    await s.in_company_of("agent1")
    await s.world.clock_at("0:40")
    assert s.case.state.state == "handed_over"
    await s.world.clock_at("1:01")
    assert len(s.world.rings(GAS, Rung.DUTY)) == 2


# ---------------------------------------------------------------- the unit listens


async def requester_leaves_briefing(s: Scene) -> None:
    await s.briefing()
    s.caller.hang_up()
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {"agent1", DUTY}


async def agent_leaves_briefing(s: Scene) -> None:
    await s.briefing()
    await s.world.agent().hangs_up()
    await s.first_in_queue()
    assert s.world.leg(GAS, Rung.DUTY).state == "brief"
    await s.second_agent_takes()
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, "agent2", DUTY}


async def unit_leaves_briefing(s: Scene) -> None:
    await s.briefing()
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.in_company_of("agent1")
    assert s.case.state.state == "handed_over"
    await s.world.clock_at("1:01")
    assert len(s.world.rings(GAS, Rung.DUTY)) == 2


async def unit_presses_two(s: Scene) -> None:
    """Return slip requested: this number is not rung again, the next step comes at once."""
    await s.briefing()
    leg = await s.world.unit_presses(GAS, Rung.DUTY, "2")
    assert s.world.rings(GAS, Rung.HANDLER) == ["0:05"]
    assert "RETURN_REQUESTED" in s.case.alarms
    await s.in_company_of("agent1")
    await s.world.clock_at("4:30")
    assert s.world.rings(GAS, Rung.DUTY) == ["0:00"]
    assert not leg.alive
    assert s.case.state.state == "handed_over"
    assert len(s.case.state.active) == 1


async def unit_presses_nothing(s: Scene) -> None:
    s.world.unit(GAS, Rung.DUTY, Behaviour.silent(answer_after_s=1))
    await s.ringing()
    await s.world.clock_at("0:56")
    ended = next(x for x in s.case.handover.ended if x.number == DUTY)
    assert ended.outcome == "no_key"
    assert s.case.state.state == "handed_over"
    await s.in_company_of("agent1")


# ---------------------------------------------------------------- three are joined


async def requester_leaves_joined(s: Scene) -> None:
    await s.joined()
    s.caller.hang_up()
    await s.world.forward("1:00")
    assert s.case.room == {"agent1", DUTY}


async def agent_leaves_joined(s: Scene) -> None:
    await s.joined()
    await s.world.agent().hangs_up()
    await s.world.forward("1:00")
    await s.in_company_of(DUTY)
    assert "AGENT_LOST" not in s.case.alarms


async def unit_leaves_joined_soon(s: Scene) -> None:
    """Lost within 15 s: rung again by itself, and joined again."""
    await s.joined()
    await s.world.forward("0:10")
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.in_company_of("agent1")
    assert s.world.rings(GAS, Rung.DUTY) == ["0:00", "0:15"]
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, "agent1", DUTY}


async def unit_leaves_joined_later(s: Scene) -> None:
    await s.joined()
    await s.world.forward("0:20")
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.in_company_of("agent1")
    assert "UNIT_LEFT" in s.case.alarms
    assert s.world.rings(GAS, Rung.DUTY) == ["0:00"]
    await s.world.agent().does("ring_again", case=s.case.id, assignment=s.case.assignment())
    assert len(s.world.rings(GAS, Rung.DUTY)) == 2
    assert "UNIT_LEFT" not in s.case.alarms
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, "agent1", DUTY}


async def unit_lost_by_the_network(s: Scene) -> None:
    await s.joined()
    await s.world.forward("3:00")
    await s.world.unit_leaves(GAS, Rung.DUTY, by_network=True)
    assert s.world.rings(GAS, Rung.DUTY) == ["0:00", "3:05"]
    await s.in_company_of("agent1")


async def unit_lost_and_not_found_again(s: Scene) -> None:
    """The same contact at once, then the next step, by itself."""
    await s.joined()
    s.world.unit(GAS, Rung.DUTY, Behaviour.busy())
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.world.settle()
    assert s.world.rings(GAS, Rung.DUTY) == ["0:00", "0:05"]
    assert s.world.rings(GAS, Rung.HANDLER) == ["0:05"]
    await s.world.unit_presses(GAS, Rung.HANDLER, "1")
    assert s.case.room == {REQUESTER, "agent1", number(GAS, Rung.HANDLER)}


# ---------------------------------------------------------------- two are left


async def requester_leaves_unit_alone(s: Scene) -> None:
    await s.joined()
    await s.world.agent().hangs_up()
    leg = s.world.leg(GAS, Rung.DUTY)
    s.caller.hang_up()
    await s.world.forward("0:20")
    assert leg.heard[-1] == "detail"
    assert not leg.alive


async def agent_leaves_unit_alone(s: Scene) -> None:
    await s.joined()
    s.caller.hang_up()
    await s.world.settle()
    leg = s.world.leg(GAS, Rung.DUTY)
    await s.world.agent().hangs_up()
    await s.world.forward("0:20")
    assert leg.heard[-1] == "detail"
    assert not leg.alive


async def unit_leaves_requester_alone(s: Scene) -> None:
    await s.joined()
    await s.world.agent().hangs_up()
    await s.world.forward("1:00")
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.first_in_queue()
    await s.second_agent_takes()
    await s.in_company_of("agent2")
    assert "UNIT_LEFT" in s.case.alarms


async def unit_leaves_agent(s: Scene) -> None:
    """The agent stays in the room: he has the case, and one key rings the unit again."""
    await s.joined()
    s.caller.hang_up()
    await s.world.forward("1:00")
    await s.world.unit_leaves(GAS, Rung.DUTY)
    assert "UNIT_LEFT" in s.case.alarms
    await s.world.forward("0:10")
    assert s.case.room <= {"agent1"}


async def requester_and_agent_end_without_a_unit(s: Scene) -> None:
    """Last pair, and the requester leaves: the agent wraps up."""
    await s.idle()
    s.caller.hang_up()
    await s.world.forward("0:10")
    assert s.world.phones.agent("agent1").leg is None


# ---------------------------------------------------------------- one hears music


async def held(s: Scene) -> None:
    """The requester hears music; agent and unit speak alone."""
    await s.joined()
    await s.world.forward("0:20")
    await s.world.agent().does("hold", case=s.case.id)
    assert s.case.room == {"agent1", DUTY}
    assert s.caller.state == "held"


async def split(s: Scene) -> None:
    """The unit hears music; agent and requester speak alone."""
    await s.joined()
    await s.world.forward("0:20")
    await s.world.agent().does("split", case=s.case.id)
    assert s.case.room == {REQUESTER, "agent1"}
    assert s.world.leg(GAS, Rung.DUTY).state == "held"


async def requester_leaves_held(s: Scene) -> None:
    await held(s)
    s.caller.hang_up()
    await s.world.forward("1:00")
    assert s.case.room == {"agent1", DUTY}


async def agent_leaves_held(s: Scene) -> None:
    """At once, not after the dialplan's look."""
    await held(s)
    await s.world.agent().hangs_up()
    assert s.case.room == {REQUESTER, DUTY}
    await s.world.forward("1:00")
    await s.in_company_of(DUTY)


async def agent_and_unit_leave_held(s: Scene) -> None:
    await held(s)
    await s.world.agent("agent2").loses_the_phone()
    s.world.unit(GAS, Rung.DUTY, Behaviour.no_answer())
    s.world.phones.agent("agent1").hang_up()
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.world.forward("0:06")
    await s.first_in_queue()


async def unit_leaves_held(s: Scene) -> None:
    await held(s)
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.in_company_of("agent1")
    assert "UNIT_LEFT" in s.case.alarms


async def requester_leaves_split(s: Scene) -> None:
    await split(s)
    s.caller.hang_up()
    await s.world.settle()
    assert s.case.room == {"agent1", DUTY}


async def agent_leaves_split(s: Scene) -> None:
    await split(s)
    await s.world.agent().hangs_up()
    assert s.case.room == {REQUESTER, DUTY}
    await s.world.forward("1:00")
    await s.in_company_of(DUTY)
    assert "AGENT_LOST" not in s.case.alarms


async def both_leave_split(s: Scene) -> None:
    """The unit does not hear music for ever: the case, and how to call back."""
    await split(s)
    leg = s.world.leg(GAS, Rung.DUTY)
    s.caller.hang_up()
    await s.world.agent().hangs_up()
    await s.world.forward("0:20")
    assert leg.heard[-1] == "detail"
    assert not leg.alive


async def unit_leaves_split(s: Scene) -> None:
    await split(s)
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.in_company_of("agent1")
    assert "UNIT_LEFT" in s.case.alarms


Walk = Callable[[Scene], Awaitable[None]]
R, A, U = Party.REQUESTER, Party.AGENT, Party.UNIT

STORIES: dict[tuple[Phase, Party], tuple[Walk, ...]] = {
    (Phase.IDLE, R): (requester_leaves_idle, requester_and_agent_end_without_a_unit),
    (Phase.IDLE, A): (agent_leaves_idle,),
    (Phase.WAITING, R): (requester_leaves_waiting, both_leave_waiting),
    (Phase.WAITING, A): (agent_leaves_waiting,),
    (Phase.RINGING, R): (requester_leaves_ringing, both_leave_ringing),
    (Phase.RINGING, A): (agent_leaves_ringing, agent_leaves_ringing_and_nobody_takes),
    (Phase.RINGING, U): (unit_does_not_answer, unit_is_busy, unit_rejects),
    (Phase.BRIEFING, R): (requester_leaves_briefing,),
    (Phase.BRIEFING, A): (agent_leaves_briefing,),
    (Phase.BRIEFING, U): (unit_leaves_briefing, unit_is_a_machine, unit_presses_nothing),
    (Phase.JOINED, R): (requester_leaves_joined,),
    (Phase.JOINED, A): (agent_leaves_joined,),
    (Phase.JOINED, U): (
        unit_leaves_joined_soon,
        unit_leaves_joined_later,
        unit_lost_by_the_network,
        unit_lost_and_not_found_again,
    ),
    (Phase.HELD, R): (requester_leaves_held,),
    (Phase.HELD, A): (agent_leaves_held, agent_and_unit_leave_held),
    (Phase.HELD, U): (unit_leaves_held,),
    (Phase.SPLIT, R): (requester_leaves_split, both_leave_split),
    (Phase.SPLIT, A): (agent_leaves_split,),
    (Phase.SPLIT, U): (unit_leaves_split,),
    (Phase.TWO_LEFT, R): (requester_leaves_unit_alone,),
    (Phase.TWO_LEFT, A): (agent_leaves_unit_alone,),
    (Phase.TWO_LEFT, U): (unit_leaves_requester_alone, unit_leaves_agent),
}
BESIDE: tuple[Walk, ...] = (unit_presses_two,)
"""A cell of the design's table in which nobody hangs up by himself."""

DESIGN: dict[tuple[str, str], tuple[Walk, ...]] = {
    ("ringing", "R hangs up"): (requester_leaves_ringing, both_leave_ringing),
    ("ringing", "A lost"): (agent_leaves_ringing, agent_leaves_ringing_and_nobody_takes),
    ("ringing", "U unreached"): (unit_does_not_answer, unit_is_busy, unit_rejects),
    ("ringing", "U hangs up"): (unit_rejects,),
    ("brief", "R hangs up"): (requester_leaves_briefing,),
    ("brief", "A lost"): (agent_leaves_briefing,),
    ("brief", "U key 2 or none"): (unit_presses_two, unit_presses_nothing, unit_is_a_machine),
    ("brief", "U hangs up"): (unit_leaves_briefing,),
    ("joined", "R hangs up"): (requester_leaves_joined,),
    ("joined", "A lost"): (agent_leaves_joined,),
    ("joined", "U hangs up"): (unit_leaves_joined_soon, unit_leaves_joined_later),
    ("two left", "R alone"): (unit_leaves_requester_alone,),
    ("two left", "U alone"): (requester_leaves_unit_alone, agent_leaves_unit_alone),
    ("two left", "A alone"): (requester_and_agent_end_without_a_unit, unit_leaves_agent),
}

WALKS = [
    pytest.param(cell, walk, id=f"{cell[0]}-{cell[1]}-{walk.__name__}")
    for cell in OUTCOMES
    for walk in STORIES.get(cell, (None,))
    if walk is not None
]


def test_every_cell_has_a_story() -> None:
    assert set(STORIES) == set(OUTCOMES)
    walked = {walk for walks in STORIES.values() for walk in walks} | set(BESIDE)
    assert {walk for walks in DESIGN.values() for walk in walks} <= walked


@pytest.mark.parametrize(("cell", "walk"), WALKS)
async def test_the_outcome_is_as_written(
    world: World, cell: tuple[Phase, Party], walk: Walk
) -> None:
    scene = Scene(world)
    await walk(scene)
    phase, party = cell
    assert (phase.value, party.value, OUTCOMES[cell].value) in await scene.case.outcomes()


@pytest.mark.parametrize("walk", BESIDE, ids=lambda walk: walk.__name__)
async def test_what_a_key_leads_to(world: World, walk: Walk) -> None:
    await walk(Scene(world))


@pytest.mark.parametrize(("cell", "walk"), WALKS)
async def test_the_order_of_facts_of_one_instant_does_not_matter(
    world: World, cell: tuple[Phase, Party], walk: Walk
) -> None:
    """Real Asterisk does not fix it: here every bundle of one instant comes turned round."""
    world.phones.reorder = lambda facts: list(reversed(facts))
    scene = Scene(world)
    await walk(scene)
    assert not world.phones.exchange.callers or scene.caller.state in ("queue", "talking", "room")
