"""A second call while the agent is in a call of three."""

from tests.scenarios.conftest import MakeWorld
from tests.scenarios.scene import DUTY, REQUESTER

from .registry import OTHER, cell, set_scene


@cell("a_second_call_spares_the_busy_agent")
async def _(make: MakeWorld) -> None:
    s = await set_scene(make)
    await s.joined()
    second, third = await s.world.caller(OTHER), await s.world.caller("19900000003")
    await s.world.agent("agent2").answers()
    await s.world.forward("1:00")
    assert s.world.phones.agent("agent1").state == "busy"
    assert (second.company, third.state) == (("agent2",), "queue")
    assert s.case.room == {REQUESTER, "agent1", DUTY}
    await s.world.agent().hangs_up()
    await s.world.forward("0:06")
    await s.world.agent().answers()
    assert third.company == ("agent1",)


@cell("the_same_number_calls_again")
async def _(make: MakeWorld) -> None:
    """On a second line, while the first is in a call of three: a call and, if so, a case of its
    own, and the agent sees the open one."""
    s = await set_scene(make)
    await s.joined()
    second = await s.world.caller(REQUESTER)
    assert s.world.phones.agent("agent1").state == "busy"
    await s.world.agent("agent2").answers()
    view = s.world.alive.present.call_frame(second.call).data
    assert view["case"] is None
    assert [x["case"] for x in view["open_cases"]] == [s.case.id]
    code = await s.world.agent("agent2").is_refused("attach_call", case=s.case.id, call=second.call)
    assert code == "CASE_HAS_CALLER"
    second.hang_up()
    await s.world.settle()
    assert s.case.room == {REQUESTER, "agent1", DUTY}


@cell("a_seat_is_dialled_directly")
async def _(make: MakeWorld) -> None:
    """Whatever number was dialled, the queue decides who is rung."""
    s = await set_scene(make)
    await s.joined()
    call = s.world.phones.exchange.call(OTHER, "8001")
    await s.world.settle()
    assert s.world.phones.agent("agent1").state == "busy"
    assert call.offered is not None
    assert call.offered.agent.id == "agent2"
