"""Somebody leaves while the caller, or the unit, hears music."""

from dispatcher.core import events as e
from dispatcher.core.handover import Phase
from dispatcher.core.ids import Party
from dispatcher.testing.city import Behaviour, CityLeg
from tests.integration.site import Site, Talk, all_hear, apart

from .phases import joined
from .registry import cell


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
