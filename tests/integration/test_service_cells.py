"""Every cell of the hang-up table, played on real Asterisk, all of them at once on one PBX.

The table is `dispatcher.core.handover.OUTCOMES`: who leaves, in which phase, and what is done.
Each play brings a call into the phase, lets the party leave, and shows by tones where the others
are afterwards.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest
import pytest_asyncio

from dispatcher.core import events as e
from dispatcher.core.handover import OUTCOMES, Phase
from dispatcher.core.ids import Party
from dispatcher.testing.city import Behaviour, CityLeg
from dispatcher.testing.stand import Stand
from tests.integration.plays import Begun, begin
from tests.integration.site import DEADLINE_S, Site, Talk, all_hear, apart, calm, told_and_released
from tests.integration.site_rules import UnitPhones, take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

Play = Callable[[Site], Awaitable[Talk]]
CELLS: dict[str, tuple[Phase, Party, Play]] = {}


def cell(phase: Phase, party: Party) -> Callable[[Play], Play]:
    """The play of one cell, or one more way to get there."""

    def named(play: Play) -> Play:
        CELLS[play.__name__] = (phase, party, play)
        return play

    return named


# ---------------------------------------------------------------- into the phases


async def opened(site: Site, behaviour: Behaviour, kind: str = "s") -> tuple[Talk, UnitPhones]:
    """Caller and agent in the case's room; the unit's 24 h line behaves so."""
    unit = take_unit(kind)
    site.city.unit(unit.duty, behaviour)
    talk = await site.talk()
    await talk.opens(unit)
    await talk.in_room()
    return talk, unit


async def waiting(site: Site) -> Talk:
    """No leg of the unit lives: its only number is engaged, and waits for its next try."""
    talk, _ = await opened(site, Behaviour.busy())
    await talk.recorded(e.LegLeft, outcome="busy")
    return talk


async def idle(site: Site) -> Talk:
    """The hand-over was taken back, and nobody is called."""
    talk = await waiting(site)
    args = {"case": talk.case, "assignment": talk.assignment(), "reason": "误判"}
    await site.does("withdraw", talk.agent.party, **args)
    return talk


async def ringing(site: Site) -> tuple[Talk, CityLeg]:
    talk, unit = await opened(site, Behaviour.no_answer())
    await talk.recorded(e.LegRang)
    return talk, await site.city.leg(unit.duty)


async def briefing(site: Site) -> tuple[Talk, CityLeg]:
    talk, leg = await ringing(site)
    await leg.answer()
    await talk.recorded(e.LegWasAnswered)
    return talk, leg


async def joined(site: Site) -> tuple[Talk, CityLeg]:
    talk, unit = await opened(site, Behaviour.presses("1", after_s=0.4))
    leg = await talk.joined(unit)
    await all_hear(talk.caller, talk.agent, leg)
    return talk, leg


async def without_agent(site: Site) -> tuple[Talk, CityLeg]:
    talk, leg = await joined(site)
    await talk.agent.hang_up()
    await talk.recorded(e.PartyLeft, party=Party.AGENT)
    await all_hear(talk.caller, leg)
    return talk, leg


async def without_caller(site: Site) -> tuple[Talk, CityLeg]:
    talk, leg = await joined(site)
    await talk.caller.hang_up()
    await talk.recorded(e.PartyLeft, party=Party.REQUESTER)
    await all_hear(talk.agent, leg)
    return talk, leg


async def accepts(talk: Talk, leg: CityLeg) -> None:
    """The unit takes its phone if it has not, and presses 1."""
    if leg.answered_at is None:
        await leg.answer()
        await talk.recorded(e.LegWasAnswered)
    await leg.press("1")
    await talk.recorded(e.LegJoined)


# ---------------------------------------------------------------- no leg of the unit lives


@cell(Phase.IDLE, Party.REQUESTER)
async def the_caller_leaves_and_nobody_is_rung(site: Site) -> Talk:
    talk = await idle(site)
    await talk.caller.hang_up()
    await talk.agent.left(30)
    return talk


@cell(Phase.IDLE, Party.AGENT)
async def the_agent_leaves_and_nobody_is_rung(site: Site) -> Talk:
    talk = await idle(site)
    await talk.agent.hang_up()
    await all_hear(talk.caller, await talk.taken_again())
    return talk


# ---------------------------------------------------------------- between two tries


@cell(Phase.WAITING, Party.REQUESTER)
async def the_caller_leaves_between_two_tries(site: Site) -> Talk:
    """The agent stays, with music, and is joined to whoever accepts."""
    talk = await waiting(site)
    await talk.caller.hang_up()
    await talk.recorded(e.PartyLeft, party=Party.REQUESTER)
    assert "REQUESTER_LEFT" in talk.alarms()
    unit = UnitPhones(talk.state.assignments[talk.assignment()].unit)
    site.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    await site.does("ring_again", case=talk.case, assignment=talk.assignment())
    leg = await site.city.leg(unit.duty, 1, DEADLINE_S)
    await talk.recorded(e.LegJoined)
    await all_hear(talk.agent, leg)
    return talk


@cell(Phase.WAITING, Party.AGENT)
async def the_agent_leaves_between_two_tries(site: Site) -> Talk:
    talk = await waiting(site)
    await talk.agent.hang_up()
    await all_hear(talk.caller, await talk.taken_again())
    return talk


# ---------------------------------------------------------------- the unit rings


@cell(Phase.RINGING, Party.REQUESTER)
async def the_caller_leaves_while_it_rings(site: Site) -> Talk:
    talk, leg = await ringing(site)
    await talk.caller.hang_up()
    await talk.recorded(e.PartyLeft)
    await accepts(talk, leg)
    await all_hear(talk.agent, leg)
    return talk


@cell(Phase.RINGING, Party.AGENT)
async def the_agent_leaves_while_it_rings(site: Site) -> Talk:
    talk, leg = await ringing(site)
    await talk.agent.hang_up()
    second = await talk.taken_again()
    await all_hear(talk.caller, second)
    await accepts(talk, leg)
    await all_hear(talk.caller, second, leg)
    return talk


@cell(Phase.RINGING, Party.REQUESTER)
async def both_leave_while_it_rings(site: Site) -> Talk:
    """The unit still hears the case, and how to call back."""
    talk, leg = await ringing(site)
    await talk.caller.hang_up()
    await talk.recorded(e.PartyLeft)
    await talk.agent.hang_up()
    await talk.recorded(e.PartyLeft, 1)
    await leg.answer()
    await talk.recorded(e.LegWasAnswered)
    await leg.press("1")
    await talk.recorded(e.AssignmentAcknowledged)
    await told_and_released(leg)
    return talk


async def next_number(site: Site, behaviour: Behaviour, outcome: str) -> Talk:
    """The unit's first number fails so; its second is rung, caller and agent talk on."""
    unit = take_unit("n")
    site.city.unit(unit.duty, behaviour)
    site.city.unit(unit.second, Behaviour.no_answer())
    talk = await site.talk()
    await talk.opens(unit)
    await site.city.leg(unit.second, 0, 60)
    await talk.recorded(e.LegLeft, outcome=outcome)
    await talk.in_room()
    await all_hear(talk.caller, talk.agent)
    return talk


@cell(Phase.RINGING, Party.UNIT)
async def the_unit_is_busy(site: Site) -> Talk:
    return await next_number(site, Behaviour.busy(), "busy")


@cell(Phase.RINGING, Party.UNIT)
async def the_unit_does_not_answer(site: Site) -> Talk:
    return await next_number(site, Behaviour.no_answer(), "no_answer")


@cell(Phase.RINGING, Party.UNIT)
async def the_unit_rejects(site: Site) -> Talk:
    return await next_number(site, Behaviour.rejects(), "rejected")


# ---------------------------------------------------------------- the unit listens to the brief


@cell(Phase.BRIEFING, Party.REQUESTER)
async def the_caller_leaves_during_the_brief(site: Site) -> Talk:
    talk, leg = await briefing(site)
    await talk.caller.hang_up()
    await talk.recorded(e.PartyLeft)
    await accepts(talk, leg)
    await all_hear(talk.agent, leg)
    return talk


@cell(Phase.BRIEFING, Party.AGENT)
async def the_agent_leaves_during_the_brief(site: Site) -> Talk:
    """The unit accepts before another agent has answered, or after it: either way they talk."""
    talk, leg = await briefing(site)
    await talk.agent.hang_up()
    await talk.recorded(e.RequesterQueued)
    await accepts(talk, leg)
    await all_hear(talk.caller, leg)
    return talk


@cell(Phase.BRIEFING, Party.UNIT)
async def the_unit_hangs_up_during_the_brief(site: Site) -> Talk:
    return await next_number(site, Behaviour.silent().leaving(0.5), "hung_up")


@cell(Phase.BRIEFING, Party.UNIT)
async def a_machine_answers(site: Site) -> Talk:
    """It presses no key: an answered phone is no acceptance."""
    talk = await next_number(site, Behaviour.voicemail(0.3), "no_key")
    assert talk.all(e.AssignmentAcknowledged) == []
    return talk


@cell(Phase.BRIEFING, Party.UNIT)
async def the_unit_presses_2(site: Site) -> Talk:
    talk, leg = await briefing(site)
    await leg.press("2")
    await talk.recorded(e.ReturnRequested)
    await talk.recorded(e.LegLeft)
    await all_hear(talk.caller, talk.agent)
    return talk


# ---------------------------------------------------------------- joined


@cell(Phase.JOINED, Party.REQUESTER)
async def the_caller_leaves_the_three(site: Site) -> Talk:
    talk, _ = await without_caller(site)
    return talk


@cell(Phase.JOINED, Party.AGENT)
async def the_agent_leaves_the_three(site: Site) -> Talk:
    talk, _ = await without_agent(site)
    return talk


@cell(Phase.JOINED, Party.UNIT)
async def the_unit_leaves_the_three(site: Site) -> Talk:
    """So soon that it is rung again by itself."""
    talk, leg = await joined(site)
    await leg.hang_up()
    await all_hear(talk.caller, talk.agent)
    again = await site.city.leg(leg.party, 1, 30)
    await talk.recorded(e.LegJoined, 1)
    await all_hear(talk.caller, talk.agent, again)
    return talk


# ---------------------------------------------------------------- one hears music


async def held(site: Site) -> tuple[Talk, CityLeg]:
    """Agent and unit speak alone."""
    talk, leg = await joined(site)
    await site.does("hold", talk.agent.party, case=talk.case)
    await talk.recorded(e.PartyHeld, party=Party.REQUESTER)
    await apart(talk.caller, talk.agent, leg)
    return talk, leg


async def split(site: Site) -> tuple[Talk, CityLeg]:
    """Agent and caller speak alone."""
    talk, leg = await joined(site)
    await site.does("split", talk.agent.party, case=talk.case)
    await talk.recorded(e.PartyHeld, party=Party.UNIT)
    await apart(leg, talk.caller, talk.agent)
    return talk, leg


@cell(Phase.HELD, Party.REQUESTER)
async def the_held_caller_leaves(site: Site) -> Talk:
    talk, leg = await held(site)
    await talk.caller.hang_up()
    await talk.recorded(e.PartyLeft, party=Party.REQUESTER)
    await all_hear(talk.agent, leg)
    return talk


@cell(Phase.HELD, Party.AGENT)
async def the_agent_leaves_the_held_caller(site: Site) -> Talk:
    talk, leg = await held(site)
    await talk.agent.hang_up()
    await all_hear(talk.caller, leg)
    assert talk.all(e.RequesterQueued) == []
    return talk


@cell(Phase.HELD, Party.UNIT)
async def the_unit_leaves_the_held_caller(site: Site) -> Talk:
    talk, leg = await held(site)
    site.city.unit(leg.party, Behaviour.no_answer())
    await leg.hang_up()
    await all_hear(talk.caller, talk.agent)
    return talk


@cell(Phase.SPLIT, Party.REQUESTER)
async def the_caller_leaves_the_held_unit(site: Site) -> Talk:
    talk, leg = await split(site)
    await talk.caller.hang_up()
    await all_hear(talk.agent, leg)
    return talk


@cell(Phase.SPLIT, Party.AGENT)
async def the_agent_leaves_the_held_unit(site: Site) -> Talk:
    """The dialplan may have taken him to the queue for a moment: nobody else was in the room."""
    talk, leg = await split(site)
    await talk.agent.hang_up()
    await all_hear(talk.caller, leg)
    return talk


@cell(Phase.SPLIT, Party.UNIT)
async def the_held_unit_leaves(site: Site) -> Talk:
    talk, leg = await split(site)
    site.city.unit(leg.party, Behaviour.no_answer())
    await leg.hang_up()
    await talk.recorded(e.LegLeft)
    await all_hear(talk.caller, talk.agent)
    return talk


# ---------------------------------------------------------------- two left


@cell(Phase.TWO_LEFT, Party.REQUESTER)
async def the_caller_leaves_the_unit(site: Site) -> Talk:
    talk, leg = await without_agent(site)
    await talk.caller.hang_up()
    await told_and_released(leg)
    return talk


@cell(Phase.TWO_LEFT, Party.AGENT)
async def the_agent_leaves_the_unit(site: Site) -> Talk:
    talk, leg = await without_caller(site)
    await talk.agent.hang_up()
    await told_and_released(leg)
    return talk


@cell(Phase.TWO_LEFT, Party.UNIT)
async def the_unit_leaves_the_caller(site: Site) -> Talk:
    talk, leg = await without_agent(site)
    await leg.hang_up()
    second = await talk.taken_again()
    again = await site.city.leg(leg.party, 1, 30)
    await talk.recorded(e.LegJoined, 1)
    await all_hear(talk.caller, second, again)
    return talk


@cell(Phase.TWO_LEFT, Party.UNIT)
async def the_unit_leaves_the_agent(site: Site) -> Talk:
    talk, leg = await without_caller(site)
    await leg.hang_up()
    again = await site.city.leg(leg.party, 1, 30)
    await talk.recorded(e.LegJoined, 1)
    await all_hear(talk.agent, again)
    return talk


# ---------------------------------------------------------------- all at once


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(
    wide_stand: Stand,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Begun]:
    """The selected plays, all begun."""
    async with Site(wide_stand, tmp_path_factory.mktemp("cells")) as site:
        plays = {name: partial(_play, site, name) for name in CELLS}
        async with begin(request, plays) as begun:
            yield begun
    await calm(wide_stand)


async def _play(site: Site, name: str) -> Talk:
    """One play, and its outcome in the ledger."""
    phase, party, play = CELLS[name]
    talk = await play(site)
    outcome = OUTCOMES[phase, party]
    await talk.recorded(e.OutcomeDecided, phase=phase.value, party=party, outcome=outcome.value)
    return talk


@pytest.mark.parametrize("name", CELLS)
async def test_cell(name: str, played: Begun) -> None:
    talk = await played[name]
    assert {x.synthesised for x in talk.all(e.PartyLeft)} <= {False}
    assert "PBX_ACTION_FAILED" not in {x.kind for x in talk.all(e.AlarmRaised)}


async def test_every_cell_is_played() -> None:
    assert {(phase, party) for phase, party, _ in CELLS.values()} == set(OUTCOMES)
