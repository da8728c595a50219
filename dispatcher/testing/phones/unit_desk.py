"""The units' telephone desk, played: a unit calls in, types its case's digits, hears its keys.

As `asterisk_config/dialplan_desk.conf`: without an answer of the service within 3 s, after two
wrong tries (three with a PIN), or without a word, the caller goes on into the queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.core.effects import AnswerUnit, BriefUnit
from dispatcher.core.facts import LegEnded, LegOutcome, UnitDialled
from dispatcher.core.ids import ChannelId, LegId
from dispatcher.ports import Outcome, Performed

from .parties import Caller, UnitLeg
from .timers import Alarms

if TYPE_CHECKING:
    from .exchange import Exchange
    from .units import Units

DONE = Performed(Outcome.DONE)
TRIES = {"number": 2, "pin": 3}
SHORTEST = 4


class UnitDesk:
    """Callers at the desk, and legs made of them."""

    def __init__(self, exchange: Exchange, units: Units) -> None:
        self._exchange, self._units = exchange, units
        units.to_agent = self.to_agent

    def enter(self, caller: Caller, how: str = "number") -> None:
        """From the arrival. Nobody would answer: straight on into the queue."""
        if not self._exchange.served():
            self._exchange.enqueue(caller, "new")
            return
        caller.state, caller.how, caller.tries = "desk", how, 0
        if how == "number":
            self._exchange.emit(UnitDialled(caller.call, caller.number, how))
        if self._at_desk(caller):
            self._ask(caller)

    def types(self, caller: Caller, digits: str, pin: str = "") -> None:
        """Digits and the # key; with ``pin`` that before them. Elsewhere they mean nothing."""
        if not self._at_desk(caller):
            return
        caller.alarms.cancel()
        if caller.how == "number" and digits in ("", "0"):
            self._on(caller)
        elif len(digits) < SHORTEST:
            self._again(caller)
        else:
            wait_ms = self._exchange.timings.self_join_ms
            caller.alarms.after(wait_ms, lambda: self._on(caller))
            self._exchange.emit(UnitDialled(caller.call, caller.number, caller.how, digits, pin))

    # ------------------------------------------------------------ the service's answers

    def answer(self, effect: AnswerUnit) -> Performed:
        caller = self._exchange.callers.get(effect.channel)
        if caller is None or not self._at_desk(caller):
            return Performed(Outcome.FAILED, "the unit is not at the desk any more")
        caller.alarms.cancel()
        (self._again if effect.word == "again" else self._on)(caller)
        return DONE

    def brief(self, effect: BriefUnit) -> Performed:
        """The caller becomes a leg of the case and hears the brief."""
        caller = self._exchange.callers.get(ChannelId(effect.leg))
        if caller is None or not self._at_desk(caller):
            return Performed(Outcome.FAILED, "the unit is not at the desk any more")
        caller.alarms.cancel()
        caller.state, caller.unit = "leg", True
        del self._exchange.callers[caller.channel]
        leg = UnitLeg(
            caller.channel,
            caller.name,
            Alarms(self._exchange.timers),
            case=effect.case,
            number=caller.number,
            lock=effect.hunt or effect.case,
            state="brief",
            ready=True,
            placed_at=self._exchange.now,
            answered_at=self._exchange.now,
            brief=effect.brief.before_key,
            exercise=effect.brief.exercise,
            caller=caller,
        )
        caller.leg = leg
        self._units.take_in(leg)
        return DONE

    def to_agent(self, leg: UnitLeg) -> None:
        """The leg is a caller again, first of the new ones, with its case attached."""
        caller = leg.caller
        assert caller is not None
        leg.alarms.cancel()
        leg.alive, leg.state, leg.left_at = False, "gone", self._exchange.now
        caller.leg, caller.case = None, leg.case
        del self._units.legs[LegId(leg.channel)]
        self._exchange.callers[caller.channel] = caller
        self._exchange.emit(LegEnded(LegId(leg.channel), LegOutcome.TO_AGENT))
        self._exchange.enqueue(caller, "new")

    def press(self, leg: UnitLeg, key: str) -> None:
        """A key during the brief."""
        self._units.press(leg, key)

    def leaves(self, leg: UnitLeg, q850: int) -> None:
        """The unit hangs up."""
        self._units.end(leg, q850)

    # ------------------------------------------------------------ parts

    def _at_desk(self, caller: Caller) -> bool:
        return caller.alive and caller.state == "desk"

    def _ask(self, caller: Caller) -> None:
        caller.alarms.after(self._exchange.timings.desk_ms, lambda: self._on(caller))

    def _again(self, caller: Caller) -> None:
        caller.tries += 1
        if caller.tries >= TRIES[caller.how]:
            self._on(caller)
        else:
            self._ask(caller)

    def _on(self, caller: Caller) -> None:
        self._exchange.enqueue(caller, "new")
