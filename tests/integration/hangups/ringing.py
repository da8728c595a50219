"""Somebody leaves while the unit rings, or it is not reached."""

from dispatcher.core import events as e
from dispatcher.core.handover import Phase
from dispatcher.core.ids import Party
from dispatcher.testing.city import Behaviour
from tests.integration.site import Site, Talk, all_hear, told_and_released

from .phases import accepts, next_number, ringing
from .registry import cell


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


@cell(Phase.RINGING, Party.UNIT)
async def the_unit_is_busy(site: Site) -> Talk:
    return await next_number(site, Behaviour.busy(), "busy")


@cell(Phase.RINGING, Party.UNIT)
async def the_unit_does_not_answer(site: Site) -> Talk:
    return await next_number(site, Behaviour.no_answer(), "no_answer")


@cell(Phase.RINGING, Party.UNIT)
async def the_unit_rejects(site: Site) -> Talk:
    return await next_number(site, Behaviour.rejects(), "rejected")
