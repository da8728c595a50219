"""Every written outcome of the call, walked: who leaves, in which phase, and what follows.

`STORIES` must have a story for each cell of `handover.OUTCOMES` and for each cell of the table of
the design ("Calls: written outcomes"); a cell without one fails. The stories are in the modules
beside this one, by phase.
"""

from collections.abc import Awaitable, Callable

import pytest

from dispatcher.core.handover import OUTCOMES, Phase
from dispatcher.core.ids import Party
from tests.scenarios.scene import Scene
from tests.scenarios.world import World

from . import briefing, joined, keys, music, nothing_rings, ringing, two_left

Walk = Callable[[Scene], Awaitable[None]]
R, A, U = Party.REQUESTER, Party.AGENT, Party.UNIT

STORIES: dict[tuple[Phase, Party], tuple[Walk, ...]] = {
    (Phase.IDLE, R): (
        nothing_rings.requester_leaves_idle,
        nothing_rings.requester_and_agent_end_without_a_unit,
    ),
    (Phase.IDLE, A): (nothing_rings.agent_leaves_idle,),
    (Phase.WAITING, R): (nothing_rings.requester_leaves_waiting, nothing_rings.both_leave_waiting),
    (Phase.WAITING, A): (nothing_rings.agent_leaves_waiting,),
    (Phase.RINGING, R): (ringing.requester_leaves_ringing, ringing.both_leave_ringing),
    (Phase.RINGING, A): (
        ringing.agent_leaves_ringing,
        ringing.agent_leaves_ringing_and_nobody_takes,
    ),
    (Phase.RINGING, U): (ringing.unit_does_not_answer, ringing.unit_is_busy, ringing.unit_rejects),
    (Phase.BRIEFING, R): (briefing.requester_leaves_briefing,),
    (Phase.BRIEFING, A): (briefing.agent_leaves_briefing,),
    (Phase.BRIEFING, U): (
        briefing.unit_leaves_briefing,
        briefing.unit_is_a_machine,
        keys.unit_presses_nothing,
    ),
    (Phase.JOINED, R): (joined.requester_leaves_joined,),
    (Phase.JOINED, A): (joined.agent_leaves_joined,),
    (Phase.JOINED, U): (
        joined.unit_leaves_joined_soon,
        joined.unit_leaves_joined_later,
        joined.unit_lost_by_the_network,
        joined.unit_lost_and_not_found_again,
    ),
    (Phase.HELD, R): (music.requester_leaves_held,),
    (Phase.HELD, A): (music.agent_leaves_held, music.agent_and_unit_leave_held),
    (Phase.HELD, U): (music.unit_leaves_held,),
    (Phase.SPLIT, R): (music.requester_leaves_split, music.both_leave_split),
    (Phase.SPLIT, A): (music.agent_leaves_split,),
    (Phase.SPLIT, U): (music.unit_leaves_split,),
    (Phase.TWO_LEFT, R): (two_left.requester_leaves_unit_alone,),
    (Phase.TWO_LEFT, A): (two_left.agent_leaves_unit_alone,),
    (Phase.TWO_LEFT, U): (two_left.unit_leaves_requester_alone, two_left.unit_leaves_agent),
}
BESIDE: tuple[Walk, ...] = (keys.unit_presses_two,)
"""A cell of the design's table in which nobody hangs up by himself."""

DESIGN: dict[tuple[str, str], tuple[Walk, ...]] = {
    ("ringing", "R hangs up"): (ringing.requester_leaves_ringing, ringing.both_leave_ringing),
    ("ringing", "A lost"): (
        ringing.agent_leaves_ringing,
        ringing.agent_leaves_ringing_and_nobody_takes,
    ),
    ("ringing", "U unreached"): (
        ringing.unit_does_not_answer,
        ringing.unit_is_busy,
        ringing.unit_rejects,
    ),
    ("ringing", "U hangs up"): (ringing.unit_rejects,),
    ("brief", "R hangs up"): (briefing.requester_leaves_briefing,),
    ("brief", "A lost"): (briefing.agent_leaves_briefing,),
    ("brief", "U key 2 or none"): (
        keys.unit_presses_two,
        keys.unit_presses_nothing,
        briefing.unit_is_a_machine,
    ),
    ("brief", "U hangs up"): (briefing.unit_leaves_briefing,),
    ("joined", "R hangs up"): (joined.requester_leaves_joined,),
    ("joined", "A lost"): (joined.agent_leaves_joined,),
    ("joined", "U hangs up"): (joined.unit_leaves_joined_soon, joined.unit_leaves_joined_later),
    ("two left", "R alone"): (two_left.unit_leaves_requester_alone,),
    ("two left", "U alone"): (
        two_left.requester_leaves_unit_alone,
        two_left.agent_leaves_unit_alone,
    ),
    ("two left", "A alone"): (
        nothing_rings.requester_and_agent_end_without_a_unit,
        two_left.unit_leaves_agent,
    ),
}

WALKS = [
    pytest.param(cell, walk, id=f"{cell[0]}-{cell[1]}-{walk.__name__}")
    for cell in OUTCOMES
    for walk in STORIES.get(cell, (None,))
    if walk is not None
]


def test_every_cell_has_a_story() -> None:
    assert set(STORIES) == set(OUTCOMES)
    walked = {walk for walks in STORIES.values() for walk in walks} | set(BESIDE)
    assert {walk for walks in DESIGN.values() for walk in walks} <= walked


@pytest.mark.parametrize(("cell", "walk"), WALKS)
async def test_the_outcome_is_as_written(
    world: World, cell: tuple[Phase, Party], walk: Walk
) -> None:
    scene = Scene(world)
    await walk(scene)
    phase, party = cell
    assert (phase.value, party.value, OUTCOMES[cell].value) in await scene.case.outcomes()


@pytest.mark.parametrize("walk", BESIDE, ids=lambda walk: walk.__name__)
async def test_what_a_key_leads_to(world: World, walk: Walk) -> None:
    await walk(Scene(world))


@pytest.mark.parametrize(("cell", "walk"), WALKS)
async def test_the_order_of_facts_of_one_instant_does_not_matter(
    world: World, cell: tuple[Phase, Party], walk: Walk
) -> None:
    """Real Asterisk does not fix it: here every bundle of one instant comes turned round."""
    world.phones.reorder = lambda facts: list(reversed(facts))
    scene = Scene(world)
    await walk(scene)
    assert not world.phones.exchange.callers or scene.caller.state in ("queue", "talking", "room")
