"""One way to play a telephone city, for the simulated telephony and for the real one."""

import asyncio
import itertools
from abc import ABC, abstractmethod
from typing import Protocol

from dispatcher.adapters.asterisk.telephony import AsteriskTelephony
from dispatcher.clock import SystemClock
from dispatcher.core import facts as f
from dispatcher.core.effects import (
    Brief,
    ConveneRoom,
    LiveEffect,
    PreferNumber,
    RingContact,
    TelephonyEffect,
)
from dispatcher.core.ids import CallId, CaseId, ChannelId, leg_id
from dispatcher.ports import Outcome, Telephony
from dispatcher.testing.city import Behaviour, CityLeg
from dispatcher.testing.factlog import FactLog
from dispatcher.testing.fake_phones import FakePhones, Timings
from dispatcher.testing.phones.parties import Caller
from dispatcher.testing.stand import Stand
from tests.integration.links import quick
from tests.integration.proxies import Proxy

_CASES = itertools.count(1)
_NUMBERS = itertools.count(1)
QUICK = Timings(
    wrapup_ms=0, phrase_ms=300, detail_ms=600, brief_ms=1_200, brief_times=2, desk_ms=2_500
)


class Phone(Protocol):
    """A caller's telephone."""

    async def hang_up(self) -> None: ...

    async def press(self, keys: str) -> None: ...


class Talk:
    """A caller and an agent who talk in the queue's bridge."""

    def __init__(self, call: CallId, agent: f.AgentAnswered, phone: Phone, since: int) -> None:
        self.case = CaseId(f"01JDTESTPLAY{next(_CASES):014d}")
        self.call, self.phone, self.since = call, phone, since
        self.caller = ChannelId(call)
        self.agent_id, self.agent = agent.agent, agent.channel

    def ring(
        self, number: str, n: int = 1, mode: str = "key", ring_ms: int = 20_000
    ) -> RingContact:
        leg = leg_id(self.case, n)
        hunt = f"{self.case}.a1"
        return RingContact(leg, leg, self.case, number, mode, Brief("", ""), ring_ms, hunt)


class Rig(ABC):
    """A telephone exchange under test, with a log of the facts it told."""

    telephony: Telephony

    def __init__(self) -> None:
        self.log = FactLog()

    async def open(self) -> None:
        await self.telephony.start(self.log.receive)
        await self.log.wait(f.LinkRestored)

    @abstractmethod
    async def dial(self, number: str) -> Phone: ...

    @abstractmethod
    def unit(self, number: str, behaviour: Behaviour) -> None: ...

    @abstractmethod
    def times_rung(self, number: str) -> int: ...

    @abstractmethod
    async def unit_hangs_up(self, number: str) -> None: ...

    @abstractmethod
    async def agent_hangs_up(self, agent: str) -> None: ...

    @abstractmethod
    async def waits(self, phone: Phone) -> None:
        """Until this caller is in the queue, whether or not the service hears of it."""

    @abstractmethod
    async def taken(self, phone: Phone) -> None:
        """Until an agent talks to this caller, whether or not the service hears of it."""

    @abstractmethod
    async def cut(self) -> None: ...

    @abstractmethod
    async def restore(self) -> None: ...

    @abstractmethod
    async def restart_pbx(self) -> None: ...

    @abstractmethod
    async def close(self) -> None: ...

    # ------------------------------------------------------------ what every story needs

    async def does(self, effect: TelephonyEffect | LiveEffect) -> None:
        done = await self.telephony.perform(effect)
        assert done.outcome is Outcome.DONE, done.reason

    async def fails(self, effect: TelephonyEffect | LiveEffect) -> str:
        done = await self.telephony.perform(effect)
        assert done.outcome is Outcome.FAILED
        assert done.reason
        return done.reason

    def number(self, behaviour: Behaviour) -> str:
        """A new unit's number whose phone behaves so."""
        number = f"0563556{next(_NUMBERS):04d}"
        self.unit(number, behaviour)
        return number

    async def talk(self) -> Talk:
        since = len(self.log.heard)
        number = f"1990002{next(_NUMBERS):04d}"
        phone = await self.dial(number)
        arrived = await self.log.wait(f.CallArrived, since, number=number)
        answered = await self.log.wait(f.AgentAnswered, since, call=arrived.call)
        return Talk(arrived.call, answered, phone, since)

    async def unit_calls(self, *, preferred: bool = True) -> tuple[Phone, f.CallArrived]:
        """A unit calls in; told beforehand that it has a case in hand, if it is ``preferred``."""
        since = len(self.log.heard)
        number = f"0563557{next(_NUMBERS):04d}"
        await self.does(PreferNumber("p", number, preferred))
        phone = await self.dial(number)
        return phone, await self.log.wait(f.CallArrived, since, number=number)

    async def convened(self) -> Talk:
        """Caller and agent in the room of a new case."""
        talk = await self.talk()
        await self.does(ConveneRoom(f"{talk.case}/c", talk.case, talk.caller, talk.agent))
        return talk

    async def three(self) -> tuple[Talk, RingContact]:
        """Caller, agent and unit in the room of a new case."""
        talk = await self.convened()
        ring = talk.ring(self.number(Behaviour.answers()), mode="voice")
        await self.does(ring)
        await self.log.wait(f.RoomJoined, room=talk.case, channel=ring.leg)
        return talk, ring


class _FakeCaller:
    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def hang_up(self) -> None:
        self._caller.hang_up()

    async def press(self, keys: str) -> None:
        """At the units' desk digits and #, in the brief single keys."""
        leg = self._caller.leg
        if leg is None:
            self._caller.types(keys.removesuffix("#"))
        else:
            for key in keys:
                self._caller.exchange.unit_desk.press(leg, key)


class FakeRig(Rig):
    """`FakePhones` on the system's clock, with short phrases."""

    def __init__(self) -> None:
        super().__init__()
        agents = ("agent1", "agent2", "agent3")
        self.phones = FakePhones(SystemClock(), agents=agents, answer_after_s=0.05, timings=QUICK)
        self.telephony = self.phones

    async def dial(self, number: str) -> Phone:
        return _FakeCaller(self.phones.call(number))

    def unit(self, number: str, behaviour: Behaviour) -> None:
        self.phones.unit(number, behaviour)

    def times_rung(self, number: str) -> int:
        return len(self.phones.rings(number))

    async def unit_hangs_up(self, number: str) -> None:
        self.phones.units.end(self.phones.living_leg(number), 16)

    async def agent_hangs_up(self, agent: str) -> None:
        self.phones.agent(agent).hang_up()

    async def waits(self, phone: Phone) -> None:
        assert self.phones.exchange.queue

    async def taken(self, phone: Phone) -> None:
        async with asyncio.timeout(15):
            while self.phones.exchange.queue:  # noqa: ASYNC110 (no event of the service's tells it)
                await asyncio.sleep(0.02)

    async def cut(self) -> None:
        self.phones.cut_link()

    async def restore(self) -> None:
        self.phones.restore_link()

    async def restart_pbx(self) -> None:
        self.phones.stop_pbx()
        self.phones.start_pbx()

    async def close(self) -> None:
        await self.telephony.close()
        await self.phones.shut_down()


class AsteriskRig(Rig):
    """`AsteriskTelephony` on a real Asterisk, through a proxy that can be cut."""

    def __init__(self, stand: Stand, proxy: Proxy) -> None:
        super().__init__()
        self.stand, self.proxy = stand, proxy
        _, _, user, secret = stand.pbx.address
        self.telephony = AsteriskTelephony(quick(proxy.port, user, secret))

    async def dial(self, number: str) -> Phone:
        return await self.stand.city.call(number)

    def unit(self, number: str, behaviour: Behaviour) -> None:
        self.stand.city.unit(number, behaviour)

    def times_rung(self, number: str) -> int:
        return len(self.stand.city.legs_of(number))

    async def unit_hangs_up(self, number: str) -> None:
        await self.stand.city.hangup(number)

    async def agent_hangs_up(self, agent: str) -> None:
        await self.stand.city.hangup(agent)

    async def waits(self, phone: Phone) -> None:
        async with await self.stand.pbx.ami() as ami, asyncio.timeout(15):
            while not any(  # noqa: ASYNC110 (no event of the service's tells it)
                row["Event"] == "QueueEntry"
                for row in await ami.list("QueueStatus", Queue="hotline")
            ):
                await asyncio.sleep(0.02)

    async def taken(self, phone: Phone) -> None:
        assert isinstance(phone, CityLeg)
        async with asyncio.timeout(15):
            while not (seats := self._talking_seats()):  # noqa: ASYNC110 (as above)
                await asyncio.sleep(0.02)
        await phone.hears(seats[0].tone_hz)

    def _talking_seats(self) -> list[CityLeg]:
        legs = self.stand.city.legs
        return [x for x in legs if x.alive and x.answered_at and x.party.startswith("agent")]

    async def cut(self) -> None:
        self.proxy.cut()
        await self.log.wait(f.LinkLost)

    async def restore(self) -> None:
        self.proxy.mend()

    async def restart_pbx(self) -> None:
        await self.stand.pbx.kill()
        await self.stand.pbx.start()

    async def close(self) -> None:
        await self.telephony.close()
        await self.stand.city.clear()
