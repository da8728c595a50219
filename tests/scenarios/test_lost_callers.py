"""Callers who came and went while the service was gone: the PBX has kept them."""

import pytest

from .floor.calls import calm, listed
from .world import World

LOST = "19900000007"


async def nobody_answers(world: World) -> None:
    for agent in ("agent1", "agent2"):
        await world.agent(agent).does("seat_pause", reason="就餐")


async def loses_one(world: World, number: str = LOST) -> None:
    caller = world.phones.call(number)
    await world.forward("0:20")
    caller.hang_up()
    await world.forward("0:05")


@pytest.mark.parametrize("gone", ["service", "link"])
async def test_who_was_lost_meanwhile_is_listed_and_owed_a_call(world: World, gone: str) -> None:
    await nobody_answers(world)
    if gone == "service":
        await world.crash()
    else:
        world.phones.cut_link()
    await loses_one(world)
    at = world.clock.now() - 5_000
    if gone == "service":
        await world.start()
    else:
        world.phones.restore_link()
    await calm(world)
    (entry,) = listed(world)
    assert (entry["number"], entry["kind"], entry["times"]) == (LOST, "abandoned", 1)
    assert entry["last_at"] == at
    assert entry["due_at"] == world.clock.now() + 60_000


async def test_he_is_listed_once_however_often_the_pbx_tells(world: World) -> None:
    await nobody_answers(world)
    await world.crash()
    await loses_one(world)
    for _ in range(3):
        await world.start()
        await calm(world)
        assert [x["times"] for x in listed(world)] == [1]
        world.phones.cut_link()
        world.phones.restore_link()
        await calm(world)
        assert [x["times"] for x in listed(world)] == [1]
        await world.crash()
    await world.start()


async def test_one_who_was_called_back_does_not_come_again(world: World) -> None:
    await nobody_answers(world)
    await world.crash()
    await loses_one(world, "")
    await world.start()
    await calm(world)
    (entry,) = listed(world)
    await world.leader.does("callback_done", callback=entry["id"], outcome="no_number")
    await world.crash()
    await world.start()
    await calm(world)
    assert listed(world) == []


async def test_one_whose_end_was_told_is_not_told_again(world: World) -> None:
    """Lost while the service was there, and it starts anew."""
    await nobody_answers(world)
    await loses_one(world)
    await calm(world)
    assert [x["times"] for x in listed(world)] == [1]
    await world.crash()
    await world.start()
    await calm(world)
    assert [x["times"] for x in listed(world)] == [1]


async def test_what_is_a_day_old_is_no_news(world: World) -> None:
    await nobody_answers(world)
    await world.crash()
    await loses_one(world)
    await world.forward("1500:00")
    await world.start()
    await calm(world)
    assert listed(world) == []


async def test_who_had_an_agent_is_not_lost(world: World) -> None:
    await world.crash()
    caller = world.phones.call(LOST)
    world.phones.agent("agent1").answer()
    await world.forward("0:20")
    caller.hang_up()
    await world.start()
    await calm(world)
    assert listed(world) == []
