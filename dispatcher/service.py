"""The loop: input -> engine -> one commit -> effects and views.

One task decides. It drains what has arrived, decides each input on the state as it stands,
commits the whole batch with one fsync, and only then performs effects, shows frames and answers
commands. While a commit is under way the next batch gathers. A case whose commit fails is read
again from the ledger; the others go on.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import structlog

from . import snapshots
from .barrier import Barrier
from .commits import AGAIN_MS, Commits, SetAside
from .core import commands as c
from .core import engine
from .core import facts as f
from .core.effects import Effect, NotifyDesk
from .core.engine import Decision, Hotline
from .core.errors import DispatcherError
from .core.ids import CaseId, Instant
from .core.rules import Rules
from .hub import Hub
from .inputs import (
    Batch,
    EffectDone,
    Input,
    Recalled,
    RulesChanged,
    WriteOffsDue,
    commit_of,
    fail,
    finished_by,
)
from .notices import Notices
from .outbox import Outbox, case_of
from .ports import (
    Actor,
    Clock,
    Commit,
    Outcome,
    Performed,
    Restored,
    Speech,
    Store,
    Telephony,
)
from .present import Presenter
from .timekeeper import Timekeeper
from .writeoffs import WAIT_MS, WriteOffs

log = structlog.get_logger()

BATCH = 256
RECENT = 1000
"""Commits before a start in which a closed case may have left a line alive."""
ENDED_KEPT_MS = 600_000
"""How long an ended call stays on the screens, for its last line to be written."""
SYSTEM = Actor("system", "系统", "system")


class Service:
    """The engine at work. `desk.Desk` puts the consoles' commands on top of it."""

    def __init__(
        self,
        store: Store,
        telephony: Telephony,
        clock: Clock,
        rules: Rules,
        *,
        speech: Speech | None = None,
        on_full: SetAside | None = None,
        write_off_ms: int = WAIT_MS,
    ) -> None:
        self.store = store
        self.clock = clock
        self.hotline = Hotline(rules)
        self.callers: list[Callable[[str], bool]] = []
        """Who else knows that a number has called, besides the live view."""
        self.telephony = Barrier(telephony, clock, lambda: self.hotline.rules, self._has_called)
        self.hub = Hub()
        self._notices = Notices()
        self.present = Presenter(self.hotline, clock)
        self.timekeeper = Timekeeper(clock, self._wake)
        self.outbox = Outbox(self.telephony, clock, self._effect_finished, self._notify, speech)
        self.on_fact: Callable[[f.Fact], None] | None = None
        self.on_stop: Callable[[], None] | None = None
        self._inbox: deque[Input] = deque()
        self._arrived = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._working = False
        self._recalling = asyncio.Lock()
        self._write_offs = WriteOffs(lambda: self._put(Input(WriteOffsDue())), write_off_ms)
        self.commits = Commits(
            store, self.hotline, self.present, self.hub, self.outbox, self.timekeeper, on_full
        )
        self.lost = self.commits.lost

    # ------------------------------------------------------------ life

    async def start(self, day: str) -> Restored:
        """Open the store, rebuild state and timers, then listen to the PBX.

        ``day`` (YYYYMMDD, local) is for the count of case numbers given today.
        """
        await self.store.open()
        restored = await self.store.restore(day)
        for row in restored.rows:
            case, handover = snapshots.restore(row)
            self.hotline.put(case.id, case, handover)
            self.commits.closed.remember(case.id, case.seq)
            self.timekeeper.set(case.id, row.wake_at)
        await self._recently_closed(restored)
        self.present.seq = restored.last_seq
        if restored.damaged:
            damaged = ", ".join(restored.damaged)
            log.error("cases could not be read, run verify", cases=damaged)
            reason = f"工单无法读取,请运行 dispatcher verify:{damaged}"
            self.present.status("store", "damaged", reason, self.clock.now())
        self.outbox.release(restored.pending_effects, recovered=True)
        self._tasks = [
            asyncio.create_task(self._loop(), name="decide"),
            asyncio.create_task(self.timekeeper.run(), name="timekeeper"),
        ]
        await self.telephony.start(self.receive)
        log.info("service started", cases=len(self.hotline.cases), timers=len(self.timekeeper))
        return restored

    async def _recently_closed(self, restored: Restored) -> None:
        """Cases closed while one of their lines lived: its end is still to be written."""
        held = {row.case for row in restored.rows} | set(restored.damaged)
        changed = await self.store.changed_since(restored.last_seq - RECENT, RECENT)
        for case_id in {case for _, case in changed or ()} - held:
            try:
                events = await self.store.events(case_id)
                case, handover = snapshots.restore(snapshots.fold(events))
            except Exception as error:
                log.error("closed case could not be read", case=case_id, reason=str(error))
                continue
            self.hotline.put(case_id, case, handover)
            self.commits.closed.remember(case_id, case.seq)

    async def stop(self) -> None:
        """Stop deciding; what was committed stays. Calls in progress are not touched."""
        await self.telephony.close()
        if self.on_stop is not None:
            self.on_stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.outbox.close()
        await self._write_off_last()
        await self.store.close()

    @property
    def idle(self) -> bool:
        """Nothing waits to be decided, committed or performed."""
        return not (self._inbox or self._working or self.outbox.busy or len(self._write_offs))

    # ------------------------------------------------------------ inputs

    def receive(self, fact: f.Fact) -> None:
        """A telephony fact: taken in order, decided soon."""
        self._put(Input(fact))

    async def submit(self, command: Any, actor: str) -> list[CaseId]:
        """Decide a command; returns the cases it changed, after their commit.

        Raises `Refused` when the rules forbid it, `StoreError` when it could not be written.
        """
        answer: asyncio.Future[list[CaseId]] = asyncio.get_running_loop().create_future()
        self._put(Input(command, actor, answer))
        return await answer

    def _has_called(self, number: str) -> bool:
        calls = self.hotline.live.calls.values()
        return any(call.number == number for call in calls) or any(
            known(number) for known in self.callers
        )

    async def submit_late(self, command: Any, actor: str) -> list[CaseId]:
        """As `submit`, also about a case that is closed and not held any more.

        It is read for this from its ledger. Raises `Refused` when there is no such case.
        """
        async with self._recalling:
            if command.case in self.hotline.cases:
                return await self.submit(command, actor)
            events = await self.store.events(command.case)
            if not events:
                return await self.submit(command, actor)
            case, handover = snapshots.restore(snapshots.fold(events))
            return await self.submit(Recalled(command, case, handover), actor)

    def change_rules(self, rules: Rules) -> None:
        self._put(Input(RulesChanged(rules)))

    def show_status(self, key: str, state: str, reason: str, role: str = "") -> None:
        """Tell every screen, or those of ``role`` alone, how a part of the system is."""
        self.present.status(key, state, reason, self.clock.now(), role)
        self.hub.publish(self.present.live((), self.clock.now()))

    def _wake(self, case: CaseId) -> None:
        self._put(Input(c.Wake(case)))

    def _effect_finished(self, effect: Effect, performed: Performed) -> None:
        self._put(Input(EffectDone(effect, performed)))

    def _notify(self, effect: NotifyDesk) -> None:
        self.hub.publish([self._notices.frame(effect, self.clock.now())])

    def _put(self, given: Input) -> None:
        self._inbox.append(given)
        self._arrived.set()

    # ------------------------------------------------------------ the loop

    async def _loop(self) -> None:
        while True:
            if not self._inbox:
                self._working = False
                self._arrived.clear()
                await self._arrived.wait()
            self._working = True
            batch = Batch()
            now = self.clock.now()
            for _ in range(min(BATCH, len(self._inbox))):
                self._decide(self._inbox.popleft(), batch, now)
            if batch.commits or self._write_offs.due:
                self._write_off(batch)
            await self.commits.commit(batch, now)

    def _write_off(self, batch: Batch) -> None:
        for case, finished in self._write_offs.take():
            seq = self.commits.closed.seq_of(case)
            batch.add(Commit(case, seq, (), None, finished=finished), None)

    async def _write_off_last(self) -> None:
        """At the end: what has been performed is not performed again at the next start."""
        batch = Batch()
        self._write_off(batch)
        try:
            if batch.commits:
                await self.store.commit(batch.commits, self.clock.now())
        except Exception as error:
            log.warning("performed effects not written off", reason=str(error))

    def _decide(self, given: Input, batch: Batch, now: Instant) -> None:
        finished = finished_by(given.given)
        try:
            decisions = self._decisions(given, batch, now)
        except DispatcherError as refused:
            fail(given, refused)
            decisions = []
        except Exception as error:
            # One case's failure never blocks another's: it is told, logged, and the loop goes on.
            log.exception("input could not be decided", input=type(given.given).__name__)
            fail(given, error)
            self.present.status("engine", "error", f"{type(error).__name__}: {error}", now)
            if isinstance(given.given, c.Wake):
                self.timekeeper.set(given.given.case, now + AGAIN_MS)
            decisions = []
        touched: list[CaseId] = []
        for decision in decisions:
            self.hotline.apply(decision)
            if decision.case is not None:
                self.commits.closed.remember(decision.case_id, decision.case.seq)
            self.timekeeper.set(decision.case_id, decision.wake_at)
            if decision.events or decision.effects:
                touched.append(decision.case_id)
                batch.add(commit_of(decision, finished), decision)
                finished = ()
        if finished:
            self._write_offs.add(case_of(given.given.effect), finished)
        if given.answer is not None:
            batch.answers.append((given, touched))

    def _decisions(self, given: Input, batch: Batch, now: Instant) -> list[Decision]:
        what = given.given
        if isinstance(what, EffectDone):
            done = what.performed
            if done.outcome is Outcome.DONE:
                return []
            failed = engine.Failed(
                case_of(what.effect), what.effect, done.outcome.value, done.reason
            )
            return engine.receive(failed, self.hotline, now)
        if isinstance(what, RulesChanged):
            self.hotline.rules = what.rules
            batch.live += self.present.directory_changed(now)
            return []
        if isinstance(what, Recalled):
            return self._decide_late(what, now, given.actor)
        if type(what) in FACTS:
            self._follow(what, batch, now)
        return engine.receive(what, self.hotline, now, given.actor)

    def _decide_late(self, what: Recalled, now: Instant, actor: str) -> list[Decision]:
        """The case is held for this one decision; `Hotline.put` lets a closed one go again."""
        held = what.case.id in self.hotline.cases
        if not held:
            self.hotline.cases[what.case.id] = what.case
            if what.handover is not None:
                self.hotline.handovers[what.case.id] = what.handover
        try:
            return engine.receive(what.command, self.hotline, now, actor)
        finally:
            if not held:
                self.hotline.put(what.case.id, what.case, what.handover)

    def _follow(self, fact: f.Fact, batch: Batch, now: Instant) -> None:
        """The live view first: it is what decisions about calls look at."""
        changed = self.hotline.live.apply(fact, now)
        batch.live += self.present.live(changed, now)
        if isinstance(fact, f.LinkRestored | f.LinkLost | f.LinkRefused):
            self.outbox.link_is(isinstance(fact, f.LinkRestored))
        if self.on_fact is not None:
            self.on_fact(fact)
        if isinstance(fact, f.CallArrived):
            for call in self.hotline.live.forget_ended(now - ENDED_KEPT_MS):
                batch.live.append(self.present.forget_call(call))


FACTS = frozenset(f.Fact.__args__)
