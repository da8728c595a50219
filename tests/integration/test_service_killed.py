"""The service killed (-9) at each point of a hand-over, and started again on the same ledger.

In between the dialplan finishes by itself what the service began; afterwards what was missed is
recorded, nothing is done twice, and the ledger verifies. All of it at once on one PBX.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

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
    told_and_released,
)
from tests.integration.site_rules import UnitPhones, take_unit
from tests.integration.victim import Victim

pytestmark = pytest.mark.asyncio(loop_scope="session")

Play = Callable[[Stand, Path], Awaitable[None]]
PLAYS: dict[str, Play] = {}


def play(story: Play) -> Play:
    PLAYS[story.__name__] = story
    return story


# ---------------------------------------------------------------- before and after


async def ringing(victim: Victim, stand: Stand, unit: UnitPhones) -> CityLeg:
    """Caller and agent are in the room, the unit's phone rings."""
    stand.city.unit(unit.duty, Behaviour.no_answer())
    await victim.talk()
    await victim.opens(unit)
    await victim.says(case=victim.case, event="LegRang")
    await victim.says(case=victim.case, event="PartyJoined")
    await all_hear(victim.caller, victim.agent)
    return await stand.city.leg(unit.duty, 0, DEADLINE_S)


async def joined(victim: Victim, stand: Stand, unit: UnitPhones) -> CityLeg:
    leg = await ringing(victim, stand, unit)
    await leg.answer()
    await victim.says(case=victim.case, event="LegWasAnswered")
    await leg.press("1")
    await victim.says(case=victim.case, event="LegJoined")
    await all_hear(victim.caller, victim.agent, leg)
    return leg


def again(site: Site, victim: Victim) -> Talk:
    """The case as the restarted service has it."""
    handover = site.service.hotline.handovers[victim.case]
    assert handover.call is not None
    call = site.service.hotline.live.calls.get(handover.call)
    assert call is not None, "the restarted service knows the call"
    return Talk(site, victim.caller, victim.agent, call, victim.case)


# ---------------------------------------------------------------- the plays


@play
async def while_the_unit_rings(stand: Stand, folder: Path) -> None:
    """Key 1 reaches nobody: after 3 s the dialplan joins the unit by itself."""
    unit = take_unit()
    async with Victim(stand, folder / "ledger.db") as victim:
        leg = await ringing(victim, stand, unit)
        await victim.kill()
        await leg.answer()
        await leg.answered()
        await leg.press("1")
        await all_hear(victim.caller, victim.agent, leg)
        async with Site(stand, folder) as site:
            talk = again(site, victim)
            assert (await talk.recorded(e.LegJoined)).by_dialplan
            assert (await talk.recorded(e.AssignmentAcknowledged)).channel == "key"
            await all_hear(victim.caller, victim.agent, leg)
            assert len(talk.all(e.LegPlaced)) == len(stand.city.legs_of(unit.duty)) == 1


@play
async def during_the_brief(stand: Stand, folder: Path) -> None:
    unit = take_unit()
    async with Victim(stand, folder / "ledger.db") as victim:
        leg = await ringing(victim, stand, unit)
        await leg.answer()
        await victim.says(case=victim.case, event="LegWasAnswered")
        await victim.kill()
        async with Site(stand, folder) as site:
            talk = again(site, victim)
            await leg.press("1")
            assert not (await talk.recorded(e.LegJoined)).by_dialplan
            await all_hear(victim.caller, victim.agent, leg)


@play
async def between_the_key_and_the_joining(stand: Stand, folder: Path) -> None:
    """The acceptance is committed, the unit's leg was not moved."""
    unit = take_unit()
    stand.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    async with Victim(stand, folder / "ledger.db", hold="JoinRoom") as victim:
        await victim.talk()
        await victim.opens(unit)
        await victim.says(held="JoinRoom")
        await victim.kill()
        leg = stand.city.legs_of(unit.duty)[0]
        await all_hear(victim.caller, victim.agent, leg)
        async with Site(stand, folder) as site:
            talk = again(site, victim)
            await talk.recorded(e.LegJoined)
            assert len(talk.all(e.AssignmentAcknowledged)) == 1
            await all_hear(victim.caller, victim.agent, leg)


@play
async def before_the_call_was_placed(stand: Stand, folder: Path) -> None:
    """Committed, never sent: it is looked up, found absent, and tried anew."""
    unit = take_unit()
    stand.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    async with Victim(stand, folder / "ledger.db", hold="RingContact") as victim:
        await victim.talk()
        await victim.opens(unit)
        await victim.says(held="RingContact")
        await victim.kill()
        async with Site(stand, folder) as site:
            talk = again(site, victim)
            assert (await talk.recorded(e.LegLeft)).outcome == "unknown"
            await talk.recorded(e.LegJoined)
            (leg,) = stand.city.legs_of(unit.duty)
            await all_hear(victim.caller, victim.agent, leg)


@play
async def before_they_were_moved_into_the_room(stand: Stand, folder: Path) -> None:
    unit = take_unit()
    stand.city.unit(unit.duty, Behaviour.no_answer())
    async with Victim(stand, folder / "ledger.db", hold="ConveneRoom") as victim:
        await victim.talk()
        await victim.opens(unit)
        await victim.says(held="ConveneRoom")
        await victim.says(case=victim.case, event="LegRang")
        await victim.kill()
        async with Site(stand, folder) as site:
            talk = again(site, victim)
            await talk.in_room()
            await all_hear(victim.caller, victim.agent)
            leg = stand.city.legs_of(unit.duty)[0]
            await leg.answer()
            await talk.recorded(e.LegWasAnswered)
            await leg.press("1")
            await talk.recorded(e.LegJoined)
            await all_hear(victim.caller, victim.agent, leg)


@play
async def and_the_caller_leaves_while_it_rings(stand: Stand, folder: Path) -> None:
    """The dialplan joins the unit to the agent."""
    unit = take_unit()
    async with Victim(stand, folder / "ledger.db") as victim:
        leg = await ringing(victim, stand, unit)
        await victim.kill()
        await victim.caller.hang_up()
        await leg.answer()
        await leg.answered()
        await leg.press("1")
        await all_hear(victim.agent, leg)
        async with Site(stand, folder) as site:
            await site.until(lambda: _gone(site, victim, Party.REQUESTER), "the caller's leaving")
            lines = site.store.lines[victim.case]
            joined = [x.event for x in lines if isinstance(x.event, e.LegJoined)]
            assert [x.by_dialplan for x in joined] == [True]
            assert site.service.hotline.handovers[victim.case].agent_here


@play
async def and_the_agent_leaves_while_it_rings(stand: Stand, folder: Path) -> None:
    """Another agent has the caller, with the case; the unit, rung again, joins them."""
    unit = take_unit()
    async with Victim(stand, folder / "ledger.db") as victim:
        leg = await ringing(victim, stand, unit)
        await victim.kill()
        await victim.agent.hang_up()
        async with await stand.pbx.ami() as ami:
            await _taken_by_another(stand, victim)
            assert not await ami.list("ConfbridgeList", Conference=victim.case)
        async with Site(stand, folder) as site:
            talk = again(site, victim)
            took = await talk.recorded(e.AgentTookCall)
            second = site.phone_of(took.agent)
            await all_hear(victim.caller, second)
            await leg.answer()
            await talk.recorded(e.LegWasAnswered)
            await leg.press("1")
            await talk.recorded(e.LegJoined)
            await all_hear(victim.caller, second, leg)


@play
async def when_joined_and_the_agent_leaves(stand: Stand, folder: Path) -> None:
    """Caller and unit go on; the unit leaves too and the caller is with an agent again."""
    unit = take_unit()
    async with Victim(stand, folder / "ledger.db") as victim:
        leg = await joined(victim, stand, unit)
        await victim.kill()
        await victim.agent.hang_up()
        await all_hear(victim.caller, leg)
        stand.city.unit(unit.duty, Behaviour.no_answer())
        await leg.hang_up()
        await _taken_by_another(stand, victim)
        async with Site(stand, folder) as site:
            talk = again(site, victim)
            took = await talk.recorded(e.AgentTookCall)
            await all_hear(victim.caller, site.phone_of(took.agent))
            assert talk.all(e.LegLeft)[0].synthesised


@play
async def when_joined_and_the_caller_and_agent_leave(stand: Stand, folder: Path) -> None:
    """The unit, left alone, is told by the restarted service and released."""
    unit = take_unit()
    async with Victim(stand, folder / "ledger.db") as victim:
        leg = await joined(victim, stand, unit)
        await victim.kill()
        await victim.caller.hang_up()
        await victim.agent.hang_up()
        assert leg.alive
        async with Site(stand, folder) as site:
            await site.until(lambda: _gone(site, victim, Party.AGENT), "the agent's leaving")
            await told_and_released(leg)


async def held(victim: Victim, stand: Stand, unit: UnitPhones) -> CityLeg:
    """By an outbound call: agent and unit speak alone, the caller hears music."""
    stand.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    await victim.talk()
    await victim.opens(unit, means="outbound")
    await victim.says(case=victim.case, event="LegJoined")
    leg = stand.city.legs_of(unit.duty)[0]
    await apart(victim.caller, victim.agent, leg)
    stand.city.unit(unit.duty, Behaviour.no_answer())
    return leg


@play
async def with_the_caller_held_and_the_agent_leaves(stand: Stand, folder: Path) -> None:
    """The dialplan brings him to the unit by itself."""
    unit = take_unit()
    async with Victim(stand, folder / "ledger.db") as victim:
        leg = await held(victim, stand, unit)
        await victim.kill()
        await victim.agent.hang_up()
        await all_hear(victim.caller, leg)
        async with Site(stand, folder) as site:
            talk = again(site, victim)
            await talk.until(lambda: talk.handover.requester_at == "room", "he is with the unit")
            assert (await talk.recorded(e.HoldEnded)).party is Party.REQUESTER
            await all_hear(victim.caller, leg)


@play
async def with_the_caller_held_and_both_others_leave(stand: Stand, folder: Path) -> None:
    """First in the queue with the case: another agent has him at once."""
    unit = take_unit()
    async with Victim(stand, folder / "ledger.db") as victim:
        leg = await held(victim, stand, unit)
        await victim.kill()
        await leg.hang_up()
        await victim.agent.hang_up()
        await _taken_by_another(stand, victim)
        async with Site(stand, folder) as site:
            talk = again(site, victim)
            took = await talk.recorded(e.AgentTookCall)
            await all_hear(victim.caller, site.phone_of(took.agent))


@play
async def with_the_caller_held_and_the_unit_leaves(stand: Stand, folder: Path) -> None:
    """The dialplan gives him back to the agent."""
    unit = take_unit()
    async with Victim(stand, folder / "ledger.db") as victim:
        leg = await held(victim, stand, unit)
        await victim.kill()
        await leg.hang_up()
        await all_hear(victim.caller, victim.agent)
        async with Site(stand, folder) as site:
            talk = again(site, victim)
            await talk.in_room()
            await all_hear(victim.caller, victim.agent)


@play
async def with_the_caller_held_and_nobody_leaves(stand: Stand, folder: Path) -> None:
    """He goes on hearing music, and the restarted service brings him back when asked."""
    unit = take_unit()
    async with Victim(stand, folder / "ledger.db") as victim:
        leg = await held(victim, stand, unit)
        await victim.kill()
        async with Site(stand, folder) as site:
            talk = again(site, victim)
            assert talk.handover.requester_at == "held"
            await apart(victim.caller, victim.agent, leg)
            await site.does("join", victim.agent.party, case=victim.case)
            await all_hear(victim.caller, victim.agent, leg)


@play
async def with_the_unit_held_and_the_agent_leaves(stand: Stand, folder: Path) -> None:
    unit = take_unit()
    async with Victim(stand, folder / "ledger.db") as victim:
        leg = await joined(victim, stand, unit)
        victim.asks("split")
        await victim.says(case=victim.case, event="PartyHeld")
        await apart(leg, victim.caller, victim.agent)
        await victim.kill()
        await victim.agent.hang_up()
        await all_hear(victim.caller, leg)


@play
async def with_the_unit_held_and_both_others_leave(stand: Stand, folder: Path) -> None:
    """It hears the case and how to call back, and its line ends."""
    unit = take_unit()
    async with Victim(stand, folder / "ledger.db") as victim:
        leg = await joined(victim, stand, unit)
        victim.asks("split")
        await victim.says(case=victim.case, event="PartyHeld")
        await victim.kill()
        await victim.caller.hang_up()
        await victim.agent.hang_up()
        await told_and_released(leg)


def _gone(site: Site, victim: Victim, party: Party) -> bool:
    lines = site.store.lines.get(victim.case, [])
    return any(isinstance(x.event, e.PartyLeft) and x.event.party is party for x in lines)


async def _taken_by_another(stand: Stand, victim: Victim) -> CityLeg:
    """Wait until the caller hears an agent again."""
    while True:
        for leg in stand.city.legs:
            rung = leg.party.startswith("agent") and leg.shown == victim.caller.party
            if rung and leg is not victim.agent:
                await leg.answered()
                await all_hear(victim.caller, leg)
                return leg
        await stand.city.ami.event(
            lambda event: event.get("UserEvent") == "CityInvite",
            DEADLINE_S,
            since=len(stand.city.ami.history),
        )


# ---------------------------------------------------------------- all at once


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(
    wide_stand: Stand, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Begun]:
    plays = {
        name: partial(story, wide_stand, tmp_path_factory.mktemp("killed"))
        for name, story in PLAYS.items()
    }
    async with begin(request, plays) as begun:
        yield begun
    await calm(wide_stand)


@pytest.mark.parametrize("name", PLAYS)
async def test_killed(name: str, played: Begun) -> None:
    await played[name]
