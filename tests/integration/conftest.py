"""Real servers for the integration tests; one of each per pytest-xdist worker."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from dispatcher.adapters.asterisk.embedded.fetch import fetch
from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.pbx import EmbeddedPbx
from dispatcher.adapters.asterisk.embedded.settings import FeatureCode, QueueSettings
from dispatcher.adapters.speech.waves import RATE, write_wave
from dispatcher.testing.city import City
from dispatcher.testing.relay import Weather
from dispatcher.testing.stand import Relayed, Stand, open_stand
from tests.integration.outside import Outside
from tests.integration.pbx_story import Story
from tests.integration.site import PHRASE_HZ, Site, calm

UNIT_NUMBER = "05635550101"
SPOKEN = (
    *("intro", "intro-desk", "menu", "menu-inform", "menu-desk", "wrong-key", "no-key", "exercise"),
    "exercise-short",
    *("accepted", "heard", "return-noted", "extension-noted", "please-wait", "will-call-back"),
    *("withdrawn", "call-back", "desk-agent", "desk-nomatch", "goodbye"),
    *("desk-ask", "desk-pin", "desk-digits"),
)
"""What is spoken to units and callers; a test that needs one of them long writes its own.

"taken" is not among them: who presses a moment too late must still be on the line."""


@pytest.fixture(scope="session")
def install() -> Install:
    """The Asterisk under test: $HOTLINE_PBX_SUITE's, fetched when it is not here yet."""
    return fetch(os.environ.get("HOTLINE_PBX_SUITE") or None)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stand(install: Install, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """A running PBX with four agents, and its city."""
    folder = tmp_path_factory.mktemp("stand")
    shorten_phrases(folder / "pbx" / "sounds")
    async with open_stand(
        folder,
        agents=4,
        install=install,
        feature_codes=(FeatureCode("01", "fire", UNIT_NUMBER),),
        queue=QueueSettings(wrapup_s=0),
        key_wait_s=1,
    ) as running:
        yield running


@pytest.fixture(scope="session")
def pbx(stand: Stand) -> EmbeddedPbx:
    return stand.pbx


@pytest.fixture(scope="session")
def city(stand: Stand) -> City:
    return stand.city


@pytest_asyncio.fixture(loop_scope="session")
async def story(stand: Stand) -> AsyncIterator[Story]:
    """A clean PBX and city with a manager session; everything is hung up afterwards."""
    story = await Story.begin(stand)
    yield story
    await story.end()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def wide_stand(
    install: Install, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand]:
    """A PBX with agents enough for many calls at once, and its city."""
    folder = tmp_path_factory.mktemp("wide")
    shorten_phrases(folder / "pbx" / "sounds")
    async with open_stand(
        folder, agents=24, install=install, queue=QueueSettings(wrapup_s=0), key_wait_s=6
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def site(wide_stand: Stand, tmp_path: Path) -> AsyncIterator[Site]:
    """The service on a quiet PBX, with a ledger of its own, which is verified at the end."""
    async with Site(wide_stand, tmp_path) as running:
        yield running
    await calm(wide_stand)


def shorten_phrases(sounds: Path, *more: str) -> None:
    """Put short sounds in place of the long ones, as a centre's own recordings would be."""
    instants = np.arange(int(0.3 * RATE)) / RATE
    tone = 0.1 * np.sin(2 * np.pi * PHRASE_HZ * instants)
    for name in (*SPOKEN, *more):
        write_wave(sounds / "phrases" / f"{name}.wav", tone)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def outside_stand(
    install: Install, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand]:
    """A PBX whose trunk leads through a relay: some units' phones are SIPp's, others the city's."""
    folder = tmp_path_factory.mktemp("outside")
    shorten_phrases(folder / "pbx" / "sounds")
    async with open_stand(
        folder,
        agents=12,
        install=install,
        relayed=Relayed(Weather()),
        queue=QueueSettings(wrapup_s=0),
        key_wait_s=6,
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def outside(
    outside_stand: Stand, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Outside]:
    """The service on that stand, and phones that misbehave, for one test module."""
    relay = outside_stand.relay
    assert relay is not None
    async with Site(outside_stand, tmp_path_factory.mktemp("site")) as running:
        phones = Outside(running, relay, tmp_path_factory.mktemp("sipp"))
        yield phones
        phones.close()
    await calm(outside_stand)
