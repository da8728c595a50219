"""A telephony that does everything at once, for benches of what is not telephony."""

import asyncio
import logging
from collections.abc import Callable

import structlog

from dispatcher.core.facts import Fact, LinkRestored
from dispatcher.core.ids import LegId
from dispatcher.ports import LegPresence, Outcome, Performed


class QuietPhones:
    """`ports.Telephony`: the link is up, every action is done, nobody ever answers."""

    def __init__(self) -> None:
        self.performed = 0

    @property
    def simulated(self) -> bool:
        return True

    async def start(self, receive: Callable[[Fact], None]) -> None:
        receive(LinkRestored(()))

    async def perform(self, effect: object) -> Performed:
        self.performed += 1
        await asyncio.sleep(0)
        return Performed(Outcome.DONE)

    async def look_up(self, leg: LegId) -> LegPresence:
        return LegPresence.ABSENT

    async def close(self) -> None:
        """Nothing is open."""


def quiet() -> None:
    """Warnings and errors only."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
