"""Music and back in the simulated telephony, as `asterisk_config/dialplan_held.conf` has it.

Whoever hears music looks every second by himself whether those he waits for still live: a caller
without an agent goes to the unit, or to the head of the queue; a unit without anybody hears the
detail; and after some seconds without the one who was to be spoken to alone, he is let in again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.core.effects import HoldParty
from dispatcher.core.facts import PartyHeld
from dispatcher.core.ids import CaseId, ChannelId, LegId
from dispatcher.ports import Outcome, Performed

from .parties import Caller, Party, UnitLeg

if TYPE_CHECKING:
    from .exchange import Exchange
    from .units import Units

LOOK_MS = 1_000
LOOKS = 5
"""So many looks without the third party, and the two who are left are together again."""
DONE = Performed(Outcome.DONE)


class Holding:
    """Those who hear music. `Party.held` names the case."""

    def __init__(self, exchange: Exchange, units: Units) -> None:
        self._exchange, self._units = exchange, units

    def hold(self, effect: HoldParty) -> Performed:
        party = self._exchange.callers.get(effect.channel) or self._units.legs.get(
            LegId(effect.channel)
        )
        if party is None:
            return Performed(Outcome.FAILED, f"the {effect.as_party} has hung up")
        if party.held == effect.case:
            return DONE
        if isinstance(party, Caller) and party.room != effect.case:
            return Performed(Outcome.FAILED, "the caller is not in the room; nobody was held")
        if isinstance(party, UnitLeg) and not party.ready:
            return Performed(Outcome.FAILED, "the unit has not answered yet")
        self._begin(party, effect.case, effect.patience_ms // LOOK_MS)
        return DONE

    def held_units(self, case: CaseId) -> list[UnitLeg]:
        return [x for x in self._units.legs.values() if x.held == case]

    def _begin(self, party: Caller | UnitLeg, case: CaseId, patience: int) -> None:
        party.alarms.cancel()
        self._exchange.leave_room(party, check=False)
        party.case = party.held = case
        party.state = "held"
        self._exchange.emit(PartyHeld(case, ChannelId(party.channel)))
        self._exchange.check_room(case)
        self._later(party, case, 0, patience)

    def _later(self, party: Caller | UnitLeg, case: CaseId, looks: int, patience: int) -> None:
        party.alarms.after(LOOK_MS, lambda: self._look(party, case, looks, patience))

    def _look(self, party: Caller | UnitLeg, case: CaseId, looks: int, patience: int) -> None:
        if party.held != case or not party.alive:
            return
        room = self._exchange.rooms.get(case, [])
        agents = [x for x in room if not isinstance(x, Caller | UnitLeg)]
        caller = isinstance(party, Caller)
        others = [x for x in room if isinstance(x, UnitLeg if caller else Caller)]
        if isinstance(party, Caller) and party.done:
            self._exchange.goodbye(party)
        elif agents and (others or looks + 1 < LOOKS):
            self._later(party, case, 0 if others else looks + 1, 0)
        elif agents or others:
            self._back(party, case)
        elif patience > 0:
            self._later(party, case, 0, patience - 1)
        else:
            self._alone(party)

    def _back(self, party: Caller | UnitLeg, case: CaseId) -> None:
        if isinstance(party, UnitLeg):
            self._units.join(party)
        else:
            party.state = "room"
            self._exchange.enter_room(party, case)

    def _alone(self, party: Party) -> None:
        if isinstance(party, UnitLeg):
            self._units.say(party, "detail")
        elif isinstance(party, Caller):
            self._exchange.enqueue(party, "agent_lost")
