"""From a phone that is busy, off or rejected to the next number's INVITE.

    python -m bench.rung [--count 240]

The installation of the demo on a real Asterisk, a second one as the city. Agents' keys ring the
phones of lead and assisting units; every phone of a person with another number is refused by the
city (486 busy, 480 off, 603 rejected, in turns), and the time runs from just before the city is
told to refuse to the INVITE's arrival at the person's other number: refusal on the wire, Asterisk,
the manager's event, the decision, its commit, the next call. Times are the machine's wall clock;
INVITEs are stamped in whole milliseconds. Each key is taken back afterwards.
"""

import asyncio
import itertools
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.figures import Figure, parser, percentile, report, two
from bench.key_to_invite import Desk, Results
from bench.quiet import quiet
from dispatcher.adapters.asterisk.embedded.layout import locate
from dispatcher.core.rules import Rules
from dispatcher.demo.client import ConsoleClient
from dispatcher.demo.town import RealTown
from dispatcher.demo.world import AGENTS, PASSWORD, open_world
from dispatcher.testing.city.leg import CityLeg

WANTED_MS = 200.0
CAUSES = {"busy": 17, "off": 19, "rejected": 21}
DEADLINE_S = 15


def other_numbers(rules: Rules) -> dict[str, str]:
    """Every number of somebody with two numbers → his other one."""
    pairs = (
        (first.digits, second.digits)
        for unit in rules.units.values()
        for contact in unit.contacts
        for first, second in itertools.permutations(contact.numbers, 2)
    )
    return dict(pairs)


@dataclass(slots=True)
class Refusals(Desk):
    """A desk whose key rings phones that refuse."""

    others: dict[str, str] = field(default_factory=dict)
    taken: dict[str, list[float]] = field(default_factory=dict)
    causes: "itertools.cycle[str]" = field(default_factory=lambda: itertools.cycle(CAUSES))

    async def one(self, number: str, listen: bool = False) -> None:
        """A call, a key, every refusal, and everything taken back."""
        caller = await self.city.call(number)
        call = await self.console.until(lambda: self._talking(number))
        agent = next(x for x in reversed(self.city.legs_of(str(call["agent"]))) if x.alive)
        async with self.pressing:
            before = len(self.city.legs)
            opened = await self._key(call)
            rung = await self._rung(before, opened["case"])
            for leg in rung:
                if leg.party in self.others and not self._of_other(leg, before):
                    await self._refuse(leg, before)
            units = [x for x in self.city.legs[before:] if x.shown == "12345"]
            await self._take_back(opened["case"], [caller, agent, *units])

    async def _refuse(self, leg: CityLeg, before: int) -> None:
        what = next(self.causes)
        begun = time.time_ns() / 1e6
        await leg.refuse(CAUSES[what])
        await self.city._until(
            lambda: bool(self._of_other(leg, before)), DEADLINE_S, f"{leg}: nobody else was rung"
        )
        invited = self._of_other(leg, before)[0].invited_at
        assert invited is not None
        self.taken.setdefault(what, []).append(invited - begun)

    def _of_other(self, leg: CityLeg, before: int) -> list[CityLeg]:
        other = self.others[leg.party]
        return [x for x in self.city.legs[before:] if x.party == other and x.shown == "12345"]


async def measure(count: int) -> dict[str, list[float]]:
    """Milliseconds by what the phone did."""
    taken: dict[str, list[float]] = {}
    numbers, causes = itertools.count(1), itertools.cycle(CAUSES)
    with tempfile.TemporaryDirectory() as folder:
        async with open_world(Path(folder), locate(), port=0, time_scale=1) as world:
            assert isinstance(world.town, RealTown)
            app, city, pressing = world.app, world.town.city, asyncio.Lock()
            others = other_numbers(app.service.hotline.rules)

            async def desk(seat: str) -> None:
                async with ConsoleClient(app.address, seat, PASSWORD) as console:
                    at_work = Refusals(
                        app, city, console, pressing, Results(), others, taken, causes
                    )
                    while sum(map(len, taken.values())) < count:
                        await at_work.one(f"1991{next(numbers):07d}")

            await asyncio.gather(*(desk(seat) for seat in AGENTS))
    return taken


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--count", type=int, default=240)
    given = options.parse_args()
    quiet()
    taken = asyncio.run(measure(given.count))
    everything = [ms for values in taken.values() for ms in values]
    p99 = percentile(everything, 99)
    return report(
        [
            Figure(
                f"a phone's refusal to the next number's INVITE, n = {len(everything)}, p50/p99",
                two(everything),
                wanted=f"p99 <= {WANTED_MS:.0f} ms",
                ok=p99 <= WANTED_MS,
            ),
            *(Figure(f"  {what}, n = {len(ms)}", two(ms)) for what, ms in taken.items()),
        ],
        given,
    )


if __name__ == "__main__":
    sys.exit(main())
