"""Every outgoing call passes the barrier, and nothing but registered numbers gets through."""

from collections.abc import Callable

import pytest

from dispatcher.barrier import PER_MINUTE, PER_NUMBER, Barrier
from dispatcher.core.effects import (
    Brief,
    HangUp,
    LiveEffect,
    RingCaller,
    RingContact,
    TelephonyEffect,
)
from dispatcher.core.facts import Fact
from dispatcher.core.ids import AgentId, CaseId, ChannelId, LegId, Rung
from dispatcher.core.rules import Rules
from dispatcher.core.values import replace
from dispatcher.ports import LegPresence, Outcome, Performed
from dispatcher.testing.manual_clock import ManualClock
from dispatcher.testing.sample_rules import GAS, number, sample_rules
from tests.unit.core.test_dialling import HOSTILE

CASE = CaseId("01JDTESTBARRIER00000000000")
CALLER = "19900000001"


class Behind:
    """The telephony behind the barrier: what it was asked."""

    simulated = True

    def __init__(self) -> None:
        self.asked: list[TelephonyEffect | LiveEffect] = []

    async def start(self, receive: Callable[[Fact], None]) -> None: ...

    async def perform(self, effect: TelephonyEffect | LiveEffect) -> Performed:
        self.asked.append(effect)
        return Performed(Outcome.DONE)

    async def look_up(self, leg: LegId) -> LegPresence:
        return LegPresence.ALIVE

    async def close(self) -> None: ...


class House:
    def __init__(self) -> None:
        self.rules: Rules = sample_rules()
        self.clock = ManualClock()
        self.behind = Behind()
        self.callers = {CALLER}
        self.barrier = Barrier(
            self.behind, self.clock, lambda: self.rules, lambda digits: digits in self.callers
        )

    async def rings(self, digits: str) -> str:
        leg = LegId(f"{CASE}.0001")
        return await self._reason(RingContact(leg, leg, CASE, digits, "key", Brief("", ""), 20_000))

    async def calls_back(self, digits: str) -> str:
        line = ChannelId("back-1")
        return await self._reason(
            RingCaller("back-1", line, digits, ChannelId("seat-1"), AgentId("agent1"))
        )

    async def _reason(self, effect: TelephonyEffect | LiveEffect) -> str:
        done = await self.barrier.perform(effect)
        assert (done.outcome is Outcome.DONE) == (done.reason == "")
        return done.reason


async def test_a_registered_number_and_a_line_pass() -> None:
    house = House()
    assert await house.rings(number(GAS, Rung.DUTY)) == ""
    assert await house.rings("119") == ""
    assert len(house.behind.asked) == 2


@pytest.mark.parametrize("digits", [*HOSTILE, "19900000001", "05639999999"])
async def test_any_other_number_is_refused_and_never_asked_for(digits: str) -> None:
    house = House()
    if digits == "12345":
        return
    assert "no registration" in await house.rings(digits)
    assert house.behind.asked == []


async def test_the_rules_of_the_moment_count() -> None:
    house = House()
    before = house.rules
    house.rules = replace(before, lines={**before.lines, "119": "05635550119"})
    assert await house.rings("05635550119") == ""
    house.rules = before
    assert "no registration" in await house.rings("05635550119")


async def test_who_has_called_is_called_back() -> None:
    house = House()
    assert await house.calls_back(CALLER) == ""
    assert "nobody has called" in await house.calls_back("19900000002")


@pytest.mark.parametrize("digits", HOSTILE)
async def test_a_trick_number_is_not_called_back_even_if_it_was_shown(digits: str) -> None:
    house = House()
    house.callers.add(digits)
    assert "mainland" in await house.calls_back(digits)
    assert house.behind.asked == []


async def test_one_number_is_called_back_a_few_times_a_minute() -> None:
    house = House()
    for _ in range(PER_NUMBER):
        assert await house.calls_back(CALLER) == ""
    assert "times in the last minute" in await house.calls_back(CALLER)
    house.clock.jump_to(house.clock.now() + 60_000)
    assert await house.calls_back(CALLER) == ""


async def test_all_of_them_together_are_limited_too() -> None:
    house = House()
    for n in range(PER_MINUTE):
        house.callers.add(f"199000001{n:02d}")
        assert await house.calls_back(f"199000001{n:02d}") == ""
    assert "callers were called back" in await house.calls_back(CALLER)


async def test_what_dials_nothing_passes() -> None:
    house = House()
    assert await house._reason(HangUp("h", ChannelId("seat-1"))) == ""
    assert await house.barrier.look_up(LegId("x")) is LegPresence.ALIVE
    assert house.barrier.simulated is True
