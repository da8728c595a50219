"""Performed effects on their way out of the store's outbox.

A write-off needs no fsync of its own: a mark that falls due must not stand behind it. It goes
with the next group of decisions, or alone a moment later. Until then a crash only means what it
means anyway between performing and writing: at the next start the effect is looked up or repeated.
"""

import asyncio
from collections.abc import Callable, Iterator

from .core.ids import CaseId

Finished = tuple[tuple[str, str], ...]
WAIT_MS = 20
MOST = 256


class WriteOffs:
    """``ask`` is called when what waits has waited long enough for a group to go with."""

    def __init__(self, ask: Callable[[], None], wait_ms: int = WAIT_MS) -> None:
        self._ask = ask
        self._wait_s = wait_ms / 1000
        self._waiting: dict[CaseId, Finished] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._overdue = False

    def add(self, case: CaseId, finished: Finished) -> None:
        self._waiting[case] = self._waiting.get(case, ()) + finished
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._wait_s, self._ring)

    def _ring(self) -> None:
        self._overdue = True
        self._ask()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def due(self) -> bool:
        """Whether they should go now, with or without company."""
        return self._overdue or len(self._waiting) >= MOST

    def take(self) -> Iterator[tuple[CaseId, Finished]]:
        """All that wait, once: (case, (effect key, outcome) …)."""
        waiting, self._waiting = self._waiting, {}
        self._overdue = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        yield from waiting.items()
