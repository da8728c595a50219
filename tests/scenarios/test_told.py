"""What offices read, what a stepped clock leaves behind, and recordings that close too late."""

import asyncio
import wave
from pathlib import Path

import pytest

from dispatcher.clockstep import watch_clock
from dispatcher.core import events as e
from dispatcher.core import facts as f
from dispatcher.core.ids import CallId, ChannelId, LegId, Rung
from dispatcher.floor.recordings import Catalogue
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS

from .world import Story, World


async def opened(world: World, phone: str = "19900000001", agent: str = "agent1") -> Story:
    await world.caller(phone)
    await world.agent(agent).answers()
    return await world.agent(agent).opens("E2.GAS")


def notices(world: World, role: str) -> list[tuple[str, str]]:
    return [(x.key, x.data["text"]) for x in world.frames
            if x.kind == "notice" and x.data["role"] == role]  # fmt: skip


async def test_an_office_reads_what_happened_to_which_case_and_what_is_expected(
    world: World,
) -> None:
    case = await opened(world)
    await world.clock_at("10:01")
    ((_, text),) = notices(world, "open_gov")
    # 1,795,305,600 s is 08:00 at the centre; the limit is ten minutes, the ceiling twenty.
    assert text == (
        f"【已超过办理时限】工单{case.state.number}(重大应急,燃气泄漏,宣州区水阳镇):"
        "测试燃气公司应于08:10前反馈,至今未反馈。请督促该单位立即反馈;最长时限08:20。"
    )
    await world.clock_at("20:01")
    assert "督办单已起草" in notices(world, "open_gov")[-1][1]
    assert "督办" in notices(world, "supervision")[-1][1]


async def test_an_exercise_says_so(world: World) -> None:
    await world.caller()
    await world.agent().answers()
    await world.agent().opens("E2.GAS", exercise=True)
    await world.clock_at("10:01")
    assert notices(world, "open_gov")[0][1].startswith("演练,")


async def test_two_limits_within_a_minute_are_one_message_and_two_lines_of_ledger(
    world: World,
) -> None:
    first = await opened(world)
    await world.forward("0:30")
    second = await opened(world, "19900000002", "agent2")
    await world.clock_at("10:01")
    (one, two) = notices(world, "open_gov")
    assert one[0] == two[0], "a screen shows one message"
    assert first.state.number in two[1]
    assert second.state.number in two[1]
    for case in (first, second):
        told = await case.all(e.Notified)
        assert [x.about for x in told] == ["B4"]


async def test_a_mark_of_the_case_clock_takes_nothing_from_a_units(world: World) -> None:
    """Both limits at one instant: the leader's alarm and the unit's own mark stand together."""
    case = await opened(world)
    await world.clock_at("10:01")
    assert {"CASE_LIMIT", "MARK_B4"} <= case.alarms
    assert len(notices(world, "open_gov")) == 1


# ---------------------------------------------------------------- the clock


async def test_a_stepped_clock_stands_in_the_ledger_of_every_running_case(world: World) -> None:
    case = await opened(world)
    offset = [0]
    watching = asyncio.create_task(watch_clock(world.alive, lambda: offset[0]))
    try:
        await world.forward("0:02")
        assert await case.all(e.ClockStepped) == []
        offset[0] = -90_000
        await world.forward("0:05")
        assert [x.offset_ms for x in await case.all(e.ClockStepped)] == [-90_000]
        assert world.alive.present.statuses["clock"][0] == "stepped"
        assert len(await world.alive.store.documents("clock_step")) == 1
        offset[0] = 0
        await world.forward("0:02")
        assert world.alive.present.statuses["clock"][0] == "up"
    finally:
        watching.cancel()
    before = await case.marks()
    await world.clock_at("1:01")
    assert (await case.marks())["A1"] == "1:00", "nothing follows the wall clock"
    assert before == {"A0": "0:00"}


# ---------------------------------------------------------------- recordings


def record(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\1\0" * 800)


@pytest.mark.parametrize("store_kind", ["memory", "sqlite"])
async def test_a_recording_that_closes_after_its_case_is_noted_all_the_same(
    world: World, tmp_path: Path
) -> None:
    """Two of them at once, on a case that is closed and held no more."""
    world.unit(GAS, Rung.DUTY, Behaviour.presses("1"))
    case = await opened(world)
    await world.clock_at("0:10")
    call = CallId(str(case.handover.requester))
    leg = next(iter(case.handover.legs))
    await case.reports(world.agent(), final=True)
    await world.agent().does("end_conversation", case=case.id)
    await world.agent().hangs_up()
    await world.forward("0:20")
    await world.leader.does("close_case", case=case.id, reason="办结")
    await world.forward("0:30")
    assert case.id not in world.alive.hotline.cases
    catalogue = Catalogue(world.alive, tmp_path, 365)
    record(tmp_path / "legs" / f"{leg}.wav")
    record(tmp_path / "calls" / f"{call}.wav")
    catalogue.belongs(call, case.id)
    catalogue.on_fact(f.LegEnded(LegId(leg), f.LegOutcome.HUNG_UP))
    catalogue.on_fact(f.ChannelEnded(ChannelId(call)))
    while len(await case.all(e.RecordingClosed)) < 2:  # noqa: ASYNC110 (files are looked at)
        await asyncio.sleep(0.01)
    await world.settle()
    closed = await case.all(e.RecordingClosed)
    assert {x.recording for x in closed} == {f"leg-{leg}", f"call-{call}"}
    assert case.id not in world.alive.hotline.cases, "it is let go again"
    await case.rings_true()
    catalogue.close()
