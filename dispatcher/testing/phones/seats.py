"""The seats' own lines in the simulated telephony: held, listening, taking over, calling back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.core.dialling import may_call_back
from dispatcher.core.effects import (
    AnswerUnit,
    HangUp,
    ListenIn,
    LiveEffect,
    PreferNumber,
    RingAgent,
    RingCaller,
    RingSeat,
    SetDialCode,
    SetSeat,
    TakeCaller,
)
from dispatcher.core.facts import (
    AgentAnswered,
    CallArrived,
    CallerNotReached,
    ChannelEnded,
    Fact,
    RoomJoined,
    SeatAnswered,
)
from dispatcher.core.ids import AgentId, CallId, ChannelId
from dispatcher.ports import Outcome, Performed
from dispatcher.testing.city.behaviour import Behaviour

from .parties import AgentLeg, AgentPhone, Caller, SeatLine
from .timers import Alarms

if TYPE_CHECKING:
    from .exchange import Exchange
    from .units import Units

DONE = Performed(Outcome.DONE)
RING_SEAT_MS = 30_000


def failed(reason: str) -> Performed:
    return Performed(Outcome.FAILED, reason)


class Seats:
    """Effects of the moment, performed at once."""

    def __init__(self, exchange: Exchange, units: Units) -> None:
        self._exchange, self._units = exchange, units
        self.lines: dict[ChannelId, SeatLine] = {}
        self.backs: dict[ChannelId, Alarms] = {}
        """Requesters being called back, until they answer."""
        self.codes: dict[str, str] = {}
        """What an agent's phone dials by itself: code → number."""
        self._leaving: dict[ChannelId, tuple[ChannelId, AgentLeg]] = {}
        exchange.desks.lines = self

    def perform(self, effect: LiveEffect) -> Performed:
        match effect:
            case SetSeat():
                return self._set_seat(effect)
            case RingSeat():
                return self._ring(SeatLine.of(effect.channel, self._phone(effect.agent)))
            case ListenIn():
                return self._listen(effect)
            case TakeCaller():
                return self._take(effect)
            case RingCaller():
                return self._call_back(effect)
            case HangUp():
                return self._hang_up(effect.channel)
            case AnswerUnit():
                return self._exchange.unit_desk.answer(effect)
            case PreferNumber():
                return self._prefer(effect)
            case SetDialCode():
                return self._set_code(effect)

    def _phone(self, agent: AgentId) -> AgentPhone:
        """A leader's phone is no member of the queue: made when it is first rung."""
        desks = self._exchange.desks
        phone = desks.phones.get(agent)
        if phone is None:
            phone = desks.add(agent, None)
            phone.state = "offline"
        return phone

    # ------------------------------------------------------------ duty

    def _set_seat(self, effect: SetSeat) -> Performed:
        desks, phone = self._exchange.desks, self._phone(effect.agent)
        if effect.duty in ("in", "resumed"):
            if phone.state in ("offline", "paused"):
                desks.state(phone, "free")
                desks.free(phone)
        elif phone.leg is None:
            paused = effect.duty == "paused"
            desks.state(phone, "paused" if paused else "offline", effect.reason if paused else "")
        else:
            phone.afterwards = "paused" if effect.duty == "paused" else "offline"
            phone.reason = effect.reason
        return DONE

    def _prefer(self, effect: PreferNumber) -> Performed:
        preferred = self._exchange.preferred
        (preferred.add if effect.preferred else preferred.discard)(effect.number)
        return DONE

    def _set_code(self, effect: SetDialCode) -> Performed:
        if len(effect.code) != 3 or not (effect.code + effect.number).isdecimal():
            return failed("a code is 9NN or an emergency line, its number digits only")
        self.codes[effect.code] = effect.number
        return DONE

    # ------------------------------------------------------------ lines

    def _ring(self, line: SeatLine) -> Performed:
        phone, desks = line.agent, self._exchange.desks
        if line.channel in self.lines:
            return DONE
        if phone.leg is not None or phone.line is not None:
            return failed(f"the phone of {phone.id} is busy")
        line.alarms = Alarms(self._exchange.timers)
        self.lines[line.channel] = phone.line = line
        line.before = (phone.state, phone.reason)
        if phone.state == "free":
            desks.state(phone, "ringing")
        line.alarms.after(RING_SEAT_MS, lambda: self.over(line, 19))
        if phone.answer_after_s is not None:
            line.alarms.after(round(phone.answer_after_s * 1000), lambda: self.answer(phone))
        return DONE

    def ring_agent(self, effect: RingAgent) -> Performed:
        """An agent's own phone; answered, it is in the case's room."""
        line = SeatLine.of(effect.channel, self._phone(effect.agent))
        line.mode, line.joins, line.case = "agent", effect.case, effect.case
        return self._ring(line)

    def goodbye(self, line: SeatLine) -> None:
        """Sent to the goodbye by the service: the line ends after it."""
        line.state = "goodbye"
        self._exchange.leave_room(line)
        line.alarms.after(self._exchange.timings.phrase_ms, lambda: self.over(line))

    def answer(self, phone: AgentPhone) -> None:
        """The seat takes up the line that rings."""
        line = phone.line
        if line is None or line.state != "ringing":
            return
        line.alarms.cancel()
        self._exchange.desks.state(phone, "busy")
        self._exchange.emit(SeatAnswered(line.channel, phone.id))
        if line.mode in ("barge", "agent") and line.joins is not None:
            line.state = "room"
            self._exchange.enter_room(line, line.joins)
        else:
            line.state = "listening" if line.mode else "held"

    def over(self, line: SeatLine, q850: int = 16) -> None:
        """The line ends; its seat is as it was before."""
        if not line.alive:
            return
        line.alarms.cancel()
        line.alive, line.state = False, "gone"
        self.lines.pop(line.channel, None)
        phone = line.agent
        phone.line = None
        self._exchange.leave_room(line)
        self._exchange.emit(ChannelEnded(line.channel, q850))
        state, reason = line.before
        if state == "free":
            self._exchange.desks.free(phone)
        else:
            self._exchange.desks.state(phone, state, reason)

    def followed(self, fact: Fact) -> None:
        """Told of every fact: who listened to a line that is gone hears nothing any more, and an
        agent who was taken over leaves when the leader is in the room."""
        if isinstance(fact, ChannelEnded):
            self._target_gone(fact.channel)
        elif isinstance(fact, RoomJoined):
            for old, (seat, leg) in list(self._leaving.items()):
                if seat == fact.channel:
                    del self._leaving[old]
                    self._exchange.desks.over(leg)

    def _target_gone(self, channel: ChannelId) -> None:
        for line in list(self.lines.values()):
            if line.target == channel and line.state == "listening":
                self.over(line)

    def _listen(self, effect: ListenIn) -> Performed:
        if effect.mode not in ("listen", "whisper", "barge"):
            return failed(f"{effect.mode!r} is no way to listen")
        living = {c.channel for c in self._exchange.callers.values()}
        living |= {leg.channel for leg in self._exchange.desks.legs()}
        if effect.target not in living and effect.room is None:
            return failed("the conversation is over")
        line = self.lines.get(effect.channel)
        if line is not None and line.state in ("listening", "room"):
            return self._change(line, effect)
        line = SeatLine.of(effect.channel, self._phone(effect.agent))
        line.mode, line.target, line.joins = effect.mode, effect.target, effect.room
        return self._ring(line)

    def _change(self, line: SeatLine, effect: ListenIn) -> Performed:
        line.mode, line.target, line.joins = effect.mode, effect.target, effect.room
        if line.mode == "barge" and line.joins is not None:
            line.state = "room"
            self._exchange.enter_room(line, line.joins)
        else:
            line.state = "listening"
            self._exchange.leave_room(line)
        return DONE

    def _hang_up(self, channel: ChannelId) -> Performed:
        line = self.lines.get(channel)
        if line is not None:
            self.over(line)
        for leg in self._exchange.desks.legs():
            if leg.channel == channel:
                self._exchange.desks.hang_up(leg.agent)
        back = self.backs.pop(channel, None)
        if back is not None:
            back.cancel()
            self._exchange.emit(CallerNotReached(CallId(channel), "failed"))
        return DONE

    # ------------------------------------------------------------ callers

    def _take(self, effect: TakeCaller) -> Performed:
        caller = self._exchange.callers.get(effect.caller)
        line = self.lines.get(effect.channel)
        if caller is None:
            return failed("the caller has hung up")
        if line is None or line.state == "ringing":
            return failed("the seat's phone has not answered")
        desks = self._exchange.desks
        old = [x for x in desks.legs() if x.caller is caller and x.state != "ringing"]
        room = caller.room
        partner = None if room is not None else self._exchange.part(caller)
        self._join(line, caller, bridged=room is None)
        if partner is not None:
            desks.caller_gone(partner)
        for leg in old if room is not None else ():
            # Once the seat is in the room: the caller is never alone.
            self._leaving[leg.channel] = (line.channel, leg)
        return DONE

    def _join(self, line: SeatLine, caller: Caller, *, bridged: bool) -> None:
        """The line becomes an agent's leg of this caller."""
        phone = line.agent
        self.lines.pop(line.channel, None)
        self._exchange.leave_room(line, check=False)
        leg = AgentLeg(
            line.channel, str(phone.id), line.alarms, agent=phone, caller=caller, state="talking"
        )
        phone.line, phone.leg = None, leg
        phone.afterwards, phone.reason = line.before if line.before[0] != "free" else ("", "")
        if bridged:
            caller.partner, caller.state = leg, "talking"
        caller.served = True
        self._exchange.emit(AgentAnswered(caller.call, phone.id, leg.channel))

    def _call_back(self, effect: RingCaller) -> Performed:
        line = self.lines.get(effect.seat)
        if line is None or line.state != "held":
            return failed("the seat's phone has not answered")
        if not may_call_back(effect.number):
            return failed(
                "the caller's number cannot be dialled: only mobiles and landlines of the mainland"
            )
        alarms = self.backs[effect.channel] = Alarms(self._exchange.timers)
        phone = self._units.behaviours.get(effect.number, Behaviour.no_answer())
        if phone.refuse_after_s is not None:
            refused = round(phone.refuse_after_s * 1000)
            alarms.after(refused, lambda: self._unreached(effect, "failed"))
        if phone.answer_after_s is not None:
            alarms.after(round(phone.answer_after_s * 1000), lambda: self._reached(effect))
        alarms.after(effect.ring_ms, lambda: self._unreached(effect, "no_answer"))
        return DONE

    def _unreached(self, effect: RingCaller, outcome: str) -> None:
        alarms = self.backs.pop(effect.channel, None)
        if alarms is not None:
            alarms.cancel()
            self._exchange.emit(CallerNotReached(CallId(effect.channel), outcome))

    def _reached(self, effect: RingCaller) -> None:
        alarms = self.backs.pop(effect.channel, None)
        if alarms is None:
            return
        alarms.cancel()
        ex = self._exchange
        caller = Caller(effect.channel, effect.number, alarms, exchange=ex, number=effect.number)
        caller.called = True
        ex.callers[caller.channel] = caller
        ex.emit(CallArrived(caller.call, effect.number, ""))
        line = self.lines.get(effect.seat)
        if line is None:
            ex.goodbye(caller)
        else:
            self._join(line, caller, bridged=True)

    def clear(self) -> None:
        """The PBX is gone."""
        for line in self.lines.values():
            line.alarms.cancel()
            line.alive, line.state, line.agent.line = False, "gone", None
        for alarms in self.backs.values():
            alarms.cancel()
        self.lines.clear()
        self.backs.clear()
