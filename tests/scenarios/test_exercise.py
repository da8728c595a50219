"""演练: an exercise is played through every outlet, and each of them says so."""

import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dispatcher.core import events as e
from dispatcher.core.effects import BriefUnit, RingContact
from dispatcher.core.exercise import WORD
from dispatcher.core.ids import Rung
from dispatcher.testing.sample_rules import GAS, number

from .world import Story, World

DUTY = number(GAS, Rung.DUTY)
Said = list[str]


async def _played(world: World) -> Story:
    """To the longest limit and on, with a return, an extension and a unit that calls in."""
    world.nobody_answers(GAS)
    await world.caller()
    await world.agent().answers()
    case = await world.agent().opens("E2.GAS", exercise=True, casualties=1)
    await world.clock_at("0:05")
    leg = await world.unit_presses(GAS, Rung.LIAISON, "2")
    assert leg.confirms
    for key in ("4", "3", "0"):
        caller = await world.caller(DUTY)
        assert caller.leg is not None
        world.phones.units.press(caller.leg, key)
        await world.forward("0:15")
        caller.hang_up()
        await world.settle()
    await world.clock_at("26:00")
    return case


async def _briefs(world: World, case: Story) -> Said:
    placed = [x.brief for x in world.performed(RingContact)]
    assert {x.mode for x in world.performed(RingContact)} == {"key", "inform"}
    return [text for x in placed for text in (x.before_key, x.after_key)]


async def _call_ins(world: World, case: Story) -> Said:
    placed = [x.brief for x in world.performed(BriefUnit)]
    return [text for x in placed for text in (x.before_key, x.after_key)]


async def _flags(world: World, case: Story) -> Said:
    """What makes the PBX say it before its fixed phrases."""
    effects = [*world.performed(RingContact), *world.performed(BriefUnit)]
    return [WORD if x.brief.exercise else "" for x in effects]


async def _alarms(world: World, case: Story) -> Said:
    raised = await case.all(e.AlarmRaised)
    assert {x.role for x in raised} >= {"agent", "supervisor"}
    assert len({x.kind for x in raised}) > 8
    return [x.action for x in raised]


async def _notices(world: World, case: Story) -> Said:
    """To the offices' desks."""
    told = [x.data for x in world.frames if x.kind == "notice"]
    assert {x["role"] for x in told} >= {"open_gov", "supervision"}
    return [x["text"] for x in told]


def _shown(value: Any) -> Iterator[bool]:
    """Every mention of an exercise in what a screen gets."""
    if isinstance(value, dict):
        if "exercise" in value:
            yield value["exercise"]
        for item in value.values():
            yield from _shown(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _shown(item)


def _words(flags: Iterator[bool]) -> Said:
    return [WORD if flag else "" for flag in flags]


async def _case_screens(world: World, case: Story) -> Said:
    return _words(_shown([dict(x.data) for x in world.frames if x.kind == "case"]))


async def _search(world: World, case: Story) -> Said:
    found = await world.front.find(case.state.number, "", False)
    return _words(_shown([dict(x) for x in found]))


async def _unit_match(world: World, case: Story) -> Said:
    """On the screen of the agent who takes a unit's call."""
    caller = await world.caller(DUTY)
    view = world.alive.present.call_frame(caller.call).data
    return _words(_shown(dict(view["unit_match"])))


async def _requester_again(world: World, case: Story) -> Said:
    caller = await world.caller("19900000001")
    view = world.alive.present.call_frame(caller.call).data
    return _words(_shown([dict(x) for x in view["open_cases"]]))


async def _ledger(world: World, case: Story) -> Said:
    return [WORD if x.exercise else "" for x in await case.all(e.CaseAccepted)]


OUTLETS: dict[str, Callable[[World, Story], Awaitable[Said]]] = {
    "briefs, details and messages of the ladder": _briefs,
    "a unit that calls in": _call_ins,
    "the fixed phrases": _flags,
    "alarms of the desks and the leader": _alarms,
    "notices to the offices": _notices,
    "cases on screens": _case_screens,
    "a case that is searched for": _search,
    "a unit's call on a screen": _unit_match,
    "a requester's call on a screen": _requester_again,
    "the ledger": _ledger,
}


@pytest.mark.parametrize("outlet", OUTLETS)
async def test_every_outlet_says_that_it_is_an_exercise(world: World, outlet: str) -> None:
    case = await _played(world)
    said = await OUTLETS[outlet](world, case)
    assert said, "nothing was said at all"
    assert [text for text in said if not text.startswith(WORD)] == []


async def test_outside_an_exercise_nobody_says_so(world: World) -> None:
    world.nobody_answers(GAS)
    await world.caller()
    await world.agent().answers()
    case = await world.agent().opens("E2.GAS")
    await world.clock_at("26:00")
    said = [*await _briefs(world, case), *await _alarms_of(case), *await _notices(world, case)]
    assert [text for text in said if WORD in text] == []


async def _alarms_of(case: Story) -> Said:
    return [x.action for x in await case.all(e.AlarmRaised)]


# ---------------------------------------------------------------- no other way out

_CORE = Path(__file__).parents[2] / "dispatcher"


@pytest.mark.parametrize(
    ("made", "where"),
    [
        (r"\bBrief\(", {"core/briefs.py"}),
        (r"\bNotifyDesk\(", {"core/watch.py"}),
        (r"\bAlarmRaised\(", {"core/work.py"}),
    ],
)
def test_there_is_one_place_for_each_and_it_marks_an_exercise(made: str, where: set[str]) -> None:
    """A new outlet elsewhere would be one that nobody has thought of: mark it, and list it."""
    found = {
        str(path.relative_to(_CORE))
        for path in _CORE.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(made, line)
        and not re.search(r"^\s*(class|case|def) |isinstance", line)
        and "testing" not in path.parts
    }
    assert found == where
    for name in where:
        assert "marked(" in (_CORE / name).read_text(encoding="utf-8")


def test_every_phrase_of_a_units_leg_is_preceded_by_the_word() -> None:
    """In the dialplan: what is not put together by the brief itself goes through HD_EX."""
    conf = Path(__file__).parents[2] / "asterisk_config" / "dialplan_unit.conf"
    played = [x for x in conf.read_text(encoding="utf-8").splitlines() if "Playback(" in x]
    fixed = [x for x in played if "/phrases/" in x]
    assert len(fixed) > 8
    assert [x for x in fixed if "Playback(${HD_EX}" not in x] == []
