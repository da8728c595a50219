"""Bulletins, the number's history and the menu's keys: what is known besides the words, live."""

from typing import Any

import pytest

from dispatcher import resources
from dispatcher.adapters.text.classifier import TextClassifier
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.floor.calls import CALLER, calm, shown, talk
from tests.scenarios.world import World

VAGUE = "我们这边没有了,什么时候能来"
HOUR_MS = 3_600_000


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    world = await make_world()
    await world.crash()
    world.classifier = TextClassifier.load(resources.folder("rules"))
    await world.start()
    return world


async def enters(world: World, **more: Any) -> str:
    args = {
        "kind": "outage",
        "category": "E1.WATER",
        "district": "xuanzhou",
        "text": "测试路爆管抢修",
        "until": world.clock.now() + HOUR_MS,
        **more,
    }
    data = await world.leader.does("bulletin_add", **args)
    await calm(world)
    return str(data["bulletin"])


def listed(world: World) -> list[str]:
    _, frames = world.front.snapshot()
    return [frame.data["text"] for frame in frames if frame.kind == "bulletin"]


def because(world: World, rule: str) -> list[str]:
    """Words of the evidence lines of this rule on the caller's screen."""
    evidence = shown(world, CALLER)["classification"]["evidence"]
    return [line["words"] for line in evidence if line["rule"] == rule]


async def types(world: World, call: str, text: str = VAGUE) -> None:
    await world.agent().does("call_text", call=call, text=text)


async def test_a_bulletin_counts_for_a_call_that_is_being_taken_until_it_ends(
    world: World,
) -> None:
    call = await talk(world)
    await types(world, call)
    assert because(world, "context:bulletin") == []
    bulletin = await enters(world)
    assert because(world, "context:bulletin") == ["停供抢修:测试路爆管抢修"]
    assert (await world.agent().does("bulletins"))["bulletins"][0]["id"] == bulletin
    await world.leader.does("bulletin_end", bulletin=bulletin)
    assert because(world, "context:bulletin") == []
    assert listed(world) == []
    assert await world.leader.is_refused("bulletin_end", bulletin=bulletin) == "NO_SUCH_BULLETIN"


async def test_speech_is_read_with_it_too(world: World) -> None:
    call = await talk(world)
    await enters(world)
    said = {"call": call, "segment": "u1", "seq": 1, "text": VAGUE}
    await world.agent().does("transcript", **said)
    assert because(world, "context:bulletin") == ["停供抢修:测试路爆管抢修"]


async def test_it_begins_and_ends_by_itself_and_outlives_a_crash(world: World) -> None:
    now = world.clock.now()
    await enters(world, kind="planned", since=now + HOUR_MS, until=now + 2 * HOUR_MS)
    assert world.front.floor.bulletins.active() == ()
    await world.crash()
    await world.start()
    assert listed(world) == ["测试路爆管抢修"]
    await world.forward("60:00")
    await calm(world)
    assert [item.category for item in world.front.floor.bulletins.active()] == ["E1.WATER"]
    await world.forward("60:00")
    await calm(world)
    assert listed(world) == []
    await world.crash()
    await world.start()
    assert listed(world) == []


async def test_a_warning_without_a_category_is_shown_and_does_not_count(world: World) -> None:
    await enters(world, kind="weather", category="", text="暴雨红色预警")
    assert listed(world) == ["暴雨红色预警"]
    assert world.front.floor.bulletins.active() == ()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "gossip"}, "kind"),
        ({"category": ""}, "category"),
        ({"category": "E9.X"}, "category"),
        ({"district": "hefei"}, "district"),
        ({"text": " "}, "text"),
        ({"until": 1}, "until"),
        ({"until": "tomorrow"}, "until"),
        ({"since": 2**60}, "since"),
    ],
)
async def test_what_is_wrong_is_named(world: World, wrong: dict[str, Any], field: str) -> None:
    args = {"kind": "outage", "category": "E1.WATER", "text": "停水", "until": 2**40} | wrong
    if "until" not in wrong:
        args["until"] = world.clock.now() + HOUR_MS
    result = await world.leader.asks("bulletin_add", **args)
    assert (result.ok, result.field) == (False, field)


async def test_only_the_leader_enters_and_ends(world: World) -> None:
    assert await world.agent().is_refused("bulletin_add", kind="outage") == "NOT_ALLOWED"


async def test_the_number_s_earlier_case_counts(world: World) -> None:
    caller = await world.caller(CALLER)
    await world.agent().answers()
    await world.agent().opens("E1.WATER", text="停水")
    caller.hang_up()
    await calm(world)
    await world.agent().hangs_up()
    await world.forward("0:30")
    call = await talk(world, agent="agent2")
    await calm(world)
    await world.agent("agent2").does("call_text", call=call, text=VAGUE)
    assert because(world, "context:history") == ["此号码近期工单 E1.WATER"]


async def test_the_menu_s_keys_reach_the_screen(world: World) -> None:
    world.phones.call(CALLER, ivr="21")
    await world.settle()
    assert shown(world, CALLER)["ivr"] == "21"
