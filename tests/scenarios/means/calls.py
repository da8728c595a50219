"""How the stories of the means begin, and what they look at."""

from dispatcher.core.effects import HoldParty, JoinRoom
from dispatcher.core.ids import Rung
from dispatcher.testing.phones.parties import Caller
from dispatcher.testing.sample_rules import GAS, number
from tests.scenarios.world import Story, World

DUTY = number(GAS, Rung.DUTY)
REQUESTER = "19900000001"
MEANS = ("three_way", "outbound", "transfer")
TOGETHER = {REQUESTER, "agent1", DUTY}


async def opened(world: World, means: str, **args: object) -> tuple[Caller, Story]:
    """A caller, his agent, and the unit's phone ringing."""
    caller = await world.caller(REQUESTER)
    await world.agent().answers()
    case = await world.agent().opens("E2.GAS", means=means, **args)
    await world.clock_at("0:05")
    return caller, case


async def accepted(world: World, means: str) -> tuple[Caller, Story]:
    caller, case = await opened(world, means)
    await world.unit_presses(GAS, Rung.DUTY, "1")
    return caller, case


def moves(world: World) -> list[tuple[str, str]]:
    """What was asked of the PBX after the beginning: (hold or join, of whom)."""
    return [
        (type(x).__name__, x.as_party)
        for x in world.phones.performed
        if isinstance(x, HoldParty | JoinRoom)
    ]
