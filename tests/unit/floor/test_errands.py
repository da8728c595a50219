"""Work beside the loop: whatever happens to it is in the log, and nothing outlives its room."""

import asyncio

import pytest
from structlog.testing import capture_logs

from dispatcher.core.errors import DispatcherError, Refused
from dispatcher.floor.errands import Errands


@pytest.mark.parametrize(
    ("error", "traced"),
    [(Refused("CODE", "中文", "english", "field"), False), (ValueError("a mistake"), True)],
)
async def test_what_fails_is_told(error: Exception, traced: bool) -> None:
    errands, done = Errands("not kept", (DispatcherError,)), asyncio.Event()

    async def fails() -> None:
        done.set()
        raise error

    with capture_logs() as logs:
        errands.begin(fails())
        await done.wait()
        await asyncio.sleep(0)
    assert [(x["event"], bool(x.get("exc_info"))) for x in logs] == [("not kept", traced)]


async def test_what_still_runs_is_ended_with_its_room() -> None:
    errands, begun, ended = Errands("not kept"), asyncio.Event(), asyncio.Event()

    async def waits() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    errands.begin(waits())
    await begun.wait()
    errands.close()
    await asyncio.wait_for(ended.wait(), 5)
