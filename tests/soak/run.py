"""The soak itself: places the calls, lets the faults come, and has everything judged."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from dispatcher.adapters.sql.store import SqlStore
from dispatcher.testing.city.leg import unix_ms
from tests.soak import gauges, judge, witness
from tests.soak.call import Call, close
from tests.soak.evidence import Ending, Failure, Gauge, SeenCall, SeenLeg
from tests.soak.faults import Faults
from tests.soak.hotline import Hotline, open_hotline
from tests.soak.judge import Limits
from tests.soak.plan import plan_call, plan_faults

LOOK_S = 5
TELL_S = 15
DRAIN_S = 60


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. ``rate``: calls a second; ``at_once``: most callers on the line;
    ``every``: calls between two faults, 0 for none."""

    seed: int
    calls: int
    rate: float
    at_once: int
    every: int
    folder: Path


@dataclass
class Tally:
    """What a soak gathers. ``ended``: how callers' calls ended → how many."""

    failures: list[Failure] = field(default_factory=list)
    units: list[SeenLeg] = field(default_factory=list)
    gauges: list[Gauge] = field(default_factory=list)
    silences: list[int] = field(default_factory=list)
    ended: Counter[str] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)
    placed: int = 0
    most_at_once: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)

    def take(self, call: SeenCall, limits: Limits) -> list[Failure]:
        found = judge.judge_call(call, limits)
        self.failures += found
        self.units += [leg for leg in call.others if leg.role == "unit"]
        self.roles.update(leg.role for leg in call.others)
        if call.heard is not None:
            self.silences.append(call.heard.silence_ms)
        self.ended["by himself" if call.caller.by_itself else "finished"] += 1
        return found


class Soak:
    """``await Soak(order, say).run()`` returns the tally; ``say`` is told how far it is."""

    def __init__(self, order: Order, say: Callable[[str], None]) -> None:
        self._order, self._say = order, say
        self._limits = Limits()
        self._room = asyncio.Semaphore(order.at_once)
        self._live = 0
        self._hotline: Hotline
        self.tally = Tally()

    async def run(self) -> Tally:
        order = self._order
        faults = plan_faults(order.seed, order.calls, order.every) if order.every else []
        self._say(f"seed {order.seed}: {order.calls} calls, {len(faults)} faults")
        async with open_hotline(order.folder, order.seed) as hotline:
            self._hotline = hotline
            at_work = Faults(hotline, faults)
            async with _beside(at_work.watch(), self._look(), self._tell()):
                self.tally.began = time.monotonic()
                await self._place_all(at_work)
                await at_work.over()
            self.tally.faults.update(what.split()[0] for _, what in at_work.done[::2])
            self.tally.failures += [Failure("died", why) for why in at_work.died]
            await self._end()
        return self.tally

    # ------------------------------------------------------------ the calls

    async def _place_all(self, faults: Faults) -> None:
        plans = [plan_call(self._order.seed, n) for n in range(self._order.calls)]
        async with asyncio.TaskGroup() as group:
            for plan in plans:
                await self._room.acquire()
                faults.before(plan.n)
                self.tally.placed += 1
                group.create_task(self._one(Call(self._hotline, plan)))
                await asyncio.sleep(plan.pause_s / self._order.rate)

    async def _one(self, call: Call) -> None:
        self._live += 1
        self.tally.most_at_once = max(self.tally.most_at_once, self._live)
        try:
            await call.play()
        finally:
            self._live -= 1
            self._room.release()
        if not await call.settle():
            call.did("the case could not be closed")
        seen = await asyncio.to_thread(witness.seen_call, call)
        failures = self.tally.take(seen, self._limits)
        for failure in failures:
            self._say("\n".join((f"FAILED {failure.kind}: {failure.what}", *failure.story)))
        if not failures:
            for leg in (call.caller, *(leg for _, leg in call.legs)):
                witness.forget(leg)

    # ------------------------------------------------------------ beside them

    async def _look(self) -> None:
        """The processes, every few seconds."""
        while True:
            self._look_once()
            await asyncio.sleep(LOOK_S)

    def _look_once(self) -> None:
        hotline = self._hotline
        now, calls, legs = unix_ms(), self.tally.placed, hotline.alive
        ledger_kib = hotline.service.database.stat().st_size // 1024
        cached_kib = min(ledger_kib, gauges.CACHE_KIB)
        for who, pid, life, cached in (
            (gauges.SERVICE, hotline.service.pid, hotline.service.life, cached_kib),
            ("hotline", hotline.stand.pbx.pid, 0, 0),
            ("city", hotline.city.pid, 0, 0),
        ):
            if pid is not None:
                seen = gauges.look(pid, who, life, now, calls, legs, cached)
                self.tally.gauges += [seen] if seen is not None else []

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL_S)
            tally, passed = self.tally, time.monotonic() - self.tally.began
            service = [g for g in tally.gauges if g.who == "service"][-1:]
            rss = f"{service[0].rss_kib // 1024} MiB" if service else "-"
            silence = max(tally.silences, default=0)
            self._say(
                f"{passed:5.0f} s  {tally.placed}/{self._order.calls} calls, {self._live} now, "
                f"{len(tally.units)} legs, longest silence {silence} ms, service {rss}, "
                f"{len(tally.failures)} failures"
            )

    # ------------------------------------------------------------ the end

    async def _end(self) -> None:
        """Everybody is gone: look at what is left, and read the ledger."""
        hotline, tally = self._hotline, self.tally
        left = await self._drained()
        self._look_once()
        for leg in hotline.strays:
            tally.failures.append(
                Failure("stray", f"{leg.party} was rung, shown {leg.shown}: no call of ours")
            )
        await self._close_rest()
        await hotline.service.stop()
        code, said = await hotline.service.verify()
        store = SqlStore(hotline.service.database)
        await store.open_beside()
        rows, open_cases = await witness.ledger_legs(store)
        await store.close()
        tally.failures += judge.judge_legs(tally.units, rows, self._limits)
        tally.failures += judge.judge_end(Ending(left, code, said, open_cases))
        # A key for a leg that we have let go in that instant is no failure of anybody.
        played = [x for x in hotline.city.failures if "Channel not found" not in str(x)]
        errors = (*played, *hotline.errors)
        tally.failures += [Failure("city", repr(error)) for error in errors]
        tally.failures += gauges.judge_slopes(gauges.slopes(tally.gauges))
        tally.failures += gauges.judge_rest(tally.gauges)

    async def _drained(self) -> dict[str, int]:
        for _ in range(DRAIN_S):
            left = await self._hotline.channels()
            if not any(left.values()):
                break
            await asyncio.sleep(1)
        return left

    async def _close_rest(self) -> None:
        consoles = self._hotline.consoles
        rest = await consoles.until(lambda c: [k for k, v in c.cases.items() if v["open"]], 2)
        for case in rest or ():
            await close(self._hotline, case)


@contextlib.asynccontextmanager
async def _beside(*works: asyncio._CoroutineLike[None]) -> AsyncIterator[None]:
    """Run these while the block lasts; an error of one of them is raised at its end."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
    for result in done:
        if isinstance(result, Exception):
            raise result
