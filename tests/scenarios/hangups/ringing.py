"""Somebody leaves while the unit's phones ring, or the unit is not reached."""

from dispatcher.core.ids import Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS
from tests.scenarios.scene import DUTY, REQUESTER, Scene


async def requester_leaves_ringing(s: Scene) -> None:
    await s.ringing()
    s.caller.hang_up()
    await s.world.settle()
    assert s.world.leg(GAS, Rung.DUTY).state == "ringing"
    assert s.case.room == {"agent1"}
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {"agent1", DUTY}


async def agent_leaves_ringing(s: Scene) -> None:
    await s.ringing()
    await s.world.agent().hangs_up()
    await s.first_in_queue()
    assert s.world.leg(GAS, Rung.DUTY).state == "ringing"
    await s.second_agent_takes()
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, "agent2", DUTY}


async def agent_leaves_ringing_and_nobody_takes(s: Scene) -> None:
    """The unit accepts while the caller still waits: he is not kept waiting."""
    await s.ringing()
    await s.world.agent("agent2").loses_the_phone()
    await s.world.agent().loses_the_phone()
    await s.first_in_queue()
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, DUTY}
    assert "AGENT_LOST" not in s.case.alarms


async def both_leave_ringing(s: Scene) -> None:
    """The unit that accepts hears the case and how to call back."""
    await s.ringing()
    s.caller.hang_up()
    await s.world.settle()
    await s.world.agent().hangs_up()
    leg = await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert leg.heard[-1] == "detail"
    assert s.case.state.state == "acknowledged"
    await s.world.forward("0:20")
    assert not leg.alive
    assert s.world.rings(GAS, Rung.DUTY) == ["0:00"]


async def unit_does_not_answer(s: Scene) -> None:
    await s.ringing()
    await s.world.clock_at("0:21")
    assert s.case.handover.legs == {}
    await s.in_company_of("agent1")
    await s.world.clock_at("1:01")
    assert len(s.world.rings(GAS, Rung.DUTY)) == 2
    assert s.world.rings(GAS, Rung.HANDLER) == ["1:00"]


async def unit_is_busy(s: Scene) -> None:
    s.world.unit(GAS, Rung.DUTY, Behaviour.busy())
    await s.ringing()
    await s.in_company_of("agent1")
    ended = s.case.handover.ended[0]
    assert (ended.number, ended.outcome) == (DUTY, "busy")


async def unit_rejects(s: Scene) -> None:
    s.world.unit(GAS, Rung.DUTY, Behaviour.rejects())
    await s.ringing()
    await s.in_company_of("agent1")
    assert s.case.handover.ended[0].outcome == "rejected"
