"""The shift leader on a live call, real Asterisk: tones tell who hears whom, the ledger who did."""

import pytest

from dispatcher.core import events as e
from dispatcher.testing.city import Behaviour, CityLeg
from dispatcher.testing.city.leg import unix_ms
from tests.integration.silence import allowed_ms, plain_talk
from tests.integration.site import Site, Talk, all_hear
from tests.integration.site_rules import take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEAT = "agent24"


async def three(site: Site) -> tuple[Talk, CityLeg]:
    """Caller, agent and unit in a room; the leader's seat takes no calls."""
    await site.does("seat_pause", "leader", seat=SEAT, reason="leader")
    unit = take_unit()
    site.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    talk = await site.talk()
    await talk.opens(unit)
    leg = await talk.joined(unit)
    await all_hear(talk.caller, talk.agent, leg)
    return talk, leg


async def leader(site: Site, command: str, talk: Talk) -> CityLeg:
    since = len(site.city.legs_of(SEAT))
    await site.does(command, "leader", call=talk.call.id, seat=SEAT)
    return await (await site.city.leg(SEAT, since)).answered()


def nobody_hears(ear: CityLeg, *others: CityLeg) -> None:
    for leg in others:
        assert not leg.hearing().intervals(ear.tone_hz, 150), f"{leg} heard the leader"


async def test_the_leader_hears_all_three_and_nobody_hears_the_leader(site: Site) -> None:
    talk, unit = await three(site)
    ear = await leader(site, "listen", talk)
    await ear.hears(talk.caller.tone_hz, talk.agent.tone_hz, unit.tone_hz)
    began = await talk.recorded(e.OversightBegan, mode="listen", seat=SEAT)
    assert began.call == talk.call.id
    nobody_hears(ear, talk.caller, talk.agent, unit)
    await site.does("stop_listening", "leader", seat=SEAT)
    await ear.left()
    await talk.recorded(e.OversightEnded, mode="listen", seat=SEAT)
    await all_hear(talk.caller, talk.agent, unit)


async def test_a_whisper_in_the_room_reaches_the_agent_alone_then_all_hear_the_barge(
    site: Site,
) -> None:
    talk, unit = await three(site)
    ear = await leader(site, "whisper", talk)
    await talk.agent.hears(ear.tone_hz, talk.caller.tone_hz, unit.tone_hz)
    nobody_hears(ear, talk.caller, unit)
    await site.does("barge", "leader", call=talk.call.id, seat=SEAT)
    await all_hear(ear, talk.caller, talk.agent, unit)
    await ear.hang_up()
    await talk.recorded(e.OversightEnded, mode="barge", seat=SEAT)
    await all_hear(talk.caller, talk.agent, unit)


async def test_the_leader_takes_the_call_over_while_the_unit_stays(site: Site) -> None:
    talk, unit = await three(site)
    before = talk.agent
    earlier = await plain_talk(talk.caller)
    began = unix_ms()
    taking = await leader(site, "take_over_call", talk)
    await before.left()
    await talk.recorded(e.AgentTookCall, agent=SEAT)
    note = await talk.recorded(e.CallTakenOver, seat=SEAT)
    assert note.before == before.party
    await all_hear(talk.caller, taking, unit)
    ended = unix_ms()
    later = await plain_talk(talk.caller)
    silence = talk.caller.longest_silence_ms(began, ended)
    assert silence <= allowed_ms(talk.caller, earlier, later, barely_ms=100)
    assert not talk.all(e.RequesterQueued)
    # The caller is not lost with the leader either: he talks on with the unit.
    await taking.hang_up()
    await all_hear(talk.caller, unit)


async def test_the_leader_takes_over_with_the_line_that_listened(site: Site) -> None:
    await site.does("seat_pause", "leader", seat=SEAT, reason="leader")
    talk = await site.talk()
    ear = await leader(site, "listen", talk)
    await ear.hears(talk.caller.tone_hz, talk.agent.tone_hz)
    await site.until(
        lambda: any(x.answered for x in site.desk.floor.oversight.ears.values()), "it listens"
    )
    await site.does("take_over_call", "leader", call=talk.call.id, seat=SEAT)
    await talk.agent.left()
    await all_hear(talk.caller, ear)
    assert talk.call.agent == SEAT


async def test_every_conversation_shows_its_parties(site: Site) -> None:
    from ws_console.gateway.live import conversations

    talk, _ = await three(site)
    ear = await leader(site, "listen", talk)
    await ear.hears(talk.caller.tone_hz)
    await site.until(lambda: site.desk.floor.oversight.listeners(talk.call.id), "it listens")
    _, frames = site.desk.snapshot()
    (found,) = [x for x in conversations(frames, "supervisor") if x["call"] == talk.call.id]
    assert [x["party"] for x in found["parties"]] == ["requester", "agent", "unit", "supervisor"]
    assert all(x["since"] for x in found["parties"])
