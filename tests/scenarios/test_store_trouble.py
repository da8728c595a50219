"""The ledger cannot be written, or an input cannot be decided: nothing is shown or rung, nothing
is lost, and the next case goes on."""

from typing import Any, cast

import pytest

from dispatcher.adapters.memory import MemoryStore
from dispatcher.core import commands as c
from dispatcher.core import engine
from dispatcher.core.engine import Decision, Hotline
from dispatcher.core.ids import Rung
from dispatcher.testing.sample_rules import GAS

from .world import Story, World


def store(world: World) -> MemoryStore:
    return cast(MemoryStore, world.alive.store)


async def opened(world: World) -> Story:
    await world.caller()
    await world.agent().answers()
    return await world.agent().opens("E2.GAS")


async def test_a_hand_over_that_cannot_be_written_is_refused_and_undone(world: World) -> None:
    await world.caller()
    await world.agent().answers()
    store(world).full = True
    args = {"class": "EMERGENCY_MAJOR", "category": "E2.GAS"}
    assert await world.agent().is_refused("open_emergency", **args) == "STORE_FULL"
    assert world.legs_rung == []
    assert world.alive.hotline.cases == {}
    store(world).full = False
    case = await world.agent().opens("E2.GAS")
    assert world.rings(GAS, Rung.DUTY) == ["0:00"]
    assert case.room == {"19900000001", "agent1"}


async def test_marks_that_cannot_be_written_come_when_it_can(world: World) -> None:
    case = await opened(world)
    await world.clock_at("0:50")
    store(world).full = True
    rung = len(world.legs_rung)
    await world.clock_at("2:30")
    assert len(world.legs_rung) == rung
    shown = [f.data["state"] for f in world.frames if f.kind == "status" and f.key == "store"]
    assert "full" in shown
    assert "down" not in shown, "it is full, not gone: that is what every screen must say"
    store(world).full = False
    await world.forward("0:02")
    marks = await case.marks()
    assert list(marks) == ["A0", "A1", "A2"]
    assert (await case.late())["A1"] >= 90_000
    shown = [f.data["state"] for f in world.frames if f.kind == "status" and f.key == "store"]
    assert shown[-1] == "up"
    assert len(world.legs_rung) > rung


async def test_a_case_that_cannot_be_decided_is_looked_at_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await opened(world)
    receive, broken = engine.receive, [True]

    def sometimes(given: object, hotline: Hotline, *more: Any) -> list[Decision]:
        if isinstance(given, c.Wake) and broken[0]:
            raise RuntimeError("a mistake of ours")
        return receive(given, hotline, *more)

    monkeypatch.setattr(engine, "receive", sometimes)
    await world.clock_at("1:03")
    assert "A1" not in await case.marks()
    assert [f.data["state"] for f in world.frames if f.key == "engine"] == ["error"]
    broken[0] = False
    await world.forward("0:01")
    assert (await case.late())["A1"] > 0


async def test_another_engine_has_taken_over(world: World) -> None:
    case = await opened(world)
    rung = len(world.legs_rung)
    store(world).take_over()
    args = {"case": case.id, "assignment": case.assignment(), "reason": "x"}
    assert await world.agent().is_refused("withdraw", **args) == "LEASE_LOST"
    assert world.alive.lost.is_set()
    assert len(world.legs_rung) == rung
    await world.crash()
    await world.start()
