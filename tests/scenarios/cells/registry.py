"""Which play belongs to which cell, and how every play begins."""

from collections.abc import Awaitable, Callable

from dispatcher.core.rules import Rules
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.scene import Scene

OTHER = "19900000002"
"""Somebody who calls besides the caller of the scene."""
Play = Callable[[MakeWorld], Awaitable[None]]
PLAYS: dict[str, list[Play]] = {}


def cell(name: str) -> Callable[[Play], Play]:
    """The play of a cell, or one more way into it."""

    def named(play: Play) -> Play:
        PLAYS.setdefault(name, []).append(play)
        return play

    return named


async def set_scene(make: MakeWorld, rules: Rules | None = None) -> Scene:
    return Scene(await make(rules))
