"""Recordings on real Asterisk: first to last party, digested, linked, checked, deleted in time."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from dispatcher.core import events as e
from dispatcher.core.errors import Refused
from dispatcher.floor.check import check
from dispatcher.floor.recordings import Catalogue
from dispatcher.ports import Actor
from dispatcher.testing.city import Behaviour
from dispatcher.testing.hearing import Hearing
from dispatcher.testing.stand import Stand
from tests.integration.site import Site, Talk, all_hear, calm
from tests.integration.site_rules import UnitPhones, take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

LEADER = Actor("leader", "测试值班长", "supervisor", "")
AUDITOR = Actor("auditor", "测试审计", "auditor", "")
STRANGER = Actor("agent99", "测试坐席", "agent", "agent99")
"""At no seat of the played city, so no call was ever his."""


@pytest_asyncio.fixture(loop_scope="session")
async def recorded(wide_stand: Stand, tmp_path: Path) -> AsyncIterator[Site]:
    async with Site(wide_stand, tmp_path, recorded=True) as running:
        yield running
    await calm(wide_stand)


async def three(site: Site) -> tuple[Talk, UnitPhones]:
    unit = take_unit()
    site.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    talk = await site.talk()
    await talk.opens(unit)
    leg = await talk.joined(unit)
    await all_hear(talk.caller, talk.agent, leg)
    return talk, unit


async def test_the_call_and_its_leg_are_recorded_to_the_last_party(recorded: Site) -> None:
    talk, _ = await three(recorded)
    legs = talk.legs
    # The agent leaves, the others talk on: so does the recording.
    await talk.agent.hang_up()
    left_at = talk.agent.left_at or 0
    await talk.until(lambda: talk.handover.agent_at == "gone", "the agent has gone")
    since = talk.caller.hearing().ended_at
    await talk.caller.hears(recorded.city.legs_of(_duty(recorded, talk))[-1].tone_hz)
    assert talk.caller.hearing().ended_at >= since
    await talk.caller.hang_up()
    whole = await talk.recorded(e.RecordingClosed, leg=None)
    of_leg = await talk.recorded(e.RecordingClosed, leg=legs[0].id)
    folder = recorded.stand.pbx.recordings
    for event in (whole, of_leg):
        assert (folder / event.file).stat().st_size == event.bytes
        assert len(event.sha256) == 64
        assert event.duration_ms > 500
    heard = Hearing.of(folder / whole.file, whole.began_at)
    spoken = heard.intervals(talk.caller.tone_hz, 200)
    assert spoken
    assert whole.began_at + whole.duration_ms >= left_at
    count, findings = await check(recorded.store, folder)
    assert count >= 2
    assert not [x for x in findings if x.recording in (whole.recording, of_leg.recording)]


def _duty(site: Site, talk: Talk) -> str:
    return talk.all(e.LegPlaced)[0].personal.number  # type: ignore[union-attr]


async def test_who_may_hear_and_that_it_is_kept(recorded: Site) -> None:
    talk, _ = await three(recorded)
    own = Actor(talk.agent.party, "测试坐席", "agent", talk.agent.party)
    await talk.caller.hang_up()
    await talk.agent.hang_up()
    closed = await talk.recorded(e.RecordingClosed, leg=None)
    catalogue = recorded.desk.floor.recordings
    for actor in (LEADER, AUDITOR, own):
        assert await catalogue.recordings(talk.case, actor)
        assert (await catalogue.recording(closed.recording, actor)).is_file()
    assert await catalogue.recordings(talk.case, STRANGER) == []
    with pytest.raises(Refused) as refused:
        await catalogue.recording(closed.recording, STRANGER)
    assert refused.value.code == "NOT_ALLOWED"
    for wrong in ("call-../../etc/passwd", "call-", "x", closed.recording + "0"):
        with pytest.raises(Refused):
            await catalogue.recording(wrong, LEADER)
    kept = await recorded.store.documents("recording_access")
    assert {x["user"] for x in kept.values()} == {"leader", "auditor", own.id}


async def test_an_altered_and_a_missing_recording_are_found(recorded: Site) -> None:
    talk, _ = await three(recorded)
    await talk.caller.hang_up()
    await talk.agent.hang_up()
    closed = await talk.recorded(e.RecordingClosed, leg=None)
    folder = recorded.stand.pbx.recordings
    path = folder / closed.file
    sound = bytearray(path.read_bytes())
    sound[100] ^= 1
    path.write_bytes(sound)
    _, findings = await check(recorded.store, folder)
    assert ("changed", closed.recording) in {(x.what, x.recording) for x in findings}
    path.unlink()
    _, findings = await check(recorded.store, folder)
    assert ("missing", closed.recording) in {(x.what, x.recording) for x in findings}


async def test_what_ended_while_the_service_was_away_is_catalogued(
    wide_stand: Stand, tmp_path: Path
) -> None:
    site = Site(wide_stand, tmp_path, recorded=True)
    await site.start()
    talk, _ = await three(site)
    await site.stop()
    await talk.caller.hang_up()
    await talk.agent.hang_up()
    await site.start()
    try:
        closed = await talk.recorded(e.RecordingClosed, leg=None)
        assert closed.recording == f"call-{talk.call.id}"
    finally:
        await site.stop()
        await calm(wide_stand)


async def test_old_recordings_are_deleted_and_that_is_recorded(recorded: Site) -> None:
    talk = await recorded.talk()
    told: list[str] = []
    recorded.service.hub.subscribe(
        lambda frames: told.extend(x.key for x in frames if x.kind == "recording")
    )
    await talk.caller.hang_up()
    catalogue = recorded.desk.floor.recordings
    key = f"call-{talk.call.id}"
    await recorded.until(lambda: key in told, "it is closed")
    await catalogue.sweep()
    entry = await recorded.store.document("recording", key)
    assert entry is not None
    assert entry["deleted_at"] is None
    path = recorded.stand.pbx.recordings / entry["file"]
    long_ago = entry["closed_at"] - 366 * 86_400_000
    await recorded.store.put_document("recording", key, {**entry, "closed_at": long_ago})
    os.utime(path, (long_ago / 1000, long_ago / 1000))
    later = Catalogue(recorded.service, recorded.stand.pbx.recordings, 365)
    await later.sweep()
    later.close()
    entry = await recorded.store.document("recording", key)
    assert entry is not None
    assert entry["deleted_at"] is not None
    assert not path.exists()
    _, findings = await check(recorded.store, recorded.stand.pbx.recordings)
    assert key not in {x.recording for x in findings}
