"""One of the three leaves the others."""

from dispatcher.core.ids import Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS, number
from tests.scenarios.scene import DUTY, REQUESTER, Scene


async def requester_leaves_joined(s: Scene) -> None:
    await s.joined()
    s.caller.hang_up()
    await s.world.forward("1:00")
    assert s.case.room == {"agent1", DUTY}


async def agent_leaves_joined(s: Scene) -> None:
    await s.joined()
    await s.world.agent().hangs_up()
    await s.world.forward("1:00")
    await s.in_company_of(DUTY)
    assert "AGENT_LOST" not in s.case.alarms


async def unit_leaves_joined_soon(s: Scene) -> None:
    """Lost within 15 s: rung again by itself, and joined again."""
    await s.joined()
    await s.world.forward("0:10")
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.in_company_of("agent1")
    assert s.world.rings(GAS, Rung.DUTY) == ["0:00", "0:15"]
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, "agent1", DUTY}


async def unit_leaves_joined_later(s: Scene) -> None:
    await s.joined()
    await s.world.forward("0:20")
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.in_company_of("agent1")
    assert "UNIT_LEFT" in s.case.alarms
    assert s.world.rings(GAS, Rung.DUTY) == ["0:00"]
    await s.world.agent().does("ring_again", case=s.case.id, assignment=s.case.assignment())
    assert len(s.world.rings(GAS, Rung.DUTY)) == 2
    assert "UNIT_LEFT" not in s.case.alarms
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, "agent1", DUTY}


async def unit_lost_by_the_network(s: Scene) -> None:
    await s.joined()
    await s.world.forward("3:00")
    await s.world.unit_leaves(GAS, Rung.DUTY, by_network=True)
    assert s.world.rings(GAS, Rung.DUTY) == ["0:00", "3:05"]
    await s.in_company_of("agent1")


async def unit_lost_and_not_found_again(s: Scene) -> None:
    """The same contact at once, then the next step, by itself."""
    await s.joined()
    s.world.unit(GAS, Rung.DUTY, Behaviour.busy())
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.world.settle()
    assert s.world.rings(GAS, Rung.DUTY) == ["0:00", "0:05"]
    assert s.world.rings(GAS, Rung.HANDLER) == ["0:05"]
    await s.world.unit_presses(GAS, Rung.HANDLER, "1")
    assert s.case.room == {REQUESTER, "agent1", number(GAS, Rung.HANDLER)}
