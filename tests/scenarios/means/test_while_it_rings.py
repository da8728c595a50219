"""Whatever the means: until the unit accepts, caller and agent talk on."""

import pytest

from dispatcher.core import events as e
from dispatcher.core.ids import Rung
from dispatcher.testing.sample_rules import GAS
from tests.scenarios.world import World

from .calls import MEANS, REQUESTER, opened


@pytest.mark.parametrize("means", MEANS)
async def test_caller_and_agent_talk_on_until_the_unit_accepts(world: World, means: str) -> None:
    _, case = await opened(world, means)
    assert case.room == {REQUESTER, "agent1"}
    await world.unit_answers(GAS, Rung.DUTY)
    await world.forward("0:05")
    assert case.room == {REQUESTER, "agent1"}
    assert [x.means.value for x in await case.all(e.CaseHandedOver)] == [means]
