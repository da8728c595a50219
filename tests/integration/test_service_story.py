"""The emergency path on real Asterisk, with the real service; tones prove who hears whom."""

from pathlib import Path

import pytest

from dispatcher.adapters.speech.briefs import BriefSpeech
from dispatcher.core import events as e
from dispatcher.core.ids import Party, Rung
from dispatcher.ports import sound_name
from dispatcher.testing.city import Behaviour, CityLeg
from dispatcher.testing.city.leg import unix_ms
from dispatcher.testing.hearing import Hearing
from dispatcher.testing.stand import Stand
from tests.integration.silence import allowed_ms, plain_talk
from tests.integration.site import Site, Talk, all_hear, calm, pause, told_and_released
from tests.integration.site_rules import site_rules, take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCEPTS = Behaviour.presses("1", after_s=0.4)
REPORT = {
    "who_responds": "测试甲,抢修一班",
    "action_taken": "已关闭阀门并疏散",
    "arrival": "已到现场",
    "situation": "泄漏已控制,无人员受伤",
}


async def three_talk(site: Site) -> tuple[Talk, CityLeg]:
    """A caller, an agent and a unit in a room, all hearing each other."""
    unit = take_unit()
    site.city.unit(unit.duty, ACCEPTS)
    talk = await site.talk()
    await talk.opens(unit)
    leg = await talk.joined(unit)
    await all_hear(talk.caller, talk.agent, leg)
    return talk, leg


def shown_to(site: Site, leg: CityLeg, number: str) -> list[dict[str, str]]:
    """What the network told a phone's end of the line that holds ``number``."""
    return [
        event
        for event in site.city.ami.history
        if event.get("Uniqueid") == leg.id and any(number in text for text in event.values())
    ]


async def test_the_whole_story_from_ring_to_report(wide_stand: Stand, tmp_path: Path) -> None:
    briefs = wide_stand.pbx.sounds / "briefs"
    speech = BriefSpeech(wide_stand.pbx.speech, briefs)
    unit = take_unit()
    wide_stand.city.unit(unit.duty, Behaviour.presses("1", after_s=3, answer_after_s=2))
    async with Site(wide_stand, tmp_path, speech=speech) as site:
        talk = await site.talk()
        caller, agent = talk.caller, talk.agent
        # Its own details, which no later test of this PBX finds spoken and has to listen to.
        await talk.opens(unit, address="测试路一号")
        leg = await site.city.leg(unit.duty)
        await talk.in_room()
        await all_hear(caller, agent)
        await leg.answered()
        # The brief is being spoken: caller and agent talk on, and the unit hears neither of them.
        await all_hear(caller, agent)
        joined = await talk.recorded(e.LegJoined)
        assert not joined.by_dialplan
        await all_hear(caller, agent, leg)
        _heard_nobody_before_key(leg, talk)
        assert leg.shown == "12345"
        assert not shown_to(site, leg, caller.party)
        assert (briefs / f"{sound_name('重大应急,燃气泄漏,宣州区水阳镇')}.wav").is_file()
        await site.does("begin_report", case=talk.case, assignment=talk.assignment())
        await site.does(
            "take_report", case=talk.case, assignment=talk.assignment(), final=True, **REPORT,
            next_report_at=None,
        )  # fmt: skip
        await talk.recorded(e.FeedbackAccepted)
        await leg.hang_up()
        await all_hear(caller, agent)
        await site.does("end_conversation", case=talk.case)
        await caller.left()
        await agent.left()
        await talk.until(lambda: not talk.handover.channels, "all have left")
        _recorded_from_first_to_last(site, talk)
    await calm(wide_stand)


def _heard_nobody_before_key(leg: CityLeg, talk: Talk) -> None:
    """The unit hears caller and agent after its key, not before: by the phone's own clock."""
    for tone in (talk.caller.tone_hz, talk.agent.tone_hz):
        first, *_ = leg.in_time().intervals(tone)
        assert first[0] >= leg.pressed_at[0]


def _recorded_from_first_to_last(site: Site, talk: Talk) -> None:
    """One file holds the whole call, the unit included."""
    path = site.stand.pbx.recordings / "calls" / f"{talk.call.id}.wav"
    kept = Hearing.of(path, talk.caller.answered_at or 0)
    lasted = (talk.caller.left_at or 0) - (talk.caller.answered_at or 0)
    assert kept.ended_at - kept.began_at > lasted - 1500
    (leg,) = talk.all(e.LegPlaced)
    unit = site.city.legs_of(leg.personal.number if leg.personal else "")[0]
    parties = {"caller": talk.caller.tone_hz, "agent": talk.agent.tone_hz, "unit": unit.tone_hz}
    assert kept.heard_parties(parties) == set(parties)
    assert (site.stand.pbx.recordings / "legs" / f"{leg.leg}.wav").is_file()


async def test_the_caller_hears_no_gap_while_being_joined(site: Site) -> None:
    """Once in three calls at least: a gap of ours would be in each, a busy machine's is not."""
    silences: list[tuple[int, int]] = []
    while len(silences) < 3 and not any(heard <= allowed for heard, allowed in silences):
        unit = take_unit()
        site.city.unit(unit.duty, ACCEPTS)
        talk = await site.talk()
        before = await plain_talk(talk.caller)
        began = unix_ms()
        await talk.opens(unit)
        await talk.joined(unit)
        await all_hear(talk.caller, talk.agent, site.city.legs_of(unit.duty)[0])
        ended = unix_ms()
        after = await plain_talk(talk.caller)
        heard = talk.caller.longest_silence_ms(began, ended)
        silences.append((heard, allowed_ms(talk.caller, before, after)))
    assert any(heard <= allowed for heard, allowed in silences), silences


async def test_the_agent_leaves_while_the_unit_rings(site: Site) -> None:
    """The caller is first in the queue with the case, and the unit joins whoever took him."""
    unit = take_unit()
    site.city.unit(unit.duty, Behaviour.no_answer())
    talk = await site.talk()
    await talk.opens(unit)
    leg = await site.city.leg(unit.duty)
    await talk.in_room()
    await talk.agent.hang_up()
    await talk.recorded(e.RequesterQueued)
    assert talk.outcomes() == [("ringing", "agent", "requester_first_in_queue")]
    second = await talk.taken_again()
    await all_hear(talk.caller, second)
    assert leg.alive, "the unit's phone rang on"
    await leg.answer()
    await talk.recorded(e.LegWasAnswered)
    await leg.press("1")
    await talk.recorded(e.LegJoined)
    await all_hear(talk.caller, second, leg)
    assert "AGENT_LOST" not in talk.alarms()


async def test_the_agent_leaves_when_joined(site: Site) -> None:
    """Caller and unit go on, and are still recorded."""
    talk, leg = await three_talk(site)
    await talk.agent.hang_up()
    await talk.recorded(e.PartyLeft)
    assert talk.outcomes() == [("joined", "agent", "others_talk_on")]
    since = talk.caller.hearing().ended_at
    await talk.caller.records_until(since + 1_000)
    await all_hear(talk.caller, leg)
    await talk.caller.hang_up()
    await told_and_released(leg)
    path = site.stand.pbx.recordings / "calls" / f"{talk.call.id}.wav"
    kept = Hearing.of(path, talk.caller.answered_at or 0)
    assert any(ended > since for _, ended in kept.intervals(leg.tone_hz))
    assert any(ended > since for _, ended in kept.intervals(talk.caller.tone_hz))


async def test_nobody_answers_and_the_next_rung_takes_it(wide_stand: Stand, tmp_path: Path) -> None:
    unit = take_unit("f")
    handler = unit.number(Rung.HANDLER)
    wide_stand.city.unit(unit.duty, Behaviour.no_answer())
    wide_stand.city.unit(unit.number(Rung.LIAISON), Behaviour.busy())
    wide_stand.city.unit(handler, ACCEPTS)
    rules = site_rules(ladder_a_ms=(0, 2_500, 60_000, 120_000, 180_000), ring_ms=2_000)
    async with Site(wide_stand, tmp_path, rules) as site:
        talk = await site.talk()
        await talk.opens(unit)
        await talk.recorded(e.LegJoined)
        (leg,) = site.city.legs_of(handler)
        await all_hear(talk.caller, talk.agent, leg)
        (taken,) = talk.all(e.AssignmentAcknowledged)
        assert taken.contact == f"{unit.id}:2:1"
        ended = {x.outcome for x in talk.all(e.LegLeft)}
        assert ended == {"busy", "no_answer"}
        assert [x.code for x in talk.all(e.MarkFired)] == ["A0", "A1"]
    await calm(wide_stand)


async def test_a_unit_lost_within_15_s_is_rung_again(site: Site) -> None:
    talk, leg = await three_talk(site)
    await leg.hang_up()
    again = await site.city.leg(leg.party, 1)
    await talk.recorded(e.LegJoined, 1)
    await all_hear(talk.caller, talk.agent, again)
    assert talk.outcomes() == [("joined", "unit", "unit_lost")]
    assert [x.about for x in talk.all(e.LegPlaced)] == ["A0", "RERING"]


async def test_key_2_asks_for_a_return_slip_and_the_next_rung_is_rung_at_once(site: Site) -> None:
    unit = take_unit("f")
    site.city.unit(unit.duty, Behaviour.presses("2", after_s=0.4))
    site.city.unit(unit.number(Rung.LIAISON), Behaviour.no_answer())
    site.city.unit(unit.number(Rung.HANDLER), ACCEPTS)
    talk = await site.talk()
    await talk.opens(unit)
    await talk.recorded(e.ReturnRequested)
    assert "RETURN_REQUESTED" in talk.alarms()
    await talk.recorded(e.LegJoined)
    handler = site.city.legs_of(unit.number(Rung.HANDLER))[0]
    await all_hear(talk.caller, talk.agent, handler)
    assert len(site.city.legs_of(unit.duty)) == 1
    assert talk.state.assignments[talk.assignment()].acknowledged_by == f"{unit.id}:2:1"


async def test_a_switchboard_is_joined_on_answer_and_accepts_by_word(site: Site) -> None:
    unit = take_unit("v")
    site.city.unit(unit.duty, Behaviour.answers(0.5))
    talk = await site.talk()
    await talk.opens(unit)
    leg = await talk.joined(unit)
    await all_hear(talk.caller, talk.agent, leg)
    assert talk.all(e.AssignmentAcknowledged) == []
    await site.does("acknowledge_spoken", case=talk.case, assignment=talk.assignment())
    (taken,) = talk.all(e.AssignmentAcknowledged)
    assert (taken.channel, taken.contact) == ("spoken", f"{unit.id}:duty")


async def test_a_caller_left_alone_is_first_in_the_queue(site: Site) -> None:
    """Ahead of one who has waited all the time."""
    talk, leg = await three_talk(site)
    others = [a.id for a in site.city.settings.agents if a.id != talk.agent.party]
    await pause(site.stand, *others)
    try:
        waiting = await site.city.call("19900019999")
        await waiting.answered()
        await site.until(lambda: site.live_call("19900019999"), "the second caller waits")
        site.city.unit(leg.party, Behaviour.no_answer())
        await talk.agent.hang_up()
        await talk.recorded(e.PartyLeft, party=Party.AGENT)
        await leg.hang_up()
        first = await talk.taken_again()
        await all_hear(talk.caller, first)
        assert talk.caller.alive
        assert (waiting_call := site.live_call("19900019999"))
        assert waiting_call.state == "queued"
        assert "alone" in [x.reason for x in talk.all(e.RequesterQueued)]
    finally:
        await pause(site.stand, *others, paused=False)
