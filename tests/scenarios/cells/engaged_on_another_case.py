"""The contact to be rung talks on another case."""

from dispatcher.core.ids import Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS, number
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.scene import DUTY, LIAISON, REQUESTER, Scene
from tests.scenarios.world import Story

from .registry import OTHER, cell, set_scene


async def engaged(make: MakeWorld) -> tuple[Scene, Story]:
    """The gas company's 24 h line talks for the first case, and is busy for the second."""
    s = await set_scene(make)
    await s.joined()
    s.world.unit(GAS, Rung.DUTY, Behaviour.busy())
    s.world.unit(GAS, Rung.LIAISON, Behaviour.busy())
    await s.world.caller(OTHER)
    await s.world.agent("agent2").answers()
    return s, await s.world.agent("agent2").opens("E2.GAS")


@cell("the_contact_is_on_another_case")
async def _(make: MakeWorld) -> None:
    s, second = await engaged(make)
    first = next(x for x in second.handover.ended if x.number == DUTY)
    assert (first.outcome, first.engaged) == ("busy", s.case.state.number)
    alarm = second.state.alarm("UNIT_ENGAGED", second.assignment())
    assert alarm is not None
    assert s.case.state.number in alarm.action
    # The next step at once: nobody else of the first ones can be rung.
    assert s.world.rings(GAS, Rung.HANDLER) == ["0:00"]
    await s.world.unit_presses(GAS, Rung.HANDLER, "1")
    assert second.room == {OTHER, "agent2", number(GAS, Rung.HANDLER)}
    assert "UNIT_ENGAGED" not in second.alarms
    assert s.case.room == {REQUESTER, "agent1", DUTY}, "the other case is not touched"


@cell("the_contact_is_on_another_case")
async def _(make: MakeWorld) -> None:
    """A second number that rings is enough: the ladder keeps its time."""
    s = await set_scene(make)
    await s.ringing()
    s.world.unit(GAS, Rung.DUTY, Behaviour.busy())
    await s.world.caller(OTHER)
    await s.world.agent("agent2").answers()
    second = await s.world.agent("agent2").opens("E2.GAS")
    assert {x.number: x.engaged for x in second.handover.ended} == {DUTY: s.case.state.number}
    assert [x.number for x in second.handover.legs.values()] == [LIAISON]
    assert s.world.rings(GAS, Rung.HANDLER) == []
