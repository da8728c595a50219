"""Somebody leaves while the requester, or the unit, hears music."""

from dispatcher.core.ids import Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS
from tests.scenarios.scene import DUTY, REQUESTER, Scene


async def held(s: Scene) -> None:
    """The requester hears music; agent and unit speak alone."""
    await s.joined()
    await s.world.forward("0:20")
    await s.world.agent().does("hold", case=s.case.id)
    assert s.case.room == {"agent1", DUTY}
    assert s.caller.state == "held"


async def split(s: Scene) -> None:
    """The unit hears music; agent and requester speak alone."""
    await s.joined()
    await s.world.forward("0:20")
    await s.world.agent().does("split", case=s.case.id)
    assert s.case.room == {REQUESTER, "agent1"}
    assert s.world.leg(GAS, Rung.DUTY).state == "held"


async def requester_leaves_held(s: Scene) -> None:
    await held(s)
    s.caller.hang_up()
    await s.world.forward("1:00")
    assert s.case.room == {"agent1", DUTY}


async def agent_leaves_held(s: Scene) -> None:
    """At once, not after the dialplan's look."""
    await held(s)
    await s.world.agent().hangs_up()
    assert s.case.room == {REQUESTER, DUTY}
    await s.world.forward("1:00")
    await s.in_company_of(DUTY)


async def agent_and_unit_leave_held(s: Scene) -> None:
    await held(s)
    await s.world.agent("agent2").loses_the_phone()
    s.world.unit(GAS, Rung.DUTY, Behaviour.no_answer())
    s.world.phones.agent("agent1").hang_up()
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.world.forward("0:06")
    await s.first_in_queue()


async def unit_leaves_held(s: Scene) -> None:
    await held(s)
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.in_company_of("agent1")
    assert "UNIT_LEFT" in s.case.alarms


async def requester_leaves_split(s: Scene) -> None:
    await split(s)
    s.caller.hang_up()
    await s.world.settle()
    assert s.case.room == {"agent1", DUTY}


async def agent_leaves_split(s: Scene) -> None:
    await split(s)
    await s.world.agent().hangs_up()
    assert s.case.room == {REQUESTER, DUTY}
    await s.world.forward("1:00")
    await s.in_company_of(DUTY)
    assert "AGENT_LOST" not in s.case.alarms


async def both_leave_split(s: Scene) -> None:
    """The unit does not hear music for ever: the case, and how to call back."""
    await split(s)
    leg = s.world.leg(GAS, Rung.DUTY)
    s.caller.hang_up()
    await s.world.agent().hangs_up()
    await s.world.forward("0:20")
    assert leg.heard[-1] == "detail"
    assert not leg.alive


async def unit_leaves_split(s: Scene) -> None:
    await split(s)
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.in_company_of("agent1")
    assert "UNIT_LEFT" in s.case.alarms
