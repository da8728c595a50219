"""The units' phones of the simulated telephony, and the brief with its keys."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from dispatcher.adapters.asterisk.causes import outcome_of
from dispatcher.core.effects import RingContact
from dispatcher.core.facts import (
    LegAnswered,
    LegEnded,
    LegKey,
    LegOutcome,
    LegRinging,
    LegSelfJoined,
)
from dispatcher.core.ids import ChannelId, LegId
from dispatcher.testing.city.behaviour import Behaviour

from .parties import LosesNetwork, UnitLeg
from .timers import Alarms

if TYPE_CHECKING:
    from .exchange import Exchange

_CONFIRMS = {
    ("2", False): "return noted",
    ("2", True): "return noted",
    ("1", True): "heard",
}
"""(key, whether the leg brought a message) → what is said when the line is let go."""
KEPT = 10_000
NETWORK = 38
"""Q.850: network out of order."""


class Units:
    """Legs we placed, and how each number behaves."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.behaviours: dict[str, Behaviour] = {}
        self.legs: dict[LegId, UnitLeg] = {}
        self.placed: deque[UnitLeg] = deque(maxlen=KEPT)
        """The legs placed, oldest first."""
        self.to_agent: Callable[[UnitLeg], None]
        """A unit that has called in goes on into the queue; set by `UnitDesk`."""
        self._used: set[LegId] = set()
        self._locks: dict[str, UnitLeg] = {}

    def known(self, leg: LegId) -> bool:
        """Whether this leg was ever placed, whatever became of it."""
        return leg in self._used

    # ------------------------------------------------------------ ringing

    def place(self, effect: RingContact) -> UnitLeg:
        ex = self.exchange
        leg = UnitLeg(
            ChannelId(effect.leg),
            effect.number,
            Alarms(ex.timers),
            case=effect.case,
            number=effect.number,
            mode=effect.mode,
            lock=effect.hunt or effect.case,
            behaviour=self.behaviours.get(effect.number, Behaviour.no_answer()),
            placed_at=ex.now,
            brief=effect.brief.before_key,
            exercise=effect.brief.exercise,
            apart=effect.apart,
        )
        self.legs[effect.leg] = leg
        self.placed.append(leg)
        self._used.add(effect.leg)
        self._ring(leg, effect.ring_ms)
        return leg

    def take_in(self, leg: UnitLeg) -> None:
        """A unit that has called in: its leg begins with the brief."""
        self.legs[LegId(leg.channel)] = leg
        self._speak(leg)

    def _ring(self, leg: UnitLeg, ring_ms: int) -> None:
        phone = leg.behaviour
        if phone.refuse_after_s is not None:
            cause = phone.refuse_cause
            leg.alarms.after(_ms(phone.refuse_after_s), lambda: self.end(leg, cause))
        if phone.rings:
            leg.alarms.after(0, lambda: self._rings(leg))
        if phone.answer_after_s is not None:
            leg.alarms.after(_ms(phone.answer_after_s), lambda: self.answer(leg))
        leg.alarms.after(ring_ms, lambda: self.end(leg, 19))

    def _rings(self, leg: UnitLeg) -> None:
        if leg.state == "placed":
            leg.state = "ringing"
            self.exchange.emit(LegRinging(LegId(leg.channel)))

    def answer(self, leg: UnitLeg) -> None:
        """The phone is taken up; the brief begins, or a switchboard is joined."""
        if leg.ready or not leg.alive:
            return
        leg.alarms.cancel()
        leg.ready, leg.state, leg.answered_at = True, "brief", self.exchange.now
        self.exchange.emit(LegAnswered(LegId(leg.channel)))
        phone = leg.behaviour
        # What the person does is kept apart from what the dialplan does: its timers go on.
        hand = Alarms(self.exchange.timers)
        for after_s, key in phone.keys:
            hand.after(_ms(after_s), partial(self.press, leg, key))
        if phone.hang_up_after_s is not None:
            hand.after(_ms(phone.hang_up_after_s), lambda: self.end(leg, 16))
        if isinstance(phone, LosesNetwork):
            hand.after(_ms(phone.lost_after_s), lambda: self.end(leg, NETWORK))
        if leg.mode == "voice":
            self._voice(leg)
        else:
            self._speak(leg)

    def _speak(self, leg: UnitLeg) -> None:
        leg.heard += ("brief",)
        t = self.exchange.timings
        if leg.caller is not None:
            leg.alarms.after(t.brief_ms, lambda: self.to_agent(leg))
        else:
            leg.alarms.after(t.brief_ms * t.brief_times, lambda: self._no_key(leg))

    def _no_key(self, leg: UnitLeg) -> None:
        leg.no_key = True
        leg.state = "saying"
        leg.alarms.after(self.exchange.timings.phrase_ms, lambda: self.end(leg, 16))

    def _voice(self, leg: UnitLeg) -> None:
        assert leg.case is not None
        if self.exchange.parties(leg.case) and not leg.apart:
            self.join(leg)
        else:
            leg.alarms.after(self.exchange.timings.self_join_ms, lambda: self._self_join(leg))

    # ------------------------------------------------------------ keys

    def press(self, leg: UnitLeg, key: str) -> None:
        """A key during the brief; anywhere else it means nothing."""
        if not leg.alive or leg.state != "brief":
            return
        if key not in ("0123459" if leg.caller is not None else "123459"):
            return
        leg.confirms = _CONFIRMS.get((key, leg.mode == "inform"), "")
        self.exchange.emit(LegKey(LegId(leg.channel), key))
        if not leg.alive or leg.state != "brief":
            return
        leg.alarms.cancel()
        if key == "9":
            self._speak(leg)
        elif key == "0":
            self.to_agent(leg)
        elif key == "1" and leg.mode != "inform":
            self._accept(leg)
        elif leg.caller is not None:
            leg.state = "pressed"
            leg.alarms.after(self.exchange.timings.self_join_ms, lambda: self.to_agent(leg))
        elif key in "12":
            self.say(leg, "heard" if key == "1" else "return noted")
        else:
            leg.state = "pressed"
            t = self.exchange.timings
            leg.alarms.after(t.self_join_ms + t.phrase_ms, lambda: self.end(leg, 16))

    def _accept(self, leg: UnitLeg) -> None:
        """The first press wins; then the service has 3 s, or the leg goes by itself."""
        winner = self._locks.get(leg.lock)
        if winner is not None and winner.alive and leg.caller is None:
            self.say(leg, "taken")
            return
        self._locks[leg.lock] = leg
        leg.state = "pressed"
        leg.alarms.after(self.exchange.timings.self_join_ms, lambda: self._self_join(leg))

    def _self_join(self, leg: UnitLeg) -> None:
        assert leg.case is not None
        if not self.exchange.parties(leg.case):
            if leg.caller is not None:
                self.to_agent(leg)
            else:
                self.say(leg, "detail")
            return
        if leg.mode != "voice":
            self.exchange.emit(LegSelfJoined(LegId(leg.channel)))
        self.join(leg)

    def join(self, leg: UnitLeg) -> None:
        assert leg.case is not None
        leg.alarms.cancel()
        leg.state = "room"
        self.exchange.enter_room(leg, leg.case)

    def say(self, leg: UnitLeg, what: str) -> None:
        """A last phrase, then the line ends."""
        leg.alarms.cancel()
        leg.state, leg.held = "saying", None
        leg.heard += (what,)
        self.exchange.leave_room(leg)
        t = self.exchange.timings
        said_ms = t.detail_ms if what == "detail" else t.phrase_ms
        leg.alarms.after(said_ms, lambda: self.end(leg, 16))

    # ------------------------------------------------------------ ending

    def release(self, leg: UnitLeg, why: str) -> None:
        """By the service: ringing legs stop, answered ones hear why."""
        if why == "agent" and leg.caller is not None:
            self.to_agent(leg)
            return
        leg.released = True
        if leg.ready and (why != "done" or leg.confirms):
            self.say(leg, leg.confirms if why == "done" else why)
        else:
            self.end(leg, 26)

    def end(self, leg: UnitLeg, q850: int) -> None:
        """The line ends, by whomever."""
        if leg.alive:
            with self.exchange.one_instant():
                self._end(leg, q850)

    def _end(self, leg: UnitLeg, q850: int) -> None:
        room = leg.room
        leg.alarms.cancel()
        leg.alive, leg.state, leg.left_at = False, "gone", self.exchange.now
        leg.held = None
        del self.legs[LegId(leg.channel)]
        if leg.caller is not None:
            leg.caller.alive, leg.caller.state, leg.caller.left_at = False, "gone", leg.left_at
        outcome: LegOutcome = outcome_of(
            answered=leg.ready, no_key=leg.no_key, released=leg.released, q850=q850, sip=0
        )
        self.exchange.leave_room(leg, check=False)
        self.exchange.emit(LegEnded(LegId(leg.channel), outcome, q850))
        if room is not None:
            self.exchange.check_room(room)

    def clear(self) -> None:
        for leg in self.legs.values():
            leg.alarms.cancel()
            leg.alive, leg.state, leg.room, leg.left_at = False, "gone", None, self.exchange.now
        self.legs.clear()
        self._locks.clear()


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
