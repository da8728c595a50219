"""A fresh hotline for every story; at its end the ledger must ring true."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from dispatcher.adapters.memory import MemoryStore
from dispatcher.adapters.sql import SqlStore
from dispatcher.core.ids import CaseId
from dispatcher.core.rules import Rules
from dispatcher.ports import Store

from .world import Story, World

MakeWorld = Callable[..., Awaitable[World]]

# Plays and stories assert outside of test modules: a failure shows the values all the same.
for where in ("cells", "floor", "hangups", "scene"):
    pytest.register_assert_rewrite(f"{__package__}.{where}")


@pytest.fixture
def store_kind() -> str:
    """memory, or sqlite where a story overrides it."""
    return "memory"


@pytest.fixture
async def make_world(
    store_kind: str, tmp_path: Path
) -> AsyncIterator[Callable[..., Awaitable[World]]]:
    """Opens worlds, each on its own data; starting one again after a crash finds it."""
    made: list[World] = []

    async def make(rules: Rules | None = None) -> World:
        folder = tmp_path / str(len(made))
        memory = MemoryStore()

        async def open_store() -> Store:
            if store_kind == "sqlite":
                folder.mkdir(exist_ok=True)
                return SqlStore(folder / "ledger.db", reserve_bytes=0)
            return MemoryStore(memory.data)

        world = World(open_store, rules)
        await world.start()
        made.append(world)
        return world

    yield make
    for world in made:
        if world.service is not None:
            for row in await world.service.store.rows():
                await Story(world, CaseId(row.case)).rings_true()
            await world.crash()
        await world.phones.shut_down()


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    return await make_world()
