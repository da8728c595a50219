"""One of the last two leaves the other."""

from dispatcher.core import events as e
from dispatcher.core.handover import Phase
from dispatcher.core.ids import Party
from tests.integration.site import Site, Talk, all_hear, told_and_released

from .phases import without_agent, without_caller
from .registry import cell


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
