"""A unit calls 12345 while the service is dead, deaf or restarted: the menu is the dialplan's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.settings import QueueSettings
from dispatcher.core import events as e
from dispatcher.core.ids import CallId, LegId
from dispatcher.testing.stand import Stand, open_stand
from tests.integration.conftest import shorten_phrases
from tests.integration.site import Site, all_hear, calm
from tests.integration.site_rules import take_unit
from tests.integration.unit_calls import (
    agent_after,
    called_in,
    calls,
    no,
    opened,
    over,
    rules,
    tail,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk_stand(
    install: Install, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand]:
    """A PBX that plays a short welcome, with its city."""
    folder = tmp_path_factory.mktemp("desk")
    shorten_phrases(folder / "pbx" / "sounds", "welcome")
    async with open_stand(
        folder, agents=4, install=install, queue=QueueSettings(wrapup_s=0), key_wait_s=3,
        welcome=True,
    ) as running:  # fmt: skip
        yield running


async def test_with_the_service_dead_the_unit_goes_straight_to_an_agent(
    desk_stand: Stand, tmp_path: Path
) -> None:
    unit = take_unit()
    site = Site(desk_stand, tmp_path, rules())
    await site.start()
    await opened(site, unit)
    await site.stop()
    since = len(site.city.legs)
    leg = await calls(site, unit.duty)
    agent = await agent_after(site, since)
    await all_hear(leg, agent)
    waited_ms = (agent.invited_at or 0) - (leg.answered_at or 0)
    assert waited_ms < 8_000
    await calm(desk_stand)


async def test_with_the_service_deaf_the_unit_waits_three_seconds(
    desk_stand: Stand, tmp_path: Path
) -> None:
    """It lives, but hears nothing: after the digits an agent, before other new calls."""
    unit = take_unit()
    site = Site(desk_stand, tmp_path, rules())
    await site.start()
    one = await opened(site, unit)
    since = len(site.city.legs)
    site.telephony._receive = None
    leg = await calls(site, unit.duty)
    await leg.press(f"{tail(one)}#")
    agent = await agent_after(site, since)
    await all_hear(leg, agent)
    await site.stop()
    await calm(desk_stand)


async def test_a_key_that_the_service_did_not_hear_leads_to_an_agent(
    desk_stand: Stand, tmp_path: Path
) -> None:
    unit = take_unit()
    site = Site(desk_stand, tmp_path, rules())
    await site.start()
    talk = await opened(site, unit)
    await over(talk)
    leg = await calls(site, unit.duty)
    await called_in(talk)
    since = len(site.city.legs)
    await site.stop()
    await leg.press("1")
    agent = await agent_after(site, since)
    await all_hear(leg, agent)
    again = Site(desk_stand, tmp_path, rules())
    await again.start()
    talk.site = again
    left = await talk.recorded(e.LegLeft, leg=LegId((again.live_call(unit.duty) or no()).id))
    assert left.outcome == "to_agent"
    await again.stop()
    await calm(desk_stand)


async def test_a_restarted_service_finds_the_unit_in_the_menu(
    desk_stand: Stand, tmp_path: Path
) -> None:
    unit = take_unit()
    site = Site(desk_stand, tmp_path, rules())
    await site.start()
    talk = await opened(site, unit)
    leg = await calls(site, unit.duty)
    told = await called_in(talk)
    await site.stop()
    again = Site(desk_stand, tmp_path, rules())
    await again.start()
    talk.site = again
    assert CallId(told.leg) in again.service.hotline.live.calls
    await leg.press("9")
    await leg.press("1")
    await talk.recorded(e.LegJoined, leg=told.leg)
    await all_hear(talk.caller, talk.agent, leg)
    await again.stop()
    await calm(desk_stand)
