"""The agent's telephone dies without a word."""

from dispatcher.core import events as e
from dispatcher.core.ids import Rung
from dispatcher.testing.sample_rules import GAS
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.scene import DUTY, REQUESTER

from .registry import cell, set_scene


@cell("agent_dies_while_it_rings")
async def _(make: MakeWorld) -> None:
    s = await set_scene(make)
    await s.ringing()
    await s.world.agent().loses_the_phone()
    await s.first_in_queue()
    assert s.world.leg(GAS, Rung.DUTY).state == "ringing"
    await s.second_agent_takes()
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, "agent2", DUTY}
    left = (await s.case.all(e.PartyLeft))[0]
    assert left.q850 == 27, "a telephone that dies is told from one that is put down"


@cell("agent_dies_during_the_brief")
async def _(make: MakeWorld) -> None:
    s = await set_scene(make)
    await s.briefing()
    await s.world.agent().loses_the_phone()
    await s.first_in_queue()
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, DUTY}


@cell("agent_dies_when_joined")
async def _(make: MakeWorld) -> None:
    s = await set_scene(make)
    await s.joined()
    await s.world.agent().loses_the_phone()
    await s.world.forward("1:00")
    await s.in_company_of(DUTY)
    assert s.world.phones.agent("agent1").state == "offline"
