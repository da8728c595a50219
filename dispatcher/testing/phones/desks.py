"""The agents' phones of the simulated telephony, and whom the queue rings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.core.facts import (
    AgentAnswered,
    AgentNoAnswer,
    AgentPresence,
    AgentRinging,
    ChannelEnded,
)
from dispatcher.core.ids import AgentId, CaseId

from .parties import AgentLeg, AgentPhone, Caller
from .timers import Alarms

if TYPE_CHECKING:
    from .exchange import Exchange
    from .seats import Seats


class Desks:
    """The seats. The queue rings the one that has been free the longest."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.phones: dict[AgentId, AgentPhone] = {}
        self.lines: Seats

    def add(self, agent: AgentId, answer_after_s: float | None) -> AgentPhone:
        phone = AgentPhone(agent, self, answer_after_s)
        self.phones[agent] = phone
        return phone

    def say_all(self) -> None:
        for phone in self.phones.values():
            self.exchange.emit(AgentPresence(phone.id, phone.state, phone.reason))

    def state(self, phone: AgentPhone, state: str, reason: str = "") -> None:
        if (phone.state, phone.reason) != (state, reason):
            phone.state, phone.reason = state, reason
            self.exchange.emit(AgentPresence(phone.id, state, reason))

    def legs(self) -> list[AgentLeg]:
        return [p.leg for p in self.phones.values() if p.leg is not None]

    # ------------------------------------------------------------ ringing

    def offer(self) -> None:
        """Ring a free phone for each caller who waits, the head of the queue first."""
        for caller in list(self.exchange.queue):
            if caller.offered is not None:
                continue
            free = [p for p in self.phones.values() if p.state == "free"]
            if not free:
                return
            self._ring(min(free, key=lambda p: p.free_since), caller)

    def _ring(self, phone: AgentPhone, caller: Caller) -> None:
        ex = self.exchange
        leg = AgentLeg(
            ex.new_channel(), str(phone.id), Alarms(ex.timers), agent=phone, caller=caller
        )
        phone.leg, caller.offered = leg, leg
        self.state(phone, "ringing")
        ex.emit(AgentRinging(caller.call, phone.id, leg.channel))
        leg.alarms.after(ex.timings.agent_ring_ms, lambda: self._no_answer(leg))
        if phone.answer_after_s is not None:
            leg.alarms.after(round(phone.answer_after_s * 1000), lambda: self.answer(phone))

    def _no_answer(self, leg: AgentLeg) -> None:
        caller, phone = leg.caller, leg.agent
        caller.offered = None
        self.exchange.emit(AgentNoAnswer(caller.call, phone.id))
        self.over(leg)
        self.exchange.timers.after(1_000, self.offer)

    def answer(self, phone: AgentPhone) -> None:
        leg = phone.leg
        if leg is None and phone.line is not None:
            self.lines.answer(phone)
            return
        if leg is None or leg.state != "ringing":
            raise ValueError(f"no call rings at {phone.id}: it is {phone.state}")
        caller = leg.caller
        leg.alarms.cancel()
        leg.state = "talking"
        self.exchange.queue.remove(caller)
        caller.offered, caller.partner, caller.state = None, leg, "talking"
        caller.served = True
        self.state(phone, "busy")
        self.exchange.emit(AgentAnswered(caller.call, phone.id, leg.channel))

    # ------------------------------------------------------------ leaving

    def hang_up(self, phone: AgentPhone, q850: int = 16) -> None:
        """The agent leaves: from a plain bridge the caller goes on in the dialplan."""
        with self.exchange.one_instant():
            self._hang_up(phone, q850)

    def _hang_up(self, phone: AgentPhone, q850: int) -> None:
        leg = phone.leg
        if leg is None and phone.line is not None:
            self.lines.over(phone.line, q850)
            return
        if leg is None:
            raise ValueError(f"{phone.id} is in no call")
        caller = leg.caller if leg.state == "talking" else None
        if leg.state == "ringing":
            self._no_answer(leg)
            return
        self.over(leg, q850)
        if caller is not None and caller.partner is leg:
            self.exchange.after_agent(caller)

    def over(self, leg: AgentLeg, q850: int = 16) -> None:
        """The leg ends, and its seat wraps up."""
        if not leg.alive:
            return
        ex, phone, room = self.exchange, leg.agent, leg.room
        rang = leg.state == "ringing"
        leg.alarms.cancel()
        leg.alive, leg.state, leg.left_at = False, "gone", ex.now
        phone.leg = None
        ex.leave_room(leg, check=False)
        ex.emit(ChannelEnded(leg.channel, q850))
        if phone.state != "offline":
            self._after(phone, 0 if rang else ex.timings.wrapup_ms)
        if room is not None:
            ex.check_room(room)

    def _after(self, phone: AgentPhone, wrapup_ms: int) -> None:
        afterwards, phone.afterwards = phone.afterwards, ""
        if afterwards:
            reason, phone.reason = phone.reason, ""
            self.state(phone, afterwards, reason)
        elif wrapup_ms:
            self.state(phone, "wrapup")
            self.exchange.timers.after(wrapup_ms, lambda: self.free(phone))
        else:
            self.free(phone)

    def free(self, phone: AgentPhone) -> None:
        if phone.leg is None and phone.state != "offline":
            phone.free_since = self.exchange.now
            self.state(phone, "free")
            self.exchange.timers.after(0, self.offer)

    def caller_gone(self, leg: AgentLeg) -> None:
        """The caller left their bridge first: on into the case's room, or the call is over."""
        if leg.case is not None and not leg.caller.done:
            self.into_room(leg, leg.case)
        else:
            self.over(leg)

    def into_room(self, leg: AgentLeg, case: CaseId) -> None:
        leg.state = "room"
        self.exchange.enter_room(leg, case)

    def goodbye(self, leg: AgentLeg) -> None:
        """Sent to the goodbye by the service: the line ends after it."""
        leg.state = "goodbye"
        self.exchange.leave_room(leg)
        leg.alarms.after(self.exchange.timings.phrase_ms, lambda: self.over(leg))

    # ------------------------------------------------------------ phones

    def unplug(self, phone: AgentPhone) -> None:
        leg = phone.leg
        self.state(phone, "offline")
        if leg is not None:
            if leg.state == "ringing":
                leg.caller.offered = None
                self.over(leg, 27)
                self.exchange.timers.after(0, self.offer)
            else:
                self.hang_up(phone, 27)

    def plug_in(self, phone: AgentPhone) -> None:
        if phone.state == "offline":
            phone.free_since = self.exchange.now
            self.state(phone, "free")
            self.offer()

    def clear(self) -> None:
        for phone in self.phones.values():
            leg, phone.leg = phone.leg, None
            if leg is not None:
                leg.alarms.cancel()
                leg.alive, leg.state, leg.room = False, "gone", None
            if phone.state != "offline":
                phone.state, phone.reason = "free", ""
