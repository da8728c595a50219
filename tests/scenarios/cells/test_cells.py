"""Every cell of `tests/cells.py` is played: the plays are in the modules beside this one."""

from importlib import import_module
from pkgutil import iter_modules

import pytest

from tests.cells import SIMULATED, of
from tests.scenarios import cells
from tests.scenarios.conftest import MakeWorld

from .registry import PLAYS, Play

for beside in iter_modules(cells.__path__):
    if not beside.name.startswith("test_"):
        import_module(f"{cells.__name__}.{beside.name}")

WALKS = [
    pytest.param(play, id=f"{name}-{n}")
    for name, plays in PLAYS.items()
    for n, play in enumerate(plays, start=1)
]


def test_every_cell_has_a_play() -> None:
    assert set(PLAYS) == of(SIMULATED)


@pytest.mark.parametrize("play", WALKS)
async def test_the_cell_is_as_written(make_world: MakeWorld, play: Play) -> None:
    await play(make_world)
