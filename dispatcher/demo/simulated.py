"""The city on the simulated telephony, where no Asterisk can be had. Nobody hears anything: who
shares a bridge or a room counts as heard."""

import asyncio
from collections.abc import Callable

from dispatcher.core import facts as f
from dispatcher.testing.city.behaviour import Behaviour
from dispatcher.testing.city.leg import CityError
from dispatcher.testing.fake_phones import FakePhones
from dispatcher.testing.phones.parties import Party

from .town import Phone, Phones

_TICK_S = 0.02


class SimulatedPhone:
    """One leg. ``end`` puts it down; ``heard`` gathers the names of its company."""

    def __init__(self, town: "SimulatedTown", party: str, end: Callable[[], None]) -> None:
        self._town, self._end = town, end
        self.party = party
        self.invited_at: int | None = None
        self.ringing_at: int | None = None
        self.answered_at: int | None = None
        self.left_at: int | None = None
        self.company: set[str] = set()
        self.heard: set[str] = set()

    @property
    def alive(self) -> bool:
        return self.left_at is None

    async def answered(self, deadline_s: float = 15) -> "SimulatedPhone":
        await self._town.until(lambda: bool(self.answered_at or self.left_at), deadline_s)
        if self.answered_at is None:
            raise CityError(f"the call to {self.party} ended unanswered")
        return self

    async def left(self, deadline_s: float = 15) -> "SimulatedPhone":
        await self._town.until(lambda: not self.alive, deadline_s)
        return self

    async def hang_up(self) -> None:
        if self.alive:
            self._end()
            await self.left()


class SimulatedTown:
    """``async with SimulatedTown(phones)``: looks at the simulation every 20 ms."""

    def __init__(self, phones: FakePhones) -> None:
        self._phones = phones
        self._told = 0
        self._legs: dict[str, SimulatedPhone] = {}
        self._changed = asyncio.Event()
        self._watch: asyncio.Task[None]

    async def __aenter__(self) -> "SimulatedTown":
        self._watch = asyncio.create_task(self._look(), name="simulated-town")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watch.cancel()
        await asyncio.gather(self._watch, return_exceptions=True)
        await self._phones.shut_down()

    # ------------------------------------------------------------ Town

    def unit(self, number: str, behaviour: Behaviour) -> None:
        self._phones.unit(number, behaviour)

    def agent(self, seat: str, behaviour: Behaviour) -> None:
        self._phones.agent(seat).answer_after_s = behaviour.answer_after_s

    async def call(self, number: str) -> SimulatedPhone:
        caller = self._phones.call(number)
        phone = SimulatedPhone(self, number, caller.hang_up)
        phone.invited_at = phone.ringing_at = phone.answered_at = self._now()
        self._legs[caller.channel] = phone
        return phone

    async def phone(self, party: str) -> Phone:
        def found() -> SimulatedPhone | None:
            return next((x for x in self._legs.values() if x.party == party), None)

        await self.until(lambda: found() is not None, 15)
        phone = found()
        assert phone is not None
        return phone

    async def hangup(self, party: str) -> None:
        for phone in list(self._legs.values()):
            if phone.party == party:
                await phone.hang_up()

    async def only(self, seats: frozenset[str], among: tuple[str, ...]) -> None:
        """The simulated queue rings whoever has been free the longest."""

    async def all_hear(self, phones: Phones) -> None:
        legs = [x for x in phones.values() if isinstance(x, SimulatedPhone)]
        names = {leg.party for leg in legs}
        await self.until(lambda: all(names <= {x.party, *x.company} for x in legs), 10)

    def heard(self, phones: Phones) -> dict[str, list[str]]:
        legs = {role: x for role, x in phones.items() if isinstance(x, SimulatedPhone)}
        return {
            role: sorted(other for other, x in legs.items() if x.party in leg.heard)
            for role, leg in legs.items()
        }

    # ------------------------------------------------------------ watching

    async def until(self, holds: Callable[[], bool], deadline_s: float) -> None:
        """Wait for something to become true; CityError when it does not."""
        try:
            async with asyncio.timeout(deadline_s):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise CityError(f"what was awaited did not happen within {deadline_s} s") from None

    def _now(self) -> int:
        return self._phones.exchange.now

    async def _look(self) -> None:
        while True:
            facts = self._phones.facts[self._told :]
            self._told += len(facts)
            for fact in facts:
                self._take(fact)
            self._listen()
            self._changed.set()
            await asyncio.sleep(_TICK_S)

    def _take(self, fact: f.Fact) -> None:
        now = self._now()
        match fact:
            case f.AgentRinging(agent=agent, channel=channel):
                phone = SimulatedPhone(self, agent, self._phones.agent(agent).hang_up)
                phone.invited_at = phone.ringing_at = now
                self._legs[channel] = phone
            case f.AgentAnswered(channel=channel) if channel in self._legs:
                self._legs[channel].answered_at = now
            case f.LegRinging(leg=leg_id):
                self._unit_leg(leg_id).ringing_at = now
            case f.LegAnswered(leg=leg_id):
                self._unit_leg(leg_id).answered_at = now
            case f.ChannelEnded(channel=ended) | f.LegEnded(leg=ended) if ended in self._legs:
                self._legs.pop(ended).left_at = now
            case _:
                pass

    def _unit_leg(self, leg_id: str) -> SimulatedPhone:
        if leg_id not in self._legs:
            placed = next(x for x in self._phones.units.placed if x.channel == leg_id)
            phone = SimulatedPhone(self, placed.number, lambda: self._phones.units.end(placed, 16))
            phone.invited_at = placed.placed_at
            self._legs[leg_id] = phone
        return self._legs[leg_id]

    def _listen(self) -> None:
        exchange = self._phones.exchange
        parties: list[Party] = [
            *exchange.callers.values(),
            *exchange.desks.legs(),
            *self._phones.units.legs.values(),
        ]
        for party in parties:
            phone = self._legs.get(party.channel)
            if phone is not None:
                phone.company = set(exchange.company(party))
                phone.heard |= phone.company
