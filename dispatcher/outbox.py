"""Performs committed effects, in order per case, and reports what came of them.

A telephone call is placed at most once per key: when its outcome is unknown it is never placed
again, the engine is told and decides a new attempt. After a restart a call that was pending is
looked up by its own channel id: alive is adopted, absent is reported as unknown. Everything
else may be repeated, and is, a few times; the release of a leg also when the link is back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from .core.effects import (
    Brief,
    BriefUnit,
    Effect,
    NotifyDesk,
    ReleaseLeg,
    RingAgent,
    RingContact,
    TelephonyEffect,
)
from .core.ids import CaseId, LegId
from .ports import Clock, LegPresence, Outcome, Performed, Speech, Telephony, sound_name

RETRY_AFTER_MS = (200, 600)
SPOKEN_WITHIN_S = 1.5
"""How long a unit on the line waits for its case to be put into speech; the PBX waits for 3 s."""


def case_of(effect: Effect) -> CaseId:
    """The case an effect belongs to; a leg's id begins with it."""
    if isinstance(effect, ReleaseLeg):
        return effect.case or CaseId(effect.leg.split(".", 1)[0])
    return effect.case or CaseId("")


Finished = Callable[[Effect, Performed], None]


class Outbox:
    """``finished`` hears of every effect exactly once; ``notify`` gets messages for the desks."""

    def __init__(
        self,
        telephony: Telephony,
        clock: Clock,
        finished: Finished,
        notify: Callable[[NotifyDesk], None],
        speech: Speech | None = None,
    ) -> None:
        self._telephony = telephony
        self._clock = clock
        self._finished = finished
        self._notify = notify
        self._speech = speech
        self._chains: dict[CaseId, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._link_up = asyncio.Event()
        self._waiting = 0

    @property
    def busy(self) -> bool:
        """Something is being performed; what waits for time or for the link is not."""
        return len(self._tasks) > self._waiting

    async def _wait(self, until: Awaitable[Any]) -> None:
        self._waiting += 1
        try:
            await until
        finally:
            self._waiting -= 1

    def link_is(self, up: bool) -> None:
        """Recovered effects wait for the link, so that they can be looked up."""
        if up:
            self._link_up.set()
        else:
            self._link_up.clear()

    def release(self, effects: tuple[Effect, ...], *, recovered: bool = False) -> None:
        """Perform these; call only after their commit."""
        for effect in effects:
            if isinstance(effect, NotifyDesk):
                self._notify(effect)
                self._finished(effect, Performed(Outcome.DONE))
            elif isinstance(effect, RingContact):
                self._speak(effect.brief)
                self._start(self._recover(effect) if recovered else self._once(effect))
            elif isinstance(effect, RingAgent):
                self._start(self._recover(effect) if recovered else self._once(effect))
            elif isinstance(effect, BriefUnit):
                self._start(self._brief(effect, recovered))
            else:
                self._in_order(effect, recovered)

    def _in_order(self, effect: TelephonyEffect, recovered: bool) -> None:
        case = case_of(effect)
        previous = self._chains.get(case)
        task = self._start(self._repeat(effect, previous, recovered))
        self._chains[case] = task
        task.add_done_callback(lambda done: self._forget(case, done))

    def _forget(self, case: CaseId, task: "asyncio.Task[None]") -> None:
        if self._chains.get(case) is task:
            del self._chains[case]

    def _start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _once(self, effect: RingContact | RingAgent) -> None:
        self._finished(effect, await self._telephony.perform(effect))

    async def _brief(self, effect: BriefUnit, recovered: bool) -> None:
        """To a unit that waits on the line: the sound is waited for, but not long."""
        if recovered:
            await self._recover(effect)
            return
        if self._speech is not None:
            self._start(self._render(self._speech, effect.brief.after_key))
            spoken = self._start(self._render(self._speech, effect.brief.before_key))
            await asyncio.wait((spoken,), timeout=SPOKEN_WITHIN_S)
        self._finished(effect, await self._telephony.perform(effect))

    async def _recover(self, effect: RingContact | RingAgent | BriefUnit) -> None:
        await self._wait(self._link_up.wait())
        leg = effect.leg if isinstance(effect, BriefUnit) else LegId(effect.key)
        presence = await self._telephony.look_up(leg)
        if presence is LegPresence.ALIVE:
            self._finished(effect, Performed(Outcome.DONE, "adopted after a restart"))
        else:
            self._finished(effect, Performed(Outcome.UNKNOWN, "not found after a restart"))

    async def _repeat(
        self, effect: TelephonyEffect, after: "asyncio.Task[None] | None", recovered: bool
    ) -> None:
        if after is not None:
            await self._wait(asyncio.wait((after,)))
        if recovered:
            await self._wait(self._link_up.wait())
        done = await self._telephony.perform(effect)
        for pause_ms in RETRY_AFTER_MS:
            if done.outcome is Outcome.DONE:
                break
            await self._wait(self._clock.sleep_until(self._clock.now() + pause_ms))
            done = await self._telephony.perform(effect)
        if isinstance(effect, ReleaseLeg) and done.outcome is not Outcome.DONE:
            # A phone that was let go must not ring on; whatever is decided meanwhile goes first.
            self._start(self._release_late(effect))
            return
        self._finished(effect, done)

    async def _release_late(self, effect: ReleaseLeg) -> None:
        """As soon as the link is back: a release stays right, and done twice it does no harm."""
        await self._wait(self._link_up.wait())
        self._finished(effect, await self._telephony.perform(effect))

    def _speak(self, brief: Brief) -> None:
        """The case is put into speech while the phone rings; a missing sound is not waited for."""
        if self._speech is not None:
            for text in (brief.before_key, brief.after_key):
                self._start(self._render(self._speech, text))

    async def _render(self, speech: Speech, text: str) -> None:
        await speech.render(text, sound_name(text))

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
