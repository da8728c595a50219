"""Somebody leaves while no phone of the unit rings: taken back, or between two tries."""

from dispatcher.core.ids import Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS
from tests.scenarios.scene import DUTY, REQUESTER, Scene


async def requester_leaves_idle(s: Scene) -> None:
    await s.idle()
    s.caller.hang_up()
    await s.world.forward("0:10")
    assert s.world.phones.agent("agent1").leg is None
    await s.world.clock_at("1:10")
    assert len(s.world.rings(GAS, Rung.DUTY)) == 1


async def agent_leaves_idle(s: Scene) -> None:
    await s.idle()
    await s.world.agent().hangs_up()
    await s.first_in_queue()
    await s.second_agent_takes()
    await s.in_company_of("agent2")


async def requester_and_agent_end_without_a_unit(s: Scene) -> None:
    """Last pair, and the requester leaves: the agent wraps up."""
    await s.idle()
    s.caller.hang_up()
    await s.world.forward("0:10")
    assert s.world.phones.agent("agent1").leg is None


async def requester_leaves_waiting(s: Scene) -> None:
    """The agent stays: he hears music, the desk says why, and he is joined to who accepts."""
    await s.waiting()
    s.caller.hang_up()
    await s.world.forward("0:10")
    assert s.case.room == {"agent1"}
    assert "REQUESTER_LEFT" in s.case.alarms
    s.world.unit(GAS, Rung.DUTY, Behaviour.presses("1"))
    await s.world.clock_at("1:05")
    assert s.case.room == {"agent1", DUTY}
    assert "REQUESTER_LEFT" not in s.case.alarms


async def both_leave_waiting(s: Scene) -> None:
    """The unit is called all the same; whoever accepts hears how to call back."""
    await s.waiting()
    s.caller.hang_up()
    await s.world.settle()
    await s.world.agent().hangs_up()
    assert "REQUESTER_LEFT" not in s.case.alarms
    s.world.unit(GAS, Rung.DUTY, Behaviour.presses("1"))
    await s.world.clock_at("1:05")
    assert s.case.state.state == "acknowledged"
    assert s.world.leg(GAS, Rung.DUTY).heard[-1] == "detail"


async def agent_leaves_waiting(s: Scene) -> None:
    await s.waiting()
    await s.world.agent().hangs_up()
    await s.first_in_queue()
    await s.second_agent_takes()
    await s.in_company_of("agent2")
    s.world.unit(GAS, Rung.DUTY, Behaviour.presses("1"))
    await s.world.clock_at("1:05")
    assert s.case.room == {REQUESTER, "agent2", DUTY}
