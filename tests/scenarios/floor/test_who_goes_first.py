"""A unit with a case in hand goes before other new calls."""

from dispatcher.core.effects import PreferNumber
from dispatcher.core.facts import AgentAnswered
from dispatcher.core.ids import Rung
from dispatcher.testing.sample_rules import GAS, number
from tests.scenarios.world import World

from .calls import calm, talk


async def test_a_unit_with_a_case_in_hand_goes_before_other_new_calls(world: World) -> None:
    await talk(world)
    await world.agent("agent1").opens("E2.GAS")
    duty = number(GAS, Rung.DUTY)
    await calm(world)
    assert PreferNumber in {type(x) for x in world.phones.asked}
    await world.agent("agent2").does("seat_pause", reason="x")
    await world.caller("19900000002")
    unit = await world.caller(duty)
    assert unit.leg is not None
    world.phones.units.press(unit.leg, "0")
    await world.settle()
    await world.agent("agent2").does("seat_resume")
    leg = world.phones.agent("agent2").leg
    assert leg is not None
    assert leg.caller is unit


async def test_two_calls_at_once_never_cross(world: World) -> None:
    for index, agent in enumerate(("agent1", "agent2"), start=1):
        await talk(world, f"1990000000{index}", agent)
    one = await world.agent("agent1").opens("E2.GAS")
    two = await world.agent("agent2").opens("E2.LIFT")
    await calm(world)
    assert one.room == {"19900000001", "agent1"}
    assert two.room == {"19900000002", "agent2"}
    answered = [x for x in world.phones.facts if isinstance(x, AgentAnswered)]
    assert len({(x.call, x.agent) for x in answered}) == 2
    assert one.handover.call != two.handover.call
