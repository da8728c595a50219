"""Any call that is no emergency ends with one line, and then it is over."""

import pytest

from tests.scenarios.world import World


@pytest.mark.parametrize("answered", [True, False])
async def test_the_caller_is_not_queued_again_when_the_agent_hangs_up(
    world: World, answered: bool
) -> None:
    caller = await world.caller()
    agent = world.agent()
    await agent.answers()
    await agent.does(
        "record_call",
        call=caller.call,
        line="已告知办法",
        answered=answered,
        **{"class": "CONSULT" if answered else "ORDINARY"},
    )
    assert caller.alive
    await agent.hangs_up()
    await world.forward("0:10")
    assert not caller.alive
    assert not world.phones.exchange.queue
