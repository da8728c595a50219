"""What tests of a unit that calls in share: the case it calls for, and where its call is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from dispatcher.core import events as e
from dispatcher.core.call import LiveCall
from dispatcher.core.ids import LegId
from dispatcher.core.pins import filed
from dispatcher.core.rules import Rules
from dispatcher.testing.city import Behaviour, CityLeg
from tests.integration.site import Site, Talk
from tests.integration.site_rules import UnitPhones, site_rules

PIN, WRONG = "482915", "482916"


def rules() -> Rules:
    """Every unit has the same PIN: a unit is found by it among those that have the case."""
    base = site_rules()
    pin = filed(PIN, bytes(16), 1000)
    return replace(base, units={k: replace(u, pin=pin) for k, u in base.units.items()})


async def opened(site: Site, unit: UnitPhones, *, preferred: bool = True) -> Talk:
    """A case that the unit has not accepted: its telephones ring and nobody answers."""
    talk = await site.talk()
    await talk.opens(unit)
    known = site.desk.floor.known
    if preferred:
        await site.until(lambda: unit.duty in known._told, "the unit's number is told to the PBX")
    return talk


async def over(talk: Talk) -> None:
    """Requester and agent have gone; the case goes on."""
    await talk.caller.hang_up()
    await talk.agent.hang_up()
    await talk.until(lambda: not talk.handover.agent_here, "the agent has gone")


async def calls(site: Site, number: str, keys: Behaviour | None = None) -> CityLeg:
    return await (await site.city.call(number, keys)).answered()


async def called_in(talk: Talk) -> e.UnitCalledIn:
    """A unit's call was matched to the case, and it hears the brief: its keys count."""
    told = await talk.recorded(e.UnitCalledIn)
    await listens(talk.site, told.leg)
    return told


def tail(talk: Talk) -> str:
    return talk.state.number[-4:]


def answered_by(site: Site, number: str) -> LiveCall | None:
    call = site.live_call(number)
    return call if call is not None and call.state == "talking" else None


async def at_desk(site: Site, number: str) -> LiveCall:
    def there() -> LiveCall | None:
        call = site.live_call(number)
        return call if call is not None and call.state == "desk" else None

    return await site.until(there, f"{number} is at the units' desk")


async def listens(site: Site, leg: LegId) -> None:
    """The PBX plays the brief: what is committed has been done as well."""

    def briefed() -> bool:
        channel = site.telephony.channels.get(leg)
        return channel is not None and channel.briefed

    await until(briefed)


async def until(holds: Callable[[], object]) -> None:
    """Until something holds that no event tells of, such as what a phone has heard."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 (a file grows)
            await asyncio.sleep(0.05)


async def agent_after(site: Site, since: int) -> CityLeg:
    """The agent's telephone that is rung next, answered."""

    def rung() -> CityLeg | None:
        return next((x for x in site.city.legs[since:] if x.party.startswith("agent")), None)

    await until(rung)
    leg = rung()
    assert leg is not None
    return await leg.answered()


def no() -> LiveCall:
    raise AssertionError("the unit's call is not known")
