"""The exchanges under contract: simulated, and a real Asterisk (fetched when it is missing)."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from dispatcher.adapters.asterisk.embedded.fetch import fetch
from dispatcher.adapters.asterisk.embedded.settings import QueueSettings
from dispatcher.testing.stand import Stand, open_stand
from tests.contract.rigs import AsteriskRig, FakeRig, Rig
from tests.integration.conftest import shorten_phrases
from tests.integration.proxies import Proxy


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "asterisk: runs a real Asterisk; a missing one is a failure")


KINDS = [
    pytest.param("fake", id="fake"),
    pytest.param("asterisk", id="asterisk", marks=pytest.mark.asterisk),
]


async def _stand(stack: AsyncExitStack, factory: pytest.TempPathFactory) -> Stand:
    install = fetch(os.environ.get("HOTLINE_PBX_SUITE") or None)
    folder = factory.mktemp("contract")
    shorten_phrases(folder / "pbx" / "sounds")
    return await stack.enter_async_context(
        open_stand(folder, agents=3, install=install, queue=QueueSettings(wrapup_s=0), key_wait_s=1)
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=KINDS)
async def kept_stand(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand | None]:
    """The stand that the stories share; None for the simulated exchange."""
    async with AsyncExitStack() as stack:
        yield await _stand(stack, tmp_path_factory) if request.param == "asterisk" else None


@pytest_asyncio.fixture(loop_scope="session")
async def rig(kept_stand: Stand | None) -> AsyncIterator[Rig]:
    """A quiet exchange with three agents who answer."""
    async with AsyncExitStack() as stack:
        yield await _rig(stack, kept_stand)


@pytest_asyncio.fixture(loop_scope="session", params=KINDS)
async def own_rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Rig]:
    """An exchange of its own, which a test may break."""
    async with AsyncExitStack() as stack:
        asterisk = request.param == "asterisk"
        yield await _rig(stack, await _stand(stack, tmp_path_factory) if asterisk else None)


async def _rig(stack: AsyncExitStack, stand: Stand | None) -> Rig:
    made: Rig
    if stand is None:
        made = FakeRig()
    else:
        proxy = await stack.enter_async_context(Proxy(stand.pbx.address[1]))
        made = AsteriskRig(stand, proxy)
    stack.push_async_callback(made.close)
    await made.open()
    return made
