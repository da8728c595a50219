"""Which plays belong to which cell of the table."""

from collections.abc import Awaitable, Callable

from dispatcher.core.handover import Phase
from dispatcher.core.ids import Party
from tests.integration.site import Site, Talk

Play = Callable[[Site], Awaitable[Talk]]
CELLS: dict[str, tuple[Phase, Party, Play]] = {}


def cell(phase: Phase, party: Party) -> Callable[[Play], Play]:
    """The play of one cell, or one more way to get there."""

    def named(play: Play) -> Play:
        CELLS[play.__name__] = (phase, party, play)
        return play

    return named
