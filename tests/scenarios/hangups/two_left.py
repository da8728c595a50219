"""One of the last two leaves the other."""

from dispatcher.core.ids import Rung
from dispatcher.testing.sample_rules import GAS
from tests.scenarios.scene import Scene


async def requester_leaves_unit_alone(s: Scene) -> None:
    await s.joined()
    await s.world.agent().hangs_up()
    leg = s.world.leg(GAS, Rung.DUTY)
    s.caller.hang_up()
    await s.world.forward("0:20")
    assert leg.heard[-1] == "detail"
    assert not leg.alive


async def agent_leaves_unit_alone(s: Scene) -> None:
    await s.joined()
    s.caller.hang_up()
    await s.world.settle()
    leg = s.world.leg(GAS, Rung.DUTY)
    await s.world.agent().hangs_up()
    await s.world.forward("0:20")
    assert leg.heard[-1] == "detail"
    assert not leg.alive


async def unit_leaves_requester_alone(s: Scene) -> None:
    await s.joined()
    await s.world.agent().hangs_up()
    await s.world.forward("1:00")
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.first_in_queue()
    await s.second_agent_takes()
    await s.in_company_of("agent2")
    assert "UNIT_LEFT" in s.case.alarms


async def unit_leaves_agent(s: Scene) -> None:
    """The agent stays in the room: he has the case, and one key rings the unit again."""
    await s.joined()
    s.caller.hang_up()
    await s.world.forward("1:00")
    await s.world.unit_leaves(GAS, Rung.DUTY)
    assert "UNIT_LEFT" in s.case.alarms
    await s.world.forward("0:10")
    assert s.case.room <= {"agent1"}
