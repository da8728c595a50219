"""All agents are signed out, paused or unreachable, and a caller waits."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.scenarios.conftest import MakeWorld
from tests.scenarios.world import Desk

from .registry import OTHER, cell, set_scene


async def nobody(make: MakeWorld, leaves: Callable[[Desk], Awaitable[Any]]) -> None:
    s = await set_scene(make)
    await s.ringing()
    await leaves(s.world.agent("agent2"))
    assert "NO_SEATS" not in s.case.alarms
    await leaves(s.world.agent())
    if s.world.phones.agent("agent1").leg is not None:
        await s.world.agent().hangs_up()
    await s.first_in_queue()
    alarm = s.case.state.alarm("NO_SEATS")
    assert alarm is not None
    assert (alarm.priority, alarm.role, alarm.raised_at) == (1, "supervisor", s.world.clock.now())
    assert s.world.alive.present.statuses["seats"][0] == "empty"
    # Others call; he stays first, and has whoever signs in first.
    other = await s.world.caller(OTHER)
    await s.world.forward("0:30")
    await s.first_in_queue()
    s.world.phones.agent("agent2").plug_in()
    await s.world.agent("agent2").does("seat_in")
    await s.world.agent("agent2").answers()
    await s.in_company_of("agent2")
    assert other.state == "queue"
    assert "NO_SEATS" not in s.case.alarms
    assert s.world.alive.present.statuses["seats"][0] == "up"


@cell("all_seats_are_signed_out")
async def _(make: MakeWorld) -> None:
    await nobody(make, lambda desk: desk.does("seat_out"))


@cell("all_seats_are_paused")
async def _(make: MakeWorld) -> None:
    await nobody(make, lambda desk: desk.does("seat_pause", reason="就餐"))


@cell("all_seats_are_unreachable")
async def _(make: MakeWorld) -> None:
    await nobody(make, lambda desk: desk.loses_the_phone())


@cell("all_seats_are_unreachable")
async def _(make: MakeWorld) -> None:
    """Somebody who waits already, and the last seat goes: the leader is told then."""
    s = await set_scene(make)
    await s.ringing()
    await s.world.agent().loses_the_phone()
    await s.first_in_queue()
    assert "NO_SEATS" not in s.case.alarms
    await s.world.agent("agent2").loses_the_phone()
    assert "NO_SEATS" in s.case.alarms
    s.caller.hang_up()
    await s.world.settle()
    assert "NO_SEATS" not in s.case.alarms
    assert s.world.alive.present.statuses["seats"][0] == "up"
