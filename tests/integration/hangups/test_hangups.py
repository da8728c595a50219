"""Every cell of the hang-up table, played on real Asterisk, all of them at once on one PBX.

The table is `dispatcher.core.handover.OUTCOMES`: who leaves, in which phase, and what is done.
Each play, in the modules beside this one, brings a call into the phase, lets the party leave, and
shows by tones where the others are afterwards.
"""

from collections.abc import AsyncIterator
from functools import partial
from importlib import import_module
from pkgutil import iter_modules

import pytest
import pytest_asyncio

from dispatcher.core import events as e
from dispatcher.core.handover import OUTCOMES
from dispatcher.testing.stand import Stand
from tests.integration import hangups
from tests.integration.plays import Begun, begin
from tests.integration.site import Site, Talk, calm

from .registry import CELLS

pytestmark = pytest.mark.asyncio(loop_scope="session")

for beside in iter_modules(hangups.__path__):
    if beside.name not in ("conftest", "test_hangups"):
        import_module(f"{hangups.__name__}.{beside.name}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(
    wide_stand: Stand,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Begun]:
    """The selected plays, all begun."""
    async with Site(wide_stand, tmp_path_factory.mktemp("cells")) as site:
        plays = {name: partial(_play, site, name) for name in CELLS}
        async with begin(request, plays) as begun:
            yield begun
    await calm(wide_stand)


async def _play(site: Site, name: str) -> Talk:
    """One play, and its outcome in the ledger."""
    phase, party, play = CELLS[name]
    talk = await play(site)
    outcome = OUTCOMES[phase, party]
    await talk.recorded(e.OutcomeDecided, phase=phase.value, party=party, outcome=outcome.value)
    return talk


@pytest.mark.parametrize("name", CELLS)
async def test_cell(name: str, played: Begun) -> None:
    talk = await played[name]
    assert {x.synthesised for x in talk.all(e.PartyLeft)} <= {False}
    assert "PBX_ACTION_FAILED" not in {x.kind for x in talk.all(e.AlarmRaised)}


async def test_every_cell_is_played() -> None:
    assert {(phase, party) for phase, party, _ in CELLS.values()} == set(OUTCOMES)
