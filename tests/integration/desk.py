"""What the engine would do, done by hand on the real adapter: one emergency, step by step."""

import itertools
from dataclasses import dataclass

from dispatcher.adapters.asterisk.telephony import AsteriskTelephony
from dispatcher.core import effects as e
from dispatcher.core import facts as f
from dispatcher.core.ids import CallId, CaseId, ChannelId, LegId, leg_id
from dispatcher.ports import Outcome
from dispatcher.testing.city import Behaviour
from dispatcher.testing.city.leg import CityLeg
from dispatcher.testing.factlog import FactLog
from dispatcher.testing.stand import Stand
from tests.integration.links import quick

_CASES = itertools.count(1)
_NUMBERS = itertools.count(1)


@dataclass
class Talk:
    """A caller and an agent in a case's room."""

    case: CaseId
    call: CallId
    agent: ChannelId
    caller_phone: CityLeg
    agent_phone: CityLeg
    since: int


class Desk:
    """The adapter on a stand, through a proxy's port or directly."""

    def __init__(self, stand: Stand, port: int | None = None) -> None:
        _, real_port, user, secret = stand.pbx.address
        self.stand, self.log = stand, FactLog()
        self.telephony = AsteriskTelephony(quick(port or real_port, user, secret))

    async def __aenter__(self) -> "Desk":
        await self.telephony.start(self.log.receive)
        await self.log.wait(f.LinkRestored)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.telephony.close()
        await self.stand.city.clear()

    async def do(self, effect: e.TelephonyEffect | e.LiveEffect) -> None:
        done = await self.telephony.perform(effect)
        assert done.outcome is Outcome.DONE, done.reason

    async def talk(self) -> Talk:
        """A call answered by an agent, both moved into the room of a new case."""
        since = len(self.log.heard)
        number = f"1990000{next(_NUMBERS):04d}"
        caller = await self.stand.city.call(number)
        arrived = await self.log.wait(f.CallArrived, since, number=number)
        answered = await self.log.wait(f.AgentAnswered, since, call=arrived.call)
        case = CaseId(f"01JDTESTCASE{next(_CASES):014d}")
        phones = [leg for leg in self.stand.city.legs_of(answered.agent) if leg.alive]
        await self.do(
            e.ConveneRoom(f"{case}/room", case, ChannelId(arrived.call), answered.channel)
        )
        return Talk(case, arrived.call, answered.channel, caller, phones[-1], since)

    def ring(
        self, talk: Talk, behaviour: Behaviour, mode: str = "key", n: int = 1
    ) -> e.RingContact:
        """The effect that rings a new unit's phone, which will behave so."""
        number = f"0563557{next(_NUMBERS):04d}"  # no other test's: its legs are counted
        self.stand.city.unit(number, behaviour)
        leg = leg_id(talk.case, n)
        return e.RingContact(leg, leg, talk.case, number, mode, e.Brief("", ""), 20_000)

    async def join(self, talk: Talk, leg: LegId) -> None:
        await self.do(e.JoinRoom(f"{leg}/join", ChannelId(leg), talk.case, "unit"))
