"""A network that loses three packets in ten: the call is made, the key arrives, all three talk.

Callers and units stand behind a relay (`dispatcher.testing.relay`) that loses, delays and
reorders what passes it, signalling and sound each by themselves; the agents do not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.settings import QueueSettings
from dispatcher.core import events as e
from dispatcher.core.call import LiveCall
from dispatcher.testing.city import Behaviour, CityLeg
from dispatcher.testing.relay import SipRelay, Weather
from dispatcher.testing.stand import Relayed, Stand, open_stand
from tests.integration.conftest import shorten_phrases
from tests.integration.outside import nothing_left
from tests.integration.site import DEADLINE_S, Site, Talk, calm, next_caller
from tests.integration.site_rules import take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOSS = 0.3
CALLS = 3
SIGNALLING = Weather(LOSS, delay_ms=(0, 60), in_a_row=3, seed=12345)
SOUND = Weather(LOSS, delay_ms=(0, 45), seed=54321)
_LISTEN_S = 0.2


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lossy(
    install: Install, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Stand, SipRelay]]:
    folder = tmp_path_factory.mktemp("lossy")
    shorten_phrases(folder / "pbx" / "sounds")
    async with open_stand(
        folder,
        agents=CALLS,
        install=install,
        relayed=Relayed(SIGNALLING, SOUND),
        queue=QueueSettings(wrapup_s=0),
        key_wait_s=10,
    ) as stand:
        assert stand.relay is not None
        yield stand, stand.relay


async def test_whole_emergency_calls_over_a_line_that_loses_three_in_ten(
    lossy: tuple[Stand, SipRelay], tmp_path: Path
) -> None:
    stand, relay = lossy
    async with Site(stand, tmp_path) as site:
        await asyncio.gather(*(_whole_call(site, relay) for _ in range(CALLS)))
        await nothing_left(stand)
    for weather in (SIGNALLING, SOUND):
        share = weather.lost / (weather.lost + weather.passed)
        assert LOSS - 0.1 < share < LOSS + 0.1, weather
    assert SOUND.passed > 1000
    await calm(stand)


async def _whole_call(site: Site, relay: SipRelay) -> None:
    unit = take_unit()
    site.city.unit(unit.duty, Behaviour.presses("1", after_s=0.6))
    talk = await _talk(site)
    await talk.opens(unit)
    leg = await talk.joined(unit)
    await _hear_through_loss(talk.caller, talk.agent, leg)
    assert [x.key for x in talk.all(e.LegPressed)] == ["1"]
    assert len(talk.all(e.AssignmentAcknowledged)) == len(talk.all(e.LegJoined)) == 1
    assert len(talk.all(e.LegPlaced)) == len(relay.calls_to(unit.duty)) == 1
    assert len(site.city.legs_of(unit.duty)) == 1
    assert not talk.all(e.PartyLeft)

    # A unit that leaves so soon is rung again: it is let go by us.
    await site.does("withdraw", case=talk.case, assignment=talk.assignment(), reason="试演结束")
    await leg.left(DEADLINE_S)
    for party in (talk.caller, talk.agent):
        await party.hang_up()
    await talk.until(lambda: not talk.handover.channels, "all have left")
    (left,) = talk.all(e.LegLeft)
    assert left.outcome == "released"


async def _talk(site: Site) -> Talk:
    """As `Site.talk`, for ears that hear through loss."""
    caller = await site.city.call(next_caller())

    def answered() -> LiveCall | None:
        call = site.live_call(caller.party)
        return call if call is not None and call.state == "talking" else None

    call = await site.until(answered, f"an agent answers {caller.party}")
    agent = site.phone_of(str(call.agent))
    await caller.answered(DEADLINE_S)
    await _hear_through_loss(caller, agent)
    return Talk(site, caller, agent, call)


async def _hear_through_loss(*legs: CityLeg) -> None:
    """Every leg hears all the others, packets missing."""
    for leg in legs:
        tones = {other.tone_hz for other in legs if other is not leg}
        try:
            async with asyncio.timeout(DEADLINE_S):
                while leg.hearing().through_loss(tones) != tones:  # noqa: ASYNC110 (a file grows)
                    await asyncio.sleep(_LISTEN_S)
        except TimeoutError:
            heard = leg.hearing().through_loss(tones)
            raise AssertionError(f"{leg} hears {heard} of {tones} through the loss") from None
