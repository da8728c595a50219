"""One city and one Chromium for the session; a clean sheet, and pages of its own, per test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from dispatcher import resources
from dispatcher.adapters.asterisk.embedded.fetch import fetch
from dispatcher.app import App
from dispatcher.clock import SystemClock
from dispatcher.config import load_settings
from dispatcher.demo.town import RealTown
from dispatcher.demo.world import DemoWorld, open_world, put_users
from dispatcher.testing.fake_phones import FakePhones
from tests.browser.house import PlayedHouse, RealHouse
from tests.browser.setup import find

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LADDER = "[0, 60, 120, 180, 240]"
"""The ladder of a major emergency as shipped, in seconds."""
PATIENCE_MS = 20_000
"""For anything awaited on a page; the machine may be busy with other things."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = find()
    assert path, "no Chromium here: run python tests/browser/setup.py"
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def real_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DemoWorld]:
    """The application on an Asterisk, and another one that plays the city. Time ×20."""
    folder = tmp_path_factory.mktemp("browser")
    async with open_world(folder, fetch(), port=0, time_scale=20) as world:
        yield world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def played_app(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[App, FakePhones]]:
    """The application on simulated telephony with one seat, for what is rare. Time ×60.

    Its ladder is climbed in four seconds; without that it takes its four minutes at any speed.
    """
    folder = tmp_path_factory.mktemp("played")
    rules = shutil.copytree(resources.folder("rules"), folder / "rules")
    limits = (rules / "limits.yaml").read_text(encoding="utf-8")
    assert LADDER in limits
    (rules / "limits.yaml").write_text(limits.replace(LADDER, "[0, 1, 2, 3, 4]"), encoding="utf-8")
    settings = load_settings(
        None,
        data=folder / "data",
        rules=rules,
        time_scale=60,
        demo=True,
        console={"port": 0},
        pbx={"mode": "simulated"},
    )
    phones = FakePhones(SystemClock(), agents=("agent1",), answer_after_s=0.3)
    async with App(settings, phones) as app:
        await put_users(app)
        yield app, phones
    await phones.shut_down()


@pytest_asyncio.fixture(loop_scope="session")
async def house(real_world: DemoWorld, chromium: Browser) -> AsyncIterator[RealHouse]:
    """Pages on the real telephony; afterwards nothing is open any more."""
    assert isinstance(real_world.town, RealTown)
    async with RealHouse(real_world.app, chromium, real_world.town) as open_house:
        yield open_house


@pytest_asyncio.fixture(loop_scope="session")
async def played(
    played_app: tuple[App, FakePhones], chromium: Browser
) -> AsyncIterator[PlayedHouse]:
    """Pages on the simulated telephony."""
    async with PlayedHouse(played_app[0], chromium, played_app[1]) as open_house:
        yield open_house
