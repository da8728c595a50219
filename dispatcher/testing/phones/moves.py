"""Actions of the service on the simulated telephony, with the answers a real PBX would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.core.effects import (
    BriefUnit,
    ConveneRoom,
    FinishCaller,
    HoldParty,
    JoinRoom,
    QueueCaller,
    ReleaseLeg,
    RingAgent,
    RingContact,
    TelephonyEffect,
)
from dispatcher.core.ids import CaseId, ChannelId, LegId
from dispatcher.ports import Outcome, Performed

from .parties import AgentLeg, Caller, Party, SeatLine

if TYPE_CHECKING:
    from .exchange import Exchange
    from .units import Units

DONE = Performed(Outcome.DONE)


def failed(reason: str) -> Performed:
    return Performed(Outcome.FAILED, reason)


class Moves:
    """Each effect, performed at once."""

    def __init__(self, exchange: Exchange, units: Units) -> None:
        self._exchange, self._units = exchange, units

    def perform(self, effect: TelephonyEffect) -> Performed:
        match effect:
            case RingContact():
                return self._ring(effect)
            case ReleaseLeg():
                return self._release(effect)
            case ConveneRoom():
                return self._convene(effect)
            case JoinRoom():
                return self._join(effect)
            case HoldParty():
                return self._exchange.holding.hold(effect)
            case RingAgent():
                return self._exchange.desks.lines.ring_agent(effect)
            case QueueCaller():
                return self._queue(effect)
            case FinishCaller():
                return self._finish(effect)
            case BriefUnit():
                return self._exchange.unit_desk.brief(effect)

    def _ring(self, effect: RingContact) -> Performed:
        """At most once per leg id, whatever became of it."""
        if not effect.number.isdigit():
            return failed("the contact's number cannot be dialled: it must be digits only")
        if not self._units.known(effect.leg):
            self._units.place(effect)
        return DONE

    def _release(self, effect: ReleaseLeg) -> Performed:
        leg = self._units.legs.get(effect.leg)
        if leg is not None:
            self._units.release(leg, effect.why)
        return DONE

    def _party(self, channel: ChannelId) -> Party | None:
        caller = self._exchange.callers.get(channel)
        if caller is not None:
            return caller
        for leg in self._exchange.desks.legs():
            if leg.channel == channel and leg.state != "ringing":
                return leg
        line = self._exchange.desks.lines.lines.get(channel)
        if line is not None and line.state != "ringing":
            return line
        return self._units.legs.get(LegId(channel))

    def _convene(self, effect: ConveneRoom) -> Performed:
        wanted = [c for c in (effect.caller, effect.agent) if c is not None]
        parties = [p for p in map(self._party, wanted) if p is not None]
        if len(parties) < len(wanted):
            return failed("a party had hung up; nobody was moved")
        self._into_room(parties, effect.case)
        return DONE

    def _join(self, effect: JoinRoom) -> Performed:
        party = self._party(effect.channel)
        if party is None:
            return failed(f"the {effect.as_party} has hung up")
        leg = self._units.legs.get(LegId(effect.channel))
        if leg is not None and not leg.ready:
            return failed("the unit has not answered yet; a ringing leg is never moved")
        waited = effect.as_party == "caller" and not effect.from_hold and party.room is None
        if waited and self._exchange.company(party):
            return DONE
        if effect.from_hold and party.held is None:
            return DONE
        self._into_room([party], effect.case)
        return DONE

    def _into_room(self, parties: list[Party], case: CaseId) -> None:
        """Out of their bridges first; whoever is left there goes on as the dialplan says."""
        left: list[AgentLeg] = []
        for party in parties:
            party.case = case
            if isinstance(party, Caller) and party.room != case:
                partner = self._exchange.part(party)
                party.state = "room"
                if partner is not None and partner not in parties:
                    left.append(partner)
            elif isinstance(party, AgentLeg):
                self._leave_bridge(party, parties)
        elsewhere = {p.room for p in parties if p.room not in (None, case)}
        for party in parties if elsewhere else ():
            if party.room != case:
                self._exchange.leave_room(party, check=False)
        for party in sorted(parties, key=lambda p: isinstance(p, Caller)):
            self._enter(party, case)
        for room in elsewhere:
            if room is not None:
                self._exchange.check_room(room)
        for partner in left:
            self._exchange.desks.caller_gone(partner)

    def _leave_bridge(self, leg: AgentLeg, together: list[Party]) -> None:
        caller = leg.caller
        if leg.state == "talking" and caller not in together:
            leg.state = "room"
            self._exchange.after_agent(caller)
        leg.state = "room"

    def _enter(self, party: Party, case: CaseId) -> None:
        leg = self._units.legs.get(LegId(party.channel))
        if leg is not None:
            leg.case = case
            self._units.join(leg)
        else:
            self._exchange.enter_room(party, case)

    def _queue(self, effect: QueueCaller) -> Performed:
        """Nobody is taken out of a conversation by it: only one who is alone is moved."""
        caller = self._exchange.callers.get(effect.channel)
        if caller is None:
            return failed("the caller has hung up")
        if caller.state == "queue" or self._exchange.company(caller):
            return DONE
        caller.case = effect.case
        self._exchange.leave_room(caller, check=False)
        self._exchange.part(caller)
        self._exchange.enqueue(caller, "again")
        return DONE

    def _finish(self, effect: FinishCaller) -> Performed:
        party = self._party(effect.channel)
        if isinstance(party, Caller):
            party.done = True
            if effect.hang_up and party.state != "goodbye":
                self._exchange.goodbye(party)
        elif isinstance(party, AgentLeg) and effect.hang_up:
            self._exchange.desks.goodbye(party)
        elif isinstance(party, SeatLine) and effect.hang_up:
            self._exchange.desks.lines.goodbye(party)
        return DONE
