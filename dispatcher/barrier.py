"""The one place that every outgoing call passes: what may not be dialled is not asked for.

`Barrier` stands before the telephony. A contact's or line's number must be of the registration as
it is now; a caller is called back at a number he called from, within the country, and no more
often than a person would. A refusal is a failed effect with its reason, like any other.
"""

from collections import deque
from collections.abc import Callable

import structlog

from .core.dialling import may_call_back, registered_numbers
from .core.effects import LiveEffect, RingCaller, RingContact, TelephonyEffect
from .core.facts import Fact
from .core.ids import Instant, LegId
from .core.rules import Rules
from .ports import Clock, LegPresence, Outcome, Performed, Telephony

log = structlog.get_logger()

MINUTE_MS = 60_000
PER_NUMBER = 3
"""Call-backs to one number in a minute."""
PER_MINUTE = 30
"""Call-backs to all numbers in a minute."""


class Barrier:
    """`ports.Telephony` before another. ``called`` says whether a number has called us."""

    def __init__(
        self,
        telephony: Telephony,
        clock: Clock,
        rules: Callable[[], Rules],
        called: Callable[[str], bool],
    ) -> None:
        self._telephony, self._clock = telephony, clock
        self._rules, self._called = rules, called
        self._of: Rules | None = None
        self._registered: frozenset[str] = frozenset()
        self._back: deque[tuple[Instant, str]] = deque()

    @property
    def simulated(self) -> bool:
        return self._telephony.simulated

    async def start(self, receive: Callable[[Fact], None]) -> None:
        await self._telephony.start(receive)

    async def perform(self, effect: TelephonyEffect | LiveEffect) -> Performed:
        if isinstance(effect, RingContact):
            refusal = self._of_contact(effect.number)
        elif isinstance(effect, RingCaller):
            refusal = self._of_caller(effect.number)
        else:
            refusal = ""
        if refusal:
            log.error("call refused", effect=type(effect).__name__, reason=refusal)
            return Performed(Outcome.FAILED, refusal)
        return await self._telephony.perform(effect)

    async def look_up(self, leg: LegId) -> LegPresence:
        return await self._telephony.look_up(leg)

    async def close(self) -> None:
        await self._telephony.close()

    # ------------------------------------------------------------ what may be dialled

    def _of_contact(self, number: str) -> str:
        rules = self._rules()
        if rules is not self._of:
            self._of, self._registered = rules, registered_numbers(rules)
        if number in self._registered:
            return ""
        return "the number stands in no registration: correct rules/staff or rules/limits.yaml"

    def _of_caller(self, number: str) -> str:
        if not may_call_back(number):
            return "only mobiles and landlines of the mainland are called back"
        if not self._called(number):
            return "nobody has called from this number: only callers are called back"
        now = self._clock.now()
        while self._back and self._back[0][0] <= now - MINUTE_MS:
            self._back.popleft()
        if sum(1 for _, called in self._back if called == number) >= PER_NUMBER:
            return f"it was called back {PER_NUMBER} times in the last minute: wait a moment"
        if len(self._back) >= PER_MINUTE:
            return f"{PER_MINUTE} callers were called back in the last minute: wait a moment"
        self._back.append((now, number))
        return ""
