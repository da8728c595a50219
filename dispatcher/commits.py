"""One commit for all that a turn of the loop has decided, and what follows from it.

Committed, it is performed, shown and answered. When the store is full, hand-overs go to the
journal and are performed all the same; when it fails otherwise, a case is read again from the
ledger as if its part of the turn had not been decided.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from . import snapshots
from .core.engine import Hotline
from .core.errors import LeaseLost, StoreFull
from .core.ids import CaseId, Instant
from .hub import Hub
from .inputs import Batch, fail
from .outbox import Outbox
from .ports import Commit, Store
from .present import Presenter
from .timekeeper import Timekeeper

log = structlog.get_logger()

AGAIN_MS = 1_000
"""When a case is looked at again whose wake-up could not be decided or committed."""
CLOSED_KEPT = 4096
SetAside = Callable[[Sequence[Commit], Instant], Awaitable[None]]
"""Keeps hand-overs outside of the store while that is full."""


class Closed:
    """Last seq of cases no longer held: their last effects are still to be written off."""

    def __init__(self, hotline: Hotline) -> None:
        self._hotline = hotline
        self._seqs: OrderedDict[CaseId, int] = OrderedDict()

    def remember(self, case: CaseId, seq: int) -> None:
        """Note how far a case goes, if it is not held any more."""
        if case not in self._hotline.cases:
            self._seqs[case] = seq
            if len(self._seqs) > CLOSED_KEPT:
                self._seqs.popitem(last=False)

    def seq_of(self, case: CaseId) -> int:
        """The last seq of a case, held or closed; 0 when it is not known."""
        held = self._hotline.cases.get(case)
        return held.seq if held is not None else self._seqs.get(case, 0)


class Commits:
    """Makes what was decided durable, or takes it back.

    ``lost`` is set when another engine has the lease. Without ``on_full`` there is no journal.
    """

    def __init__(
        self,
        store: Store,
        hotline: Hotline,
        present: Presenter,
        hub: Hub,
        outbox: Outbox,
        timekeeper: Timekeeper,
        on_full: SetAside | None,
    ) -> None:
        self._store = store
        self._hotline = hotline
        self._present = present
        self._hub = hub
        self._outbox = outbox
        self._timekeeper = timekeeper
        self.on_full = on_full
        self.lost = asyncio.Event()
        self.closed = Closed(hotline)

    async def commit(self, batch: Batch, now: Instant) -> None:
        """Write the turn, then perform, show and answer it; raises nothing, whatever happens."""
        try:
            results = await self._store.commit(batch.commits, now) if batch.commits else []
        except LeaseLost as lost:
            self._give_up(batch, lost)
            return
        except StoreFull as full:
            await self._without_store(batch, full, now)
            return
        except Exception as error:
            log.exception("commit failed")
            await self._undo(batch, error, now)
            return
        failed: dict[CaseId, Exception] = {}
        for result, decision in zip(results, batch.decisions, strict=True):
            if result.error is not None:
                failed[result.case] = result.error
            elif decision is not None:
                self._present.committed(decision, result.seq)
                self._outbox.release(decision.effects)
        if self._present.statuses.get("store", ("up",))[0] in ("full", "down"):
            self._present.status("store", "up", "", now)
        self._show(batch, now)
        for case, cause in failed.items():
            log.error("case not committed", case=case, error=str(cause))
            await self._reload(case, now)
        self._answer(batch, failed)

    def _show(self, batch: Batch, now: Instant) -> None:
        if len(self._hub):
            self._hub.publish([*batch.live, *self._present.take()])
        else:
            self._present.forget()

    def _answer(self, batch: Batch, failed: Mapping[CaseId, Exception]) -> None:
        for given, cases in batch.answers:
            error = next((failed[case] for case in cases if case in failed), None)
            if error is not None:
                fail(given, error)
            elif given.answer is not None and not given.answer.done():
                given.answer.set_result(cases)

    # ------------------------------------------------------------ when the store fails

    def _give_up(self, batch: Batch, lost: LeaseLost) -> None:
        """Another engine works now: decide nothing more, perform nothing of this batch."""
        log.error("lease lost, this engine stops")
        for given, _ in batch.answers:
            fail(given, lost)
        self.lost.set()

    async def _without_store(self, batch: Batch, full: StoreFull, now: Instant) -> None:
        """Full disk: hand-overs go to the journal and are performed all the same."""
        self._present.status("store", "full", full.message_zh, now)
        if self.on_full is None:
            await self._undo(batch, full, now)
            return
        try:
            await self.on_full(batch.commits, now)
        except Exception as error:
            # The disk is full all the same, and that is what every screen goes on saying.
            log.exception("journal failed", reason=str(error))
            await self._undo(batch, full, now)
            return
        for decision in batch.decisions:
            if decision is not None:
                self._present.committed(decision, 0)
                self._outbox.release(decision.effects)
        self._show(batch, now)
        self._answer(batch, {})

    async def _undo(self, batch: Batch, error: Exception, now: Instant) -> None:
        if not isinstance(error, StoreFull):
            self._present.status("store", "down", str(error), now)
        for case in {commit.case for commit in batch.commits}:
            await self._reload(case, now)
        self._show(batch, now)
        for given, _ in batch.answers:
            fail(given, error)

    async def _reload(self, case: CaseId, now: Instant) -> None:
        """Forget what was not committed: the ledger says how the case stands.

        What was due and could not be written is due again a moment later.
        """
        try:
            events = await self._store.events(case)
        except Exception:
            log.exception("case could not be read again", case=case)
            self._timekeeper.set(case, now + AGAIN_MS)
            return
        if not events:
            self._hotline.put(case, None, None)
            self._timekeeper.set(case, None)
            return
        row = snapshots.fold(events)
        state, handover = snapshots.restore(row)
        self._hotline.put(case, state, handover)
        self.closed.remember(case, state.seq)
        wake_at = row.wake_at
        self._timekeeper.set(case, None if wake_at is None else max(wake_at, now + AGAIN_MS))
