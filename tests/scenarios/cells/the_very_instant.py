"""The caller leaves in the very instant of the convening, or of the joining."""

from typing import Any

from dispatcher.core.effects import ConveneRoom, JoinRoom
from dispatcher.core.ids import Rung
from dispatcher.testing.sample_rules import GAS
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.scene import DUTY, Scene

from .registry import cell, set_scene


def _hangs_up_before(s: Scene, kind: type, nth: int) -> None:
    """The caller leaves when the ``nth`` effect of a kind is about to be performed."""
    perform, seen = s.world.phones.perform, 0

    async def watched(effect: Any) -> Any:
        nonlocal seen
        if isinstance(effect, kind):
            seen += 1
            if seen == nth:
                s.caller.hang_up()
        return await perform(effect)

    s.world.phones.perform = watched  # type: ignore[method-assign]


@cell("the_caller_leaves_in_the_joining")
async def _(make: MakeWorld) -> None:
    """Before the key, with it, between it and the move, with the move, and after it."""
    for moment in ("key", "before", "after"):
        s = await set_scene(make)
        await s.briefing()
        if moment == "before":
            _hangs_up_before(s, JoinRoom, 1)
        leg = s.world.leg(GAS, Rung.DUTY)
        s.world.phones.units.press(leg, "1")
        if moment == "key":
            s.caller.hang_up()
        await s.world.settle()
        if moment == "after":
            s.caller.hang_up()
        await s.world.forward("0:10")
        assert s.case.room == {"agent1", DUTY}, moment
        assert s.case.state.state == "acknowledged"
        assert "PBX_ACTION_FAILED" not in s.case.alarms


@cell("the_caller_leaves_in_the_joining")
async def _(make: MakeWorld) -> None:
    """He waits for an agent and leaves when he is brought to the unit: it is told, not left."""
    s = await set_scene(make)
    await s.briefing()
    await s.world.agent("agent2").loses_the_phone()
    await s.world.agent().loses_the_phone()
    leg = s.world.leg(GAS, Rung.DUTY)
    _hangs_up_before(s, JoinRoom, 1)
    s.world.phones.units.press(leg, "1")
    await s.world.forward("0:30")
    assert leg.heard[-1] == "detail"
    assert not leg.alive


@cell("the_caller_leaves_in_the_convening")
async def _(make: MakeWorld) -> None:
    for moment in ("before", "after"):
        s = await set_scene(make)
        await s.set_out()
        if moment == "before":
            _hangs_up_before(s, ConveneRoom, 1)
        s.case = await s.world.agent().opens("E2.GAS")
        if moment == "after":
            s.caller.hang_up()
        await s.world.forward("0:02")
        leg = await s.world.unit_presses(GAS, Rung.DUTY, "1")
        await s.world.forward("0:20")
        assert s.case.state.state == "acknowledged"
        assert s.case.room == {"agent1", DUTY} or leg.heard[-1] == "detail", moment
