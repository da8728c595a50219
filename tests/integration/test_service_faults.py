"""The link cut in mid-call, and the PBX killed in mid-call: nobody is lost, all is recorded."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.settings import QueueSettings
from dispatcher.core import events as e
from dispatcher.core.ids import Party
from dispatcher.testing.city import Behaviour, CityLeg
from dispatcher.testing.stand import Stand, open_stand
from tests.integration.conftest import shorten_phrases
from tests.integration.proxies import Proxy
from tests.integration.site import DEADLINE_S, Site, Talk, all_hear, calm
from tests.integration.site_rules import UnitPhones, take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCEPTS = Behaviour.presses("1", after_s=0.4)


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(wide_stand: Stand) -> AsyncIterator[Proxy]:
    async with Proxy(wide_stand.pbx.address[1]) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def far_site(wide_stand: Stand, proxy: Proxy, tmp_path: Path) -> AsyncIterator[Site]:
    """A service whose link to the PBX can be cut."""
    async with Site(wide_stand, tmp_path, port=proxy.port) as running:
        yield running
    await calm(wide_stand)


async def cut(site: Site, proxy: Proxy) -> None:
    """The link is cut, and every screen says so."""
    proxy.cut()
    await site.until(lambda: site.link == "down", "the link to be down")
    assert site.service.present.statuses["link"][0] == "down"


async def mend(site: Site, proxy: Proxy) -> None:
    proxy.mend()
    await site.until(lambda: site.link == "up", "the link to be up again")


async def opened(site: Site, behaviour: Behaviour) -> tuple[Talk, UnitPhones]:
    unit = take_unit()
    site.city.unit(unit.duty, behaviour)
    talk = await site.talk()
    await talk.opens(unit)
    await talk.in_room()
    return talk, unit


async def three_talk(site: Site) -> tuple[Talk, CityLeg]:
    talk, unit = await opened(site, ACCEPTS)
    leg = await talk.joined(unit)
    await all_hear(talk.caller, talk.agent, leg)
    return talk, leg


async def test_the_link_is_cut_while_the_unit_rings(far_site: Site, proxy: Proxy) -> None:
    """The dialplan joins the unit; the restored link tells, and nothing is rung twice."""
    talk, unit = await opened(far_site, Behaviour.no_answer())
    await talk.recorded(e.LegRang)
    leg = await far_site.city.leg(unit.duty)
    await cut(far_site, proxy)
    await leg.answer()
    await leg.answered()
    await leg.press("1")
    await all_hear(talk.caller, talk.agent, leg)
    await mend(far_site, proxy)
    assert (await talk.recorded(e.LegJoined)).by_dialplan
    await talk.recorded(e.AssignmentAcknowledged)
    await all_hear(talk.caller, talk.agent, leg)
    assert len(far_site.city.legs_of(unit.duty)) == 1


async def test_the_link_is_cut_when_joined_and_the_others_leave(
    far_site: Site, proxy: Proxy
) -> None:
    """The dialplan puts the caller at the head of the queue, and the next agent has him."""
    talk, leg = await three_talk(far_site)
    far_site.city.unit(leg.party, Behaviour.no_answer())
    await cut(far_site, proxy)
    await talk.agent.hang_up()
    await all_hear(talk.caller, leg)
    await leg.hang_up()
    await mend(far_site, proxy)
    second = await talk.taken_again()
    await all_hear(talk.caller, second)
    gone = await talk.recorded(e.PartyLeft)
    assert (gone.party, gone.synthesised) == (Party.AGENT, True)


async def test_an_emergency_is_opened_while_the_link_is_cut(far_site: Site, proxy: Proxy) -> None:
    """It is accepted at once, its clock runs, and the unit is rung as soon as the link is back."""
    unit = take_unit()
    far_site.city.unit(unit.duty, ACCEPTS)
    talk = await far_site.talk()
    await cut(far_site, proxy)
    await talk.opens(unit)
    assert talk.state.clock is not None
    assert talk.state.clock.running
    await all_hear(talk.caller, talk.agent)
    assert not far_site.city.legs_of(unit.duty)
    await mend(far_site, proxy)
    leg = await talk.joined(unit)
    await all_hear(talk.caller, talk.agent, leg)


@pytest_asyncio.fixture(loop_scope="session")
async def mortal(install: Install, tmp_path: Path) -> AsyncIterator[Stand]:
    """A PBX of its own, since it will be killed."""
    shorten_phrases(tmp_path / "pbx" / "sounds")
    async with open_stand(
        tmp_path, agents=2, install=install, queue=QueueSettings(wrapup_s=0), key_wait_s=6
    ) as running:
        yield running


@pytest.mark.parametrize("when", ["ringing", "joined"])
async def test_the_pbx_is_killed_in_mid_call(mortal: Stand, tmp_path: Path, when: str) -> None:
    """All legs are lost: the case shows it, and the ladder goes on by calling out."""
    async with Site(mortal, tmp_path) as site:
        if when == "joined":
            talk, leg = await three_talk(site)
        else:
            talk, unit = await opened(site, Behaviour.no_answer())
            leg = await site.city.leg(unit.duty)
            await talk.recorded(e.LegRang)
        site.city.unit(leg.party, Behaviour.no_answer())
        await mortal.pbx.kill()
        await site.until(lambda: site.link == "down", "the link to be down")
        await mortal.pbx.start()
        await site.until(lambda: site.link == "up", "the link to be up again")
        again = await site.city.leg(leg.party, 1, DEADLINE_S)
        await talk.until(lambda: "PBX_RESTARTED" in talk.alarms(), "the alarm")
        assert not talk.handover.channels
        await again.answer()
        await talk.recorded(e.LegWasAnswered, 1 if when == "joined" else 0)
        await again.press("1")
        await again.left(60)
        if when == "ringing":
            assert talk.state.assignments[talk.assignment()].acknowledged
        else:
            assert "UNIT_LEFT" not in talk.alarms()
