"""Somebody leaves while the unit listens to the brief, or it does not press 1."""

from dispatcher.core import events as e
from dispatcher.core.handover import Phase
from dispatcher.core.ids import Party
from dispatcher.testing.city import Behaviour
from tests.integration.site import Site, Talk, all_hear

from .phases import accepts, briefing, next_number
from .registry import cell


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
