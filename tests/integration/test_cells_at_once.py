"""The cells beside the hang-up table (`tests/cells.py`) on real Asterisk, all at once on one PBX.

Those that need the seats for themselves are in `test_cells_seats.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from dispatcher.core import events as e
from dispatcher.core.deciding import AT_ONCE_MS
from dispatcher.core.ids import CaseId, Party, Rung, UnitId
from dispatcher.core.rules import Rules
from dispatcher.ports import Actor, CommandResult
from dispatcher.testing.city import Behaviour, CityLeg
from dispatcher.testing.stand import Stand
from tests.cells import REAL, of
from tests.integration.plays import Begun, begin
from tests.integration.site import DEADLINE_S, Site, Talk, all_hear, calm, told_and_released
from tests.integration.site_rules import UnitPhones, site_rules, take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

Play = Callable[[Site], Awaitable[None]]
PLAYS: dict[str, Play] = {}
CELLS: set[str] = set()
TWICE = UnitPhones(UnitId("f99"))
"""A unit whose liaison is the person at its 24 h line."""


def cell(name: str) -> Callable[[Play], Play]:
    def named(play: Play) -> Play:
        CELLS.add(name)
        PLAYS[name] = play
        return play

    return named


def rules() -> Rules:
    filed = site_rules()
    unit = filed.units[TWICE.id]
    duty = unit.on_rung(Rung.DUTY)[0]
    contacts = tuple(
        replace(x, name=duty.name, numbers=duty.numbers) if x.rung is Rung.LIAISON else x
        for x in unit.contacts
    )
    return replace(filed, units={**filed.units, TWICE.id: replace(unit, contacts=contacts)})


async def briefing(site: Site) -> tuple[Talk, CityLeg]:
    """Caller and agent in the room, the unit listens to the brief."""
    unit = take_unit()
    site.city.unit(unit.duty, Behaviour.answers())
    talk = await site.talk()
    await talk.opens(unit)
    await talk.in_room()
    await talk.recorded(e.LegWasAnswered)
    return talk, await site.city.leg(unit.duty)


async def later(ms: int, act: Callable[[], Awaitable[object]]) -> None:
    await asyncio.sleep(ms / 1000)
    await act()


def nothing_failed(talk: Talk) -> None:
    assert "PBX_ACTION_FAILED" not in {x.kind for x in talk.all(e.AlarmRaised)}


# ---------------------------------------------------------------- in the very instant


async def leaves_in_the_joining(site: Site, offset_ms: int) -> None:
    """The key at 0 or, for an earlier leaving, at ``-offset_ms``."""
    talk, leg = await briefing(site)
    await asyncio.gather(
        later(max(0, -offset_ms), lambda: leg.press("1")),
        later(max(0, offset_ms), talk.caller.hang_up),
    )
    await talk.recorded(e.PartyLeft, party=Party.REQUESTER)
    await talk.recorded(e.AssignmentAcknowledged)
    await talk.recorded(e.LegJoined)
    await all_hear(talk.agent, leg)
    assert len(talk.all(e.PartyLeft)) == 1
    nothing_failed(talk)


for ms in (-80, -40, 0, 40, 80, 120, 160, 200, 260, 340):
    PLAYS[f"the_caller_leaves_{ms}_ms_after_the_key"] = partial(leaves_in_the_joining, offset_ms=ms)
CELLS.add("the_caller_leaves_in_the_joining")


async def leaves_in_the_convening(site: Site, offset_ms: int) -> None:
    """The caller hangs up around the agent's one key: the unit talks to the agent or is told."""
    unit = take_unit()
    site.city.unit(unit.duty, Behaviour.presses("1", after_s=1.0))
    talk = await site.talk()
    await asyncio.gather(
        later(max(0, -offset_ms), lambda: talk.opens(unit)),
        later(max(0, offset_ms), talk.caller.hang_up),
    )
    leg = await site.city.leg(unit.duty, 0, DEADLINE_S)
    await talk.recorded(e.AssignmentAcknowledged)
    with_agent = asyncio.create_task(all_hear(talk.agent, leg))
    told = asyncio.create_task(told_and_released(leg))
    await asyncio.wait((with_agent, told), return_when=asyncio.FIRST_COMPLETED)
    done = [x for x in (with_agent, told) if x.done() and x.exception() is None]
    for task in (with_agent, told):
        task.cancel()
    await asyncio.gather(with_agent, told, return_exceptions=True)
    assert done, "the unit was left in silence"


for ms in (-20, 0, 20, 50, 100):
    PLAYS[f"the_caller_leaves_{ms}_ms_after_the_one_key"] = partial(
        leaves_in_the_convening, offset_ms=ms
    )
CELLS.add("the_caller_leaves_in_the_convening")


# ---------------------------------------------------------------- two at once


@cell("two_press_the_one_key")
async def _(site: Site) -> None:
    """The agent and the shift leader, in the same instant: one case, one room, nobody lost."""
    unit = take_unit()
    site.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    talk = await site.talk()
    args = {"call": talk.call.id, "class": "EMERGENCY_MAJOR", "category": "E2.GAS",
            "district": "xuanzhou", "unit": unit.id}  # fmt: skip

    async def presses(who: str, role: str) -> CommandResult:
        return await site.desk.execute("open_emergency", args, Actor(who, "测试", role, who))

    results = await asyncio.gather(
        presses(talk.agent.party, "agent"), presses("leader", "supervisor")
    )
    assert sorted(x.code for x in results) == ["", "JUST_OPENED"]
    talk.case = CaseId(next(x for x in results if x.ok).data["case"])
    leg = await talk.joined(unit)
    await all_hear(talk.caller, talk.agent, leg)
    assert len(site.city.legs_of(unit.duty)) == 1


async def two_keys(site: Site, apart_ms: float) -> None:
    """Two phones of one hunt, nobody on the line: the winner hears the case, the other "taken"."""
    unit = take_unit("f")
    numbers = [unit.number(rung) for rung in (Rung.DUTY, Rung.LIAISON)]
    for number in numbers:
        site.city.unit(number, Behaviour.answers())
    args: dict[str, Any] = {"call": None, "class": "EMERGENCY_MAJOR", "category": "E2.GAS",
            "district": "xuanzhou", "unit": unit.id, "requester_number": "19900000001"}  # fmt: skip
    case = CaseId((await site.does("open_emergency", **args))["case"])
    lines = site.store.lines
    legs = [await site.city.leg(number, 0, DEADLINE_S) for number in numbers]

    def told(kind: type) -> list[e.Event]:
        return [x.event for x in lines.get(case, []) if isinstance(x.event, kind)]

    await site.until(lambda: len(told(e.LegWasAnswered)) == 2, "both listen", case)
    first, second = (0, 1) if apart_ms >= 0 else (1, 0)
    await asyncio.gather(
        legs[first].press("1"), later(round(abs(apart_ms)), lambda: legs[second].press("1"))
    )
    await site.until(lambda: told(e.AssignmentAcknowledged), "somebody has accepted", case)
    await asyncio.gather(*(leg.left(DEADLINE_S) for leg in legs))
    await site.until(lambda: len(told(e.LegLeft)) == 2, "both have left", case)
    (accepted,) = told(e.AssignmentAcknowledged)
    assert isinstance(accepted, e.AssignmentAcknowledged)
    keys = [x for x in told(e.LegPressed) if isinstance(x, e.LegPressed)]
    assert keys[0].leg == accepted.leg, "the first key wins"
    # The winner hears the case in full and how to call back, twice; the other one phrase.
    said = sorted((leg.left_at or 0) - (leg.answered_at or 0) for leg in legs)
    assert said[1] > said[0]
    released = {x.leg: x.outcome for x in told(e.LegLeft) if isinstance(x, e.LegLeft)}
    assert set(released.values()) == {"released"}


for number in range(20):
    apart = -50 + number * 100 / 19
    PLAYS[f"two_keys_{number:02d}_{apart:+.0f}_ms_apart"] = partial(two_keys, apart_ms=apart)


@cell("two_keys_at_once")
async def _(site: Site) -> None:
    """With caller and agent in the room: they talk to the winner, the other is let go."""
    unit = take_unit("f")
    numbers = [unit.number(rung) for rung in (Rung.DUTY, Rung.LIAISON)]
    for number in numbers:
        site.city.unit(number, Behaviour.answers())
    talk = await site.talk()
    await talk.opens(unit)
    await talk.in_room()
    await talk.recorded(e.LegWasAnswered, 1)
    legs = [await site.city.leg(number) for number in numbers]
    await asyncio.gather(*(leg.press("1") for leg in legs))
    joined = await talk.recorded(e.LegJoined)
    taker = talk.handover.legs[joined.leg].number
    winner = next(x for x in legs if x.party == taker)
    loser = next(x for x in legs if x is not winner)
    await loser.left(DEADLINE_S)
    await all_hear(talk.caller, talk.agent, winner)
    assert len(talk.all(e.AssignmentAcknowledged)) == 1
    nothing_failed(talk)


# ---------------------------------------------------------------- one telephone, two matters


@cell("the_contact_is_on_another_case")
async def _(site: Site) -> None:
    unit = take_unit("f")
    duty, liaison, handler = (unit.number(rung) for rung in (Rung.DUTY, Rung.LIAISON, Rung.HANDLER))
    site.city.unit(duty, Behaviour.presses("1", after_s=0.4))
    first = await site.talk()
    await first.opens(unit)
    one = await first.joined(unit)
    for number in (duty, liaison):
        site.city.unit(number, Behaviour.busy())
    site.city.unit(handler, Behaviour.presses("1", after_s=0.4))
    second = await site.talk()
    await second.opens(unit)
    left = await second.recorded(e.LegLeft, engaged=first.state.number)
    assert (left.outcome, left.q850) == ("busy", 17)
    two = await site.city.leg(handler, 0, DEADLINE_S)
    await second.recorded(e.LegJoined)
    await asyncio.gather(
        all_hear(second.caller, second.agent, two), all_hear(first.caller, first.agent, one)
    )
    assert "UNIT_ENGAGED" in {x.kind for x in second.all(e.AlarmRaised)}


@cell("one_number_on_two_rungs")
async def _(site: Site) -> None:
    """The liaison is the person at the 24 h line: one call, one key, and he talks on."""
    site.city.unit(TWICE.duty, Behaviour.presses("1", after_s=0.8))
    talk = await site.talk()
    await talk.opens(TWICE)
    leg = await talk.joined(TWICE)
    await all_hear(talk.caller, talk.agent, leg)
    assert len(site.city.legs_of(TWICE.duty)) == 1
    assert talk.state.assignments[talk.assignment()].trying == ()


async def switched(site: Site) -> None:
    """Two matters in one call: the first unit leaves, and the second one is brought in."""
    one, two = take_unit(), take_unit()
    site.city.unit(one.duty, Behaviour.presses("1", after_s=0.4))
    first = await site.talk()
    await first.opens(one)
    gone = await first.joined(one)
    await all_hear(first.caller, first.agent, gone)
    site.city.unit(one.duty, Behaviour.busy())
    site.city.unit(two.duty, Behaviour.presses("1", after_s=0.4))
    await asyncio.sleep(AT_ONCE_MS / 1000)  # sooner it would count as the same matter
    second = Talk(site, first.caller, first.agent, first.call)
    await second.opens(two)
    await told_and_released(await site.city.leg(two.duty, 0, DEADLINE_S))
    await gone.hang_up()
    await first.until(lambda: "UNIT_LEFT" in first.alarms(), "the first unit has left for good")
    args = {"case": second.case, "call": first.call.id}
    await site.does("attach_call", first.agent.party, **args)
    leg = await site.city.leg(two.duty, 1, DEADLINE_S)
    await second.recorded(e.LegJoined)
    await all_hear(second.caller, second.agent, leg)
    await second.agent.hang_up()
    await second.recorded(e.PartyLeft, party=Party.AGENT)
    await all_hear(second.caller, leg)
    assert not second.all(e.RequesterQueued)


PLAYS["a_call_is_switched_to_its_second_matter"] = switched


# ---------------------------------------------------------------- all at once


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(
    wide_stand: Stand,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Begun]:
    """The selected plays, eight at a time."""
    places = asyncio.Semaphore(8)

    async def in_turn(site: Site, play: Play) -> None:
        async with places:
            await play(site)

    async with Site(wide_stand, tmp_path_factory.mktemp("at_once"), rules()) as site:
        plays = {name: partial(in_turn, site, play) for name, play in PLAYS.items()}
        async with begin(request, plays) as begun:
            yield begun
    await calm(wide_stand)


@pytest.mark.parametrize("name", PLAYS)
async def test_at_once(name: str, played: Begun) -> None:
    await played[name]


async def test_every_real_cell_is_played() -> None:
    from tests.integration.test_cells_seats import CELLS as SEATS

    assert of(REAL) == CELLS | SEATS
