"""How calls come to the floor, and what consoles are shown of them."""

import asyncio
from typing import Any

from dispatcher.core.ids import AgentId, CallId
from dispatcher.testing.phones.parties import Caller
from tests.scenarios.world import World

CALLER = "19900000001"


async def calm(world: World) -> None:
    """Until the floor has kept and told what happened; the store may need a thread's time."""
    for _ in range(20):
        await world.settle()
        await asyncio.to_thread(lambda: None)


def seat(world: World, agent: str = "agent1") -> tuple[str, str]:
    board = world.alive.hotline.live.agents[AgentId(agent)]
    return board.state, board.reason


def listed(world: World) -> list[dict[str, Any]]:
    """The call-backs as a console that connects now is shown them."""
    _, frames = world.front.snapshot()
    return [dict(x.data) for x in frames if x.kind == "callback"]


def shown(world: World, phone: str) -> dict[str, Any]:
    _, frames = world.front.snapshot()
    return next(dict(x.data) for x in frames if x.kind == "call" and x.data["number"] == phone)


async def talk(world: World, phone: str = CALLER, agent: str = "agent1") -> CallId:
    caller = await world.caller(phone)
    await world.agent(agent).answers()
    return caller.call


def talks_to(world: World, agent: str = "agent1") -> Caller:
    """The caller whom the agent talks to."""
    leg = world.phones.agent(agent).leg
    assert leg is not None
    assert leg.caller is not None
    return leg.caller


async def drop(world: World, phone: str = CALLER) -> dict[str, Any]:
    """A caller who is lost in the queue; his entry."""
    caller = await world.caller(phone)
    await world.forward("0:03")
    caller.hang_up()
    await calm(world)
    return next(x for x in listed(world) if x["number"] == phone)
