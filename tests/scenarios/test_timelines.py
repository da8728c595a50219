"""The acceptance timelines of the regulation. Times are readings of the unit's clock."""

import pytest

from dispatcher.core.ids import Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS

from .world import Story, World


@pytest.fixture(params=["memory", "sqlite"])
def store_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def opened(world: World) -> Story:
    await world.caller()
    await world.agent().answers()
    return await world.agent().opens("E2.GAS")


async def test_tv01_accepted_at_once_and_reported_in_time(world: World) -> None:
    world.unit(GAS, Rung.DUTY, Behaviour.presses("1", after_s=5, answer_after_s=15))
    case = await opened(world)
    await world.clock_at("8:30")
    await case.reports(world.agent())
    assert world.rings(GAS, Rung.DUTY)[0] == "0:00"
    assert await case.marks() == {"A0": "0:00", "B1": "5:00", "B2": "7:00"}
    clock = case.state.assignments[case.assignment()].clock
    assert world.reading(clock.stopped_at or 0) == "8:30"
    assert clock.due_at - (clock.stopped_at or 0) == 90_000
    assert case.state.state == "in_progress"
    await world.forward("60:00")
    assert await case.marks() == {"A0": "0:00", "B1": "5:00", "B2": "7:00"}
