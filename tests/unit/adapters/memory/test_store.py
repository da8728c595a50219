"""What only the fake can do: fail on purpose, and be restarted on the same data."""

import pytest

from dispatcher.adapters.memory import MemoryStore
from dispatcher.core.errors import LeaseLost, StoreFull
from dispatcher.testing.ledgers import START, SampleCase


async def opened(store: MemoryStore) -> MemoryStore:
    await store.open()
    return store


async def test_it_plays_a_full_disk() -> None:
    store, case = await opened(MemoryStore()), SampleCase(1)
    store.full = True
    opening = case.open()
    with pytest.raises(StoreFull):
        await store.commit([opening], START)
    assert await store.rows() == []
    await store.set_aside([opening], START)
    store.full = False
    [done] = await store.commit([case.fire("B1")], START)
    assert done.error is None
    assert await store.events(case.id) == case.events


async def test_it_plays_a_lost_lease() -> None:
    store = await opened(MemoryStore())
    store.take_over()
    with pytest.raises(LeaseLost):
        await store.commit([SampleCase(1).open()], START)


async def test_it_is_restarted_on_its_data() -> None:
    first, case = await opened(MemoryStore()), SampleCase(1)
    await first.commit([case.open()], START)
    again = await opened(MemoryStore(first.data))
    assert await again.events(case.id) == case.events
    with pytest.raises(LeaseLost):
        await first.commit([case.fire("B1")], START)
