"""The scene that the plays of hang-ups and cells share: one case being handed over."""

from dispatcher.core.ids import Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.phones.parties import Caller
from dispatcher.testing.sample_rules import GAS, number

from .world import Story, World

DUTY, LIAISON = number(GAS, Rung.DUTY), number(GAS, Rung.LIAISON)
REQUESTER = "19900000001"


class Scene:
    """A case being handed over: the caller, two agents, and the unit's two first phones."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.caller: Caller
        self.case: Story

    async def set_out(self) -> None:
        self.caller = await self.world.caller(REQUESTER)
        await self.world.agent().answers()

    async def ringing(self) -> None:
        await self.set_out()
        self.case = await self.world.agent().opens("E2.GAS")
        await self.world.clock_at("0:05")

    async def briefing(self) -> None:
        await self.ringing()
        await self.world.unit_answers(GAS, Rung.DUTY)

    async def joined(self) -> None:
        await self.ringing()
        await self.world.unit_presses(GAS, Rung.DUTY, "1")
        assert self.case.room == {REQUESTER, "agent1", DUTY}

    async def idle(self) -> None:
        """The hand-over was taken back: nobody is being called."""
        await self.ringing()
        await self.world.agent().does(
            "withdraw", case=self.case.id, assignment=self.case.assignment(), reason="误判"
        )
        assert not self.case.handover.legs

    async def waiting(self) -> None:
        """Every phone of the unit is busy: nothing rings right now, all wait for the next try."""
        for rung in Rung:
            self.world.unit(GAS, rung, Behaviour.busy())
        await self.ringing()
        assert not self.case.handover.legs

    async def in_company_of(self, *names: str) -> None:
        assert set(self.caller.company) == set(names), self.caller.company

    async def first_in_queue(self) -> None:
        assert self.caller.state == "queue"
        assert self.world.phones.exchange.queue[0] is self.caller
        assert self.caller.case == self.case.id
        assert "AGENT_LOST" in self.case.alarms

    async def second_agent_takes(self) -> None:
        await self.world.agent("agent2").answers()
        assert "AGENT_LOST" not in self.case.alarms
