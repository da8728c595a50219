"""What the floor does beside the loop: begun at once, told in the log when it fails."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from ..core.errors import DispatcherError

log = structlog.get_logger()


class Errands:
    """Works of one room. ``failure`` is what the log says when one fails (*recording not kept*),
    ``expected`` which errors are told by their reason alone; any other with its place in the code.
    """

    def __init__(
        self, failure: str, expected: tuple[type[Exception], ...] = (DispatcherError,)
    ) -> None:
        self._failure, self._expected = failure, expected
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """The task may be waited for: it ends without an error."""
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def done(self) -> None:
        """Wait until none of them runs any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def close(self) -> None:
        """End what still runs."""
        for task in self._tasks:
            task.cancel()

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except self._expected as error:
            log.error(self._failure, reason=str(error))
        except Exception:
            log.exception(self._failure)
