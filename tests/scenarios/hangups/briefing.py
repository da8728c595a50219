"""Somebody leaves while the unit listens to the brief."""

from dispatcher.core.ids import Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS
from tests.scenarios.scene import DUTY, REQUESTER, Scene


async def requester_leaves_briefing(s: Scene) -> None:
    await s.briefing()
    s.caller.hang_up()
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {"agent1", DUTY}


async def agent_leaves_briefing(s: Scene) -> None:
    await s.briefing()
    await s.world.agent().hangs_up()
    await s.first_in_queue()
    assert s.world.leg(GAS, Rung.DUTY).state == "brief"
    await s.second_agent_takes()
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, "agent2", DUTY}


async def unit_leaves_briefing(s: Scene) -> None:
    await s.briefing()
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.in_company_of("agent1")
    assert s.case.state.state == "handed_over"
    await s.world.clock_at("1:01")
    assert len(s.world.rings(GAS, Rung.DUTY)) == 2


async def unit_is_a_machine(s: Scene) -> None:
    """Voicemail takes the call: that is no acceptance."""
    s.world.unit(GAS, Rung.DUTY, Behaviour.voicemail())
    await s.ringing()
    await s.in_company_of("agent1")
    await s.world.clock_at("0:40")
    assert s.case.state.state == "handed_over"
    await s.world.clock_at("1:01")
    assert len(s.world.rings(GAS, Rung.DUTY)) == 2
