"""Write-offs wait for company, but not for long."""

import asyncio

from dispatcher.core.ids import CaseId
from dispatcher.writeoffs import MOST, WriteOffs

CASE, OTHER = CaseId("A"), CaseId("B")


async def test_they_ask_for_a_turn_when_nobody_came_along() -> None:
    asked = asyncio.Event()
    waiting = WriteOffs(asked.set, wait_ms=1)
    waiting.add(CASE, (("k1", "done"),))
    assert not waiting.due
    async with asyncio.timeout(5):
        await asked.wait()
    assert waiting.due
    assert list(waiting.take()) == [(CASE, (("k1", "done"),))]
    assert not waiting.due
    assert len(waiting) == 0


async def test_those_of_one_case_go_together_and_once() -> None:
    waiting = WriteOffs(lambda: None, wait_ms=60_000)
    waiting.add(CASE, (("k1", "done"),))
    waiting.add(OTHER, (("k2", "failed"),))
    waiting.add(CASE, (("k3", "done"),))
    assert list(waiting.take()) == [
        (CASE, (("k1", "done"), ("k3", "done"))),
        (OTHER, (("k2", "failed"),)),
    ]
    assert list(waiting.take()) == []


async def test_many_do_not_wait() -> None:
    waiting = WriteOffs(lambda: None, wait_ms=60_000)
    for n in range(MOST):
        assert not waiting.due
        waiting.add(CaseId(str(n)), (("k", "done"),))
    assert waiting.due
    list(waiting.take())
