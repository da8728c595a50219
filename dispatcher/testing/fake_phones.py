"""`FakePhones`: the shipped simulated telephony, `ports.Telephony` without a PBX.

It plays callers, a queue with agents' phones, rooms, units' phones with a scripted behaviour, and
the dialplan's own doings, on any `ports.Clock`: on `ManualClock` hours pass in milliseconds, on
`SystemClock` it is what the demo runs where no Asterisk can be had. Real telephony and this run
one contract suite, `tests/contract/telephony/`.

    phones = FakePhones(clock, agents=("agent1", "agent2"))
    phones.unit("05635550101", Behaviour.presses("1", after_s=2))
    caller = phones.call("19900000001")
    phones.agent("agent1").answer()
    caller.hang_up()
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dispatcher.core.effects import LiveEffect, TelephonyEffect
from dispatcher.core.facts import ChannelEnded, Fact, LinkLost, LinkRefused, LinkRestored
from dispatcher.core.ids import AgentId, CaseId, ChannelId, LegId
from dispatcher.ports import Clock, LegPresence, Outcome, Performed
from dispatcher.testing.city.behaviour import Behaviour
from dispatcher.testing.phones.exchange import Exchange
from dispatcher.testing.phones.holding import Holding
from dispatcher.testing.phones.moves import Moves
from dispatcher.testing.phones.parties import (
    AgentPhone,
    Caller,
    LosesNetwork,
    Timings,
    UnitLeg,
)
from dispatcher.testing.phones.resync import Belief, missed, snapshot, told
from dispatcher.testing.phones.seats import Seats
from dispatcher.testing.phones.timers import Timers
from dispatcher.testing.phones.unit_desk import UnitDesk
from dispatcher.testing.phones.units import Units


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the next action of ``kind`` (None: of any kind).

    ``done``: it is performed all the same, only its outcome is lost.
    """

    kind: type | None
    outcome: Outcome
    reason: str
    done: bool


class FakePhones:
    """A simulated PBX. Everything happens on the event loop, in one order."""

    def __init__(
        self,
        clock: Clock,
        *,
        agents: Iterable[str] = ("agent1", "agent2"),
        answer_after_s: float | None = None,
        timings: Timings | None = None,
    ) -> None:
        self._timers = Timers(clock)
        self.exchange = Exchange(self._timers, self._emit, timings or Timings())
        self.exchange.one_instant = self.one_instant
        self.units = Units(self.exchange)
        self.exchange.holding = Holding(self.exchange, self.units)
        self.exchange.unit_desk = UnitDesk(self.exchange, self.units)
        self.exchange.served = lambda: self._receive is not None and self.link_up
        self._moves = Moves(self.exchange, self.units)
        self.seats = Seats(self.exchange, self.units)
        self._receive: Callable[[Fact], None] | None = None
        self._held: list[Fact] | None = None
        self._faults: deque[Fault] = deque()
        self.link_up = True
        self.running = True
        self.performed: list[TelephonyEffect] = []
        """Every action of a case asked for, oldest first."""
        self.asked: list[LiveEffect] = []
        """Every action of the moment asked for, oldest first."""
        self.facts: list[Fact] = []
        """Every fact that happened, delivered or lost."""
        self.reorder: Callable[[list[Fact]], list[Fact]] | None = None
        """Order of facts of one instant: real Asterisk does not fix it."""
        self.tells_missed = True
        """Whether a restored link tells what was missed before it lists what lives."""
        self._told: dict[ChannelId, Belief] = {}
        self._over: set[ChannelId] = set()
        """Calls whose end the present service was told."""
        for agent in agents:
            self.exchange.desks.add(AgentId(agent), answer_after_s)

    # ------------------------------------------------------------ ports.Telephony

    @property
    def simulated(self) -> bool:
        return True

    async def start(self, receive: Callable[[Fact], None]) -> None:
        """Deliver facts to ``receive`` from now on; the first say what lives now."""
        self._receive = receive
        self._told = {}
        self._over.clear()
        if self.link_up and self.running:
            self._restored()

    async def perform(self, effect: TelephonyEffect | LiveEffect) -> Performed:
        if isinstance(effect, LiveEffect):
            self.asked.append(effect)
        else:
            self.performed.append(effect)
        fault = self._fault(effect)
        if fault is not None and not fault.done:
            return Performed(fault.outcome, fault.reason)
        if not (self.link_up and self.running):
            return Performed(Outcome.FAILED, "the link to the PBX is down")
        with self.one_instant():
            if isinstance(effect, LiveEffect):
                done = self.seats.perform(effect)
            else:
                done = self._moves.perform(effect)
        return Performed(fault.outcome, fault.reason) if fault is not None else done

    async def look_up(self, leg: LegId) -> LegPresence:
        if not (self.link_up and self.running):
            return LegPresence.UNKNOWN
        alive = leg in self.units.legs or ChannelId(leg) in self.seats.lines
        return LegPresence.ALIVE if alive else LegPresence.ABSENT

    async def close(self) -> None:
        """Stop delivering. Calls go on: another service may be started on this PBX."""
        self._receive = None

    async def shut_down(self) -> None:
        """End the simulation itself."""
        self._receive = None
        await self._timers.close()

    # ------------------------------------------------------------ the city

    def call(self, number: str, *, dialled: str = "12345", ivr: str = "") -> Caller:
        """Somebody calls the hotline, having pressed ``ivr`` in a menu. ``number`` is '' when it
        is withheld."""
        with self.one_instant():
            return self.exchange.call(number, dialled, ivr=ivr)

    def star(self, number: str) -> Caller:
        """Somebody calls and presses * for the units' desk; then `Caller.types` with a PIN."""
        with self.one_instant():
            return self.exchange.call(number, "12345", "pin")

    def agent(self, agent: str) -> AgentPhone:
        return self.exchange.desks.phones[AgentId(agent)]

    def unit(self, number: str, behaviour: Behaviour) -> None:
        """How this number behaves from its next call on; unset, it rings and nobody answers."""
        self.units.behaviours[number] = behaviour

    def rings(self, number: str = "") -> list[UnitLeg]:
        """Calls that we placed, to this number or to all, oldest first."""
        return [x for x in self.units.placed if not number or x.number == number]

    def living_leg(self, number: str) -> UnitLeg:
        """The leg to this number that lives now."""
        found = [x for x in self.units.legs.values() if x.number == number]
        if not found:
            raise ValueError(f"no call to {number} lives")
        return found[-1]

    # ------------------------------------------------------------ what can go wrong

    def cut_link(self, reason: str = "cut") -> None:
        """The service hears nothing any more; calls go on by themselves."""
        if self.link_up:
            self._deliver(LinkLost(reason))
            self._told = told(self.exchange, self.units)
        self.link_up = False

    def refuse_login(self, reason: str = "Authentication failed") -> None:
        if self.link_up:
            self._told = told(self.exchange, self.units)
        self._deliver(LinkRefused(reason))
        self.link_up = False

    def restore_link(self) -> None:
        """The link is back, with a list of what lives now."""
        if not self.link_up:
            self.link_up = True
            if self.running:
                self._restored()

    def stop_pbx(self) -> None:
        """Power cut: every line is dead and nobody says so."""
        if self.link_up:
            self._told = told(self.exchange, self.units)
        self._deliver(LinkLost("the PBX is gone"))
        self.running = False
        self.units.clear()
        self.seats.clear()
        self.exchange.clear()

    def start_pbx(self) -> None:
        self.running = self.link_up = True
        self._restored(restarted=True)

    def fail(self, kind: type | None, reason: str = "refused", times: int = 1) -> None:
        """The next actions of this kind fail."""
        self._faults.extend([Fault(kind, Outcome.FAILED, reason, False)] * times)

    def lose_outcome(self, kind: type | None, *, done: bool = True) -> None:
        """The next action's outcome stays unknown; ``done`` says whether it happened."""
        self._faults.append(Fault(kind, Outcome.UNKNOWN, "no answer in time", done))

    def _fault(self, effect: TelephonyEffect | LiveEffect) -> Fault | None:
        for fault in self._faults:
            of_any = fault.kind is None and not isinstance(effect, LiveEffect)
            if of_any or (fault.kind is not None and isinstance(effect, fault.kind)):
                self._faults.remove(fault)
                return fault
        return None

    # ------------------------------------------------------------ facts

    @contextmanager
    def one_instant(self) -> Iterator[None]:
        """Facts of one instant are gathered, so that `reorder` may turn them round."""
        if self.reorder is None or self._held is not None:
            yield
            return
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            for fact in self.reorder(held):
                self._deliver(fact)

    def _emit(self, fact: Fact) -> None:
        self.facts.append(fact)
        if self._held is not None:
            self._held.append(fact)
        else:
            self._deliver(fact)
        self.seats.followed(fact)

    def _deliver(self, fact: Fact) -> None:
        if self._receive is not None and self.link_up and self.running:
            if isinstance(fact, ChannelEnded):
                self._over.add(fact.channel)
            self._receive(fact)

    def _restored(self, *, restarted: bool = False) -> None:
        if self.tells_missed:
            for fact in missed(self._told, self.exchange, self.units):
                self._deliver(fact)
            for lost in self.exchange.lost:
                if ChannelId(lost.call) not in self._over:
                    self._over.add(ChannelId(lost.call))
                    self._deliver(lost)
        self.exchange.desks.say_all()
        self._deliver(LinkRestored(snapshot(self.exchange, self.units), restarted))

    def room(self, case: CaseId) -> tuple[str, ...]:
        """Names of those in a case's room."""
        return tuple(p.name for p in self.exchange.rooms.get(case, ()))


__all__ = ["Behaviour", "FakePhones", "LosesNetwork", "Timings"]
