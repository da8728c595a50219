"""Somebody leaves while no leg of the unit lives: taken back, or between two tries."""

from dispatcher.core import events as e
from dispatcher.core.handover import Phase
from dispatcher.core.ids import Party
from dispatcher.testing.city import Behaviour
from tests.integration.site import DEADLINE_S, Site, Talk, all_hear
from tests.integration.site_rules import UnitPhones

from .phases import idle, waiting
from .registry import cell


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
