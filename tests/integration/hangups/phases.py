"""Into each phase of the table: a call as it stands before somebody leaves."""

from dispatcher.core import events as e
from dispatcher.core.ids import Party
from dispatcher.testing.city import Behaviour, CityLeg
from tests.integration.site import Site, Talk, all_hear
from tests.integration.site_rules import UnitPhones, take_unit


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
