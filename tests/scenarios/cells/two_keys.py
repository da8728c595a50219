"""Two contacts of a unit press 1 at once."""

from dispatcher.core import events as e
from dispatcher.core.ids import Rung
from dispatcher.testing.sample_rules import GAS
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.scene import REQUESTER

from .registry import cell, set_scene


@cell("two_keys_at_once")
async def _(make: MakeWorld) -> None:
    for turn in (False, True):
        s = await set_scene(make)
        await s.ringing()
        rungs = [Rung.DUTY, Rung.LIAISON][:: -1 if turn else 1]
        legs = [await s.world.unit_answers(GAS, rung) for rung in rungs]
        for leg in legs:
            s.world.phones.units.press(leg, "1")
        await s.world.settle()
        winner, loser = legs
        assert s.case.room == {REQUESTER, "agent1", winner.number}
        assert loser.heard[-1] == "taken"
        await s.world.forward("0:10")
        assert (winner.alive, loser.alive) == (True, False)
        assert len(await s.case.all(e.AssignmentAcknowledged)) == 1
