"""The played city as the demo sees it: callers and phones, on real Asterisk or simulated."""

from collections.abc import Mapping
from typing import Protocol

from dispatcher.adapters.asterisk.embedded.pbx import EmbeddedPbx
from dispatcher.testing.city.behaviour import Behaviour
from dispatcher.testing.city.city import City
from dispatcher.testing.city.leg import CityLeg


class Phone(Protocol):
    """One leg of a call at its far end. Instants are Unix milliseconds, None until they happen."""

    @property
    def party(self) -> str: ...
    @property
    def invited_at(self) -> int | None: ...
    @property
    def ringing_at(self) -> int | None: ...
    @property
    def answered_at(self) -> int | None: ...
    @property
    def left_at(self) -> int | None: ...
    @property
    def alive(self) -> bool: ...

    async def answered(self, deadline_s: float = 15) -> "Phone":
        """Wait until it is answered. Raises CityError when it ends before, or in vain."""
        ...

    async def left(self, deadline_s: float = 15) -> "Phone":
        """Wait until it has ended. Raises CityError when it does not."""
        ...

    async def hang_up(self) -> None: ...


Phones = Mapping[str, Phone]
"""Role in the story (requester, agent, unit) → the phone."""


class Town(Protocol):
    """Places calls to the hotline and plays every phone that the hotline rings."""

    def unit(self, number: str, behaviour: Behaviour) -> None:
        """How a unit's phone behaves from its next call on."""
        ...

    def agent(self, seat: str, behaviour: Behaviour) -> None:
        """How an agent's phone behaves from its next call on."""
        ...

    async def call(self, number: str) -> Phone:
        """Somebody calls the hotline."""
        ...

    async def phone(self, party: str) -> Phone:
        """The first leg of a party, waiting for it to be rung."""
        ...

    async def hangup(self, party: str) -> None:
        """Put down every phone of a party."""
        ...

    async def only(self, seats: frozenset[str], among: tuple[str, ...]) -> None:
        """Let the queue ring these seats only, out of ``among``."""
        ...

    async def all_hear(self, phones: Phones) -> None:
        """Wait until each hears all the others. Raises CityError when one does not."""
        ...

    def heard(self, phones: Phones) -> dict[str, list[str]]:
        """Role → roles it heard at any time."""
        ...


class RealTown:
    """A second Asterisk: every phone sounds a tone and records what it hears."""

    def __init__(self, city: City, pbx: EmbeddedPbx) -> None:
        self.city, self._pbx = city, pbx

    def unit(self, number: str, behaviour: Behaviour) -> None:
        self.city.unit(number, behaviour)

    def agent(self, seat: str, behaviour: Behaviour) -> None:
        self.city.agent(seat, behaviour)

    async def call(self, number: str) -> CityLeg:
        return await self.city.call(number)

    async def phone(self, party: str) -> CityLeg:
        return await self.city.leg(party)

    async def hangup(self, party: str) -> None:
        await self.city.hangup(party)

    async def only(self, seats: frozenset[str], among: tuple[str, ...]) -> None:
        async with await self._pbx.ami() as ami:
            for seat in among:
                paused = str(seat not in seats).lower()
                await ami.action("QueuePause", Interface=f"PJSIP/{seat}", Paused=paused)

    async def all_hear(self, phones: Phones) -> None:
        legs = [phone for phone in phones.values() if isinstance(phone, CityLeg)]
        for leg in legs:
            await leg.hears(*(other.tone_hz for other in legs if other is not leg))

    def heard(self, phones: Phones) -> dict[str, list[str]]:
        legs = {role: phone for role, phone in phones.items() if isinstance(phone, CityLeg)}
        return {
            role: sorted(
                leg.hearing().heard_parties(
                    {other: x.tone_hz for other, x in legs.items() if other != role}
                )
            )
            for role, leg in legs.items()
        }
