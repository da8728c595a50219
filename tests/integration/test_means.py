"""Who hears whom in a transfer and in an outbound call, proved by tones on real Asterisk.

All plays at once on one PBX; see `hangups/` for who leaves in which phase, and
`test_service_killed.py` for the same with the service dead.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest
import pytest_asyncio

from dispatcher.core import events as e
from dispatcher.core.ids import Party
from dispatcher.testing.city import Behaviour, CityLeg
from dispatcher.testing.stand import Stand
from tests.integration.plays import Begun, begin
from tests.integration.site import (
    DEADLINE_S,
    Site,
    Talk,
    all_hear,
    apart,
    calm,
    hears_only,
    pause,
    told_and_released,
)
from tests.integration.site_rules import UnitPhones, take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

Play = Callable[[Site], Awaitable[Talk | None]]
PLAYS: dict[str, Play] = {}
OWN_PHONES = ("agent23", "agent24")
"""Agents who take no calls from the queue: their phones are free for outbound calls."""


def play(story: Play) -> Play:
    PLAYS[story.__name__] = story
    return story


# ---------------------------------------------------------------- into the phases


async def ringing(site: Site, means: str, kind: str = "s") -> tuple[Talk, UnitPhones, CityLeg]:
    """Caller and agent talk on while the unit's phone rings, and hear nobody else."""
    unit = take_unit(kind)
    site.city.unit(unit.duty, Behaviour.no_answer())
    talk = await site.talk()
    await talk.opens(unit, means=means)
    await talk.in_room()
    await talk.recorded(e.LegRang)
    leg = await site.city.leg(unit.duty)
    await all_hear(talk.caller, talk.agent)
    return talk, unit, leg


async def answered(talk: Talk, leg: CityLeg) -> None:
    await leg.answer()
    await talk.recorded(e.LegWasAnswered)
    await all_hear(talk.caller, talk.agent)


async def accepted(site: Site, means: str) -> tuple[Talk, UnitPhones, CityLeg]:
    talk, unit, leg = await ringing(site, means)
    await answered(talk, leg)
    await leg.press("1")
    await talk.recorded(e.LegJoined)
    return talk, unit, leg


async def arranged(talk: Talk, how: str) -> None:
    await talk.site.does(how, talk.agent.party, case=talk.case)


# ---------------------------------------------------------------- transfer


@play
async def a_transfer_and_then_the_unit_leaves(site: Site) -> Talk:
    """The two talk on, recorded; left alone, the caller is with another agent at once."""
    talk, _, leg = await accepted(site, "transfer")
    first = talk.agent
    assert (await talk.recorded(e.AgentReleased)).why == "transfer"
    await first.left(DEADLINE_S)
    await all_hear(talk.caller, leg)
    assert talk.all(e.RequesterQueued) == []
    site.city.unit(leg.party, Behaviour.no_answer())
    await leg.hang_up()
    second = await talk.taken_again()
    await all_hear(talk.caller, second)
    assert ("two_left", "unit", "unit_lost") in talk.outcomes()
    return talk


@play
async def a_transfer_without_a_caller(site: Site) -> Talk:
    """The agent stays: nobody else would speak to the unit."""
    talk, _, leg = await ringing(site, "transfer")
    await talk.caller.hang_up()
    await talk.recorded(e.PartyLeft)
    await leg.answer()
    await talk.recorded(e.LegWasAnswered)
    await leg.press("1")
    await talk.recorded(e.LegJoined)
    await all_hear(talk.agent, leg)
    assert talk.all(e.AgentReleased) == []
    return talk


@play
async def a_transfer_to_a_switchboard(site: Site) -> Talk:
    """Joined on answer; only the agent's "heard and accepted" lets him go."""
    talk, _, leg = await ringing(site, "transfer", "v")
    await leg.answer()
    await talk.recorded(e.LegJoined)
    await all_hear(talk.caller, talk.agent, leg)
    given = {"case": talk.case, "assignment": talk.assignment()}
    await site.does("acknowledge_spoken", talk.agent.party, **given)
    await talk.agent.left(DEADLINE_S)
    await all_hear(talk.caller, leg)
    return talk


# ---------------------------------------------------------------- outbound


@play
async def an_outbound_call_with_everything(site: Site) -> Talk:
    talk, _, leg = await accepted(site, "outbound")
    await apart(talk.caller, talk.agent, leg)
    # Not for an instant did he hear the unit, nor the unit him.
    assert talk.caller.hearing().intervals(leg.tone_hz, 300) == []
    assert leg.hearing().intervals(talk.caller.tone_hz, 300) == []
    await arranged(talk, "join")
    await all_hear(talk.caller, talk.agent, leg)
    await arranged(talk, "split")
    await apart(leg, talk.caller, talk.agent)
    await arranged(talk, "hold")
    await apart(talk.caller, talk.agent, leg)
    agent = talk.agent
    await arranged(talk, "leave")
    await agent.left(DEADLINE_S)
    await all_hear(talk.caller, leg)
    held = [x.party for x in talk.all(e.HoldEnded)]
    assert held == [Party.REQUESTER, Party.UNIT, Party.REQUESTER]
    assert talk.all(e.RequesterQueued) == []
    return talk


@play
async def an_outbound_call_to_a_switchboard(site: Site) -> Talk:
    """It is not let in before the caller hears music."""
    talk, _, leg = await ringing(site, "outbound", "v")
    await leg.answer()
    await talk.recorded(e.LegJoined)
    await apart(talk.caller, talk.agent, leg)
    assert talk.caller.hearing().intervals(leg.tone_hz, 300) == []
    return talk


@play
async def an_outbound_call_and_the_agent_is_lost(site: Site) -> Talk:
    talk, _, leg = await accepted(site, "outbound")
    await apart(talk.caller, talk.agent, leg)
    await talk.agent.hang_up()
    await all_hear(talk.caller, leg)
    assert talk.all(e.RequesterQueued) == []
    return talk


@play
async def an_outbound_call_and_both_others_are_lost(site: Site) -> Talk:
    """In the same instant: the caller is with another agent."""
    talk, _, leg = await accepted(site, "outbound")
    await apart(talk.caller, talk.agent, leg)
    site.city.unit(leg.party, Behaviour.no_answer())
    await asyncio.gather(talk.agent.hang_up(), leg.hang_up())
    await all_hear(talk.caller, await talk.taken_again())
    return talk


@play
async def the_unit_returns_to_an_outbound_call(site: Site) -> Talk:
    """Lost at once: the caller is given back; rung again, it speaks with the agent alone."""
    talk, unit, leg = await accepted(site, "outbound")
    await apart(talk.caller, talk.agent, leg)
    await leg.hang_up()
    await all_hear(talk.caller, talk.agent)
    again = await site.city.leg(unit.duty, 1, DEADLINE_S)
    await again.answer()
    await talk.recorded(e.LegWasAnswered, 1)
    await again.press("1")
    await talk.recorded(e.LegJoined, 1)
    await apart(talk.caller, talk.agent, again)
    return talk


async def own_phone(site: Site, seat: str, unit: UnitPhones) -> tuple[str, CityLeg]:
    """A case entered from elsewhere; the agent's own phone is rung into its room."""
    before = len(site.city.legs_of(seat))
    data = await site.does(
        "open_emergency",
        seat,
        **{"class": "EMERGENCY_MAJOR"},
        category="E2.GAS",
        district="xuanzhou",
        text="群众来访反映",
        unit=unit.id,
        means="outbound",
        source="visit",
    )
    return str(data["case"]), await site.city.leg(seat, before, DEADLINE_S)


@play
async def an_outbound_call_without_a_caller(site: Site) -> None:
    unit = take_unit()
    site.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    _, agent = await own_phone(site, OWN_PHONES[0], unit)
    leg = await site.city.leg(unit.duty, 0, DEADLINE_S)
    await all_hear(agent, leg)
    site.city.unit(unit.duty, Behaviour.no_answer())
    await agent.hang_up()
    await told_and_released(leg)


@play
async def the_agents_own_phone_is_not_answered(site: Site) -> None:
    """The unit that has accepted hears the detail, not music for ever."""
    unit = take_unit()
    seat = OWN_PHONES[1]
    site.city.agent(seat, Behaviour.rejects())
    site.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    await own_phone(site, seat, unit)
    leg = await site.city.leg(unit.duty, 0, DEADLINE_S)
    await told_and_released(leg)


@play
async def a_three_way_call_held_and_left(site: Site) -> Talk:
    talk, _, leg = await accepted(site, "three_way")
    await all_hear(talk.caller, talk.agent, leg)
    await arranged(talk, "hold")
    await apart(talk.caller, talk.agent, leg)
    await arranged(talk, "join")
    await all_hear(talk.caller, talk.agent, leg)
    agent = talk.agent
    await arranged(talk, "leave")
    await agent.left(DEADLINE_S)
    await hears_only(talk.caller, leg, but_not=[agent])
    return talk


# ---------------------------------------------------------------- all at once


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(
    wide_stand: Stand, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Begun]:
    await pause(wide_stand, *OWN_PHONES)
    async with Site(wide_stand, tmp_path_factory.mktemp("means")) as site:
        plays = {name: partial(story, site) for name, story in PLAYS.items()}
        async with begin(request, plays) as begun:
            yield begun
    await calm(wide_stand)
    await pause(wide_stand, *OWN_PHONES, paused=False)


@pytest.mark.parametrize("name", PLAYS)
async def test_means(name: str, played: Begun) -> None:
    talk = await played[name]
    if talk is not None:
        assert "PBX_ACTION_FAILED" not in {x.kind for x in talk.all(e.AlarmRaised)}
