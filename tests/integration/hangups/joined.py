"""One of the three leaves the others."""

from dispatcher.core import events as e
from dispatcher.core.handover import Phase
from dispatcher.core.ids import Party
from tests.integration.site import Site, Talk, all_hear

from .phases import joined, without_agent, without_caller
from .registry import cell


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
