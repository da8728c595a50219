"""The units' telephone desk: who is it, and which case does he mean?

A unit that has a case in hand is known by the number it calls from, and is asked for the case's
digits unless it has only one. From any other telephone it gives its PIN and the digits. Whoever
is not known goes on to an agent: nobody is turned away. A wrong PIN and wrong digits are told
alike; after three in one call, or six in an hour from one number, no more are heard, and the
shift leader sees it. A PIN is compared, never kept, shown or logged.
"""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from ..core.commands import ReceiveUnit
from ..core.effects import AnswerUnit
from ..core.errors import DispatcherError
from ..core.facts import ChannelEnded, Fact, UnitDialled
from ..core.ids import AssignmentId, CallId, CaseId, ChannelId, ContactId, Instant, UnitId
from ..core.pins import fits
from ..ports import Outcome
from ..service import Service
from .errands import Errands
from .parts import new_line

log = structlog.get_logger()

HOUR_MS = 3_600_000
PER_CALL, PER_HOUR = 3, 6
SHORTEST = 4
ALARM = "unit_pin"
_KEPT = 4096

Found = tuple[UnitId, CaseId, AssignmentId]


class UnitDesk:
    """Answers `UnitDialled`. ``belongs`` is told which case a call was for."""

    def __init__(self, service: Service, belongs: Callable[[CallId, CaseId], None]) -> None:
        self._service, self._belongs = service, belongs
        self._wrong: dict[str, deque[Instant]] = {}
        """Caller's number ('' withheld) → when a wrong PIN came from it, within the hour."""
        self._in_call: dict[CallId, int] = {}
        self._alarm: asyncio.Task[None] | None = None
        self.errands = Errands("unit at the desk not served")

    def on_fact(self, fact: Fact) -> None:
        if isinstance(fact, UnitDialled):
            self.errands.begin(self._pin(fact) if fact.how == "pin" else self._number(fact))
        elif isinstance(fact, ChannelEnded):
            self._in_call.pop(CallId(fact.channel), None)

    def close(self) -> None:
        self.errands.close()
        if self._alarm is not None:
            self._alarm.cancel()

    # ------------------------------------------------------------ by number

    async def _number(self, fact: UnitDialled) -> None:
        rules = self._service.hotline.rules
        unit = rules.unit_by_number.get(fact.number) if fact.number else None
        in_hand = [] if unit is None else self._in_hand(unit)
        if not in_hand:
            await self._say(fact, "agent")
        elif not fact.digits:
            # With several he is being asked already.
            if len(in_hand) == 1:
                await self._receive(fact, in_hand[0])
        else:
            meant = [x for x in in_hand if self._ends(x, fact.digits)]
            if len(meant) == 1:
                await self._receive(fact, meant[0])
            else:
                await self._say(fact, "again")

    # ------------------------------------------------------------ by PIN

    async def _pin(self, fact: UnitDialled) -> None:
        if len(self._recent(fact.number)) >= PER_HOUR:
            self._alarmed(fact, "本小时内不再接受该号码输入密码")
            await self._say(fact, "agent")
            return
        meant = await self._whose(fact)
        if meant is not None:
            await self._receive(fact, meant)
            return
        wrong = self._in_call[fact.call] = self._in_call.get(fact.call, 0) + 1
        self._recent(fact.number).append(self._service.clock.now())
        if wrong >= PER_CALL or len(self._recent(fact.number)) >= PER_HOUR:
            self._alarmed(fact, f"连续{wrong}次输错,已转话务员")
            await self._say(fact, "agent")
        else:
            await self._say(fact, "again")

    async def _whose(self, fact: UnitDialled) -> Found | None:
        """The unit whose PIN it is, among those that have such a case; as slow without one."""
        hotline = self._service.hotline
        candidates = [
            (unit, x)
            for unit_id in list(hotline.by_unit)
            if (unit := hotline.rules.units.get(unit_id)) is not None
            for x in self._in_hand(unit_id)
            if self._ends(x, fact.digits)
        ]
        filed = [(unit.pin, x) for unit, x in candidates if unit.pin]
        if not filed:
            await asyncio.to_thread(fits, fact.pin, "")
        found = [x for pin, x in filed if await asyncio.to_thread(fits, fact.pin, pin)]
        return found[0] if len(found) == 1 else None

    def _recent(self, number: str) -> deque[Instant]:
        now = self._service.clock.now()
        if number not in self._wrong and len(self._wrong) >= _KEPT:
            for old in [n for n, at in self._wrong.items() if not at or now - at[-1] >= HOUR_MS]:
                del self._wrong[old]
        recent = self._wrong.setdefault(number, deque(maxlen=PER_HOUR))
        while recent and now - recent[0] >= HOUR_MS:
            recent.popleft()
        return recent

    def _alarmed(self, fact: UnitDialled, what: str) -> None:
        """On the shift leaders' screens for an hour; the number by its end only."""
        who = f"尾号{fact.number[-4:]}的电话" if fact.number else "未显示号码的电话"
        service = self._service
        service.show_status(ALARM, "wrong", f"{who}输错承办单位密码:{what}", role="supervisor")
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.create_task(self._clear_later())

    async def _clear_later(self) -> None:
        service = self._service
        await service.clock.sleep_until(service.clock.now() + HOUR_MS)
        service.show_status(ALARM, "up", "", role="supervisor")

    # ------------------------------------------------------------ parts

    def _in_hand(self, unit: UnitId) -> list[Found]:
        return [(unit, case, a) for case, a in self._service.hotline.open_assignments(unit)]

    def _ends(self, found: Found, digits: str) -> bool:
        case = self._service.hotline.cases.get(found[1])
        wanted = digits.replace("*", "")
        return case is not None and len(wanted) >= SHORTEST and case.number.endswith(wanted)

    async def _receive(self, fact: UnitDialled, found: Found) -> None:
        """The case's brief; if it cannot be had any more, an agent."""
        unit, case, assignment = found
        contact, name = self._contact(unit, fact)
        command = ReceiveUnit(case, assignment, fact.call, contact, name, fact.number, fact.how)
        call = self._service.hotline.live.calls.get(fact.call)
        if call is not None:
            call.unit, call.case = unit, case
        try:
            await self._service.submit(command, "system")
        except DispatcherError as error:
            log.info("unit not received", reason=error.code, case=case)
            await self._say(fact, "agent")
            return
        self._belongs(fact.call, case)

    def _contact(self, unit: UnitId, fact: UnitDialled) -> tuple[ContactId, str]:
        if fact.how == "number":
            for contact in self._service.hotline.rules.units[unit].contacts:
                if any(n.digits == fact.number for n in contact.numbers):
                    return contact.id, contact.name
        return ContactId(f"{unit}:{fact.how}"), "来电人(凭密码)" if fact.how == "pin" else ""

    async def _say(self, fact: UnitDialled, word: str) -> None:
        """Not said when it is too late: the dialplan goes on to an agent by itself."""
        answer = AnswerUnit(new_line("desk"), ChannelId(fact.call), word)
        done = await self._service.telephony.perform(answer)
        if done.outcome is not Outcome.DONE:
            log.info("unit not answered", reason=done.reason, word=word)
