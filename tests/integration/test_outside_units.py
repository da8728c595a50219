"""Units' phones that misbehave on the wire, played by SIPp: caller and agent talk on undisturbed,
the ledger says what became of the leg, and the hunt goes on.

All plays run at the same time on one PBX, six at once; each is awaited by its own test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest
import pytest_asyncio

from dispatcher.core import events as e
from dispatcher.testing.city import Behaviour
from dispatcher.testing.city.leg import unix_ms
from dispatcher.testing.relay.message import Sip
from tests.integration.outside import Outside, SippLeg, nothing_left, undisturbed
from tests.integration.plays import Begun, begin
from tests.integration.site import Talk, all_hear
from tests.integration.site_rules import UnitPhones, take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

AT_ONCE = 6
REINVITES = range(2, 6)
TOLD_SINCE = 17
"""The first Asterisk of ours that tells the SIP status of a call that failed; 16 does not."""
ACCEPTS = Behaviour.presses("1", after_s=0.4)
ABROAD = "0013105550100"
Play = Callable[[Outside], Awaitable[None]]
PLAYS: dict[str, Play] = {}
REFUSED = {
    480: ("no_answer", 19),
    486: ("busy", 17),
    600: ("busy", 17),
    603: ("rejected", 21),
    404: ("no_such_number", 1),
    484: ("no_such_number", 28),
    503: ("unreachable", 34),
}
"""SIP status → the leg's outcome, and the Q.850 cause that Asterisk gives it."""
FORWARDED = {
    "to a number": ABROAD,
    "to the hotline itself": "12345",
    "past the dialplan": f"PJSIP/{ABROAD}%40trunk",
    "into the dialplan": f"Local/{ABROAD}%40feature-dial",
}


def play(function: Play) -> Play:
    PLAYS[function.__name__] = function
    return function


# ---------------------------------------------------------------- into a case


async def rung(
    outside: Outside, kind: str, scenario: str, *, sound: bool = True, **more: str
) -> tuple[Talk, SippLeg]:
    """A case is opened; its unit's phone, which is SIPp's, has got the call."""
    unit = take_unit(kind)
    phone = outside.unit(unit.duty, scenario, sound=sound, **more)
    outside.site.city.unit(unit.duty, Behaviour.no_answer())
    outside.site.city.unit(unit.second, ACCEPTS)
    talk = await outside.site.talk()
    await talk.opens(unit)
    await talk.in_room()
    await outside.rung(phone)
    return talk, phone


async def joined(outside: Outside, scenario: str, *, sound: bool = True) -> tuple[Talk, SippLeg]:
    """A switchboard's phone has answered and is in the room."""
    talk, phone = await rung(outside, "v", scenario, sound=sound)
    await talk.recorded(e.LegRang)
    phone.go()
    await talk.recorded(e.LegJoined)
    return talk, phone


async def next_number_takes_it(outside: Outside, talk: Talk, phone: SippLeg) -> e.LegLeft:
    """The first number has failed, the second accepts: all three hear each other."""
    since = unix_ms()
    await phone.over()
    left = await talk.recorded(e.LegLeft)
    await talk.recorded(e.LegJoined)
    second = UnitPhones(talk.state.assignments[talk.assignment()].unit).second
    leg = await outside.site.city.leg(second)
    await all_hear(talk.caller, talk.agent, leg)
    await undisturbed(talk.agent, talk.caller.tone_hz, since)
    await undisturbed(talk.caller, talk.agent.tone_hz, since)
    assert len(talk.all(e.LegPlaced)) == 2
    assert len(talk.all(e.AssignmentAcknowledged)) == 1
    await outside.over(talk, leg)
    return left


def sip_told(outside: Outside, status: int) -> int:
    return status if outside.site.stand.pbx.install.major >= TOLD_SINCE else 0


# ---------------------------------------------------------------- not reached


async def _refused(outside: Outside, status: int, scenario: str) -> None:
    talk, phone = await rung(outside, "n", scenario, code=str(status), phrase="No")
    if scenario == "unit_refuses":
        await talk.recorded(e.LegRang)
        phone.go()
    left = await next_number_takes_it(outside, talk, phone)
    expected = (*REFUSED[status], sip_told(outside, status))
    assert (left.outcome, left.q850, left.sip) == expected


for _status in REFUSED:
    PLAYS[f"{_status} after ringing"] = partial(_refused, status=_status, scenario="unit_refuses")
for _status in (486, 503):
    PLAYS[f"{_status} at once"] = partial(_refused, status=_status, scenario="unit_refuses_at_once")


async def _forwarded(outside: Outside, forward: str) -> None:
    """Nobody is called in its place: neither abroad, nor the hotline by itself."""
    site = outside.site
    for number in (ABROAD, "12345"):
        site.city.unit(number, Behaviour.answers(3))
    talk, phone = await rung(outside, "n", "unit_redirects", forward=forward)
    await talk.recorded(e.LegRang)
    phone.go()
    left = await next_number_takes_it(outside, talk, phone)
    assert left.outcome in ("unreachable", "no_answer")
    assert [leg for leg in site.city.legs_of(ABROAD) if leg.answered_at or leg.alive] == []
    assert "12345" not in {call.number for call in site.service.hotline.live.calls.values()}


for _name, _forward in FORWARDED.items():
    PLAYS[f"forwards {_name}"] = partial(_forwarded, forward=_forward)


async def _early_media(outside: Outside, scenario: str) -> None:
    talk, phone = await rung(outside, "n", scenario)
    await talk.recorded(e.LegRang)
    await talk.recorded(e.AssignmentDelivered)
    await phone.said("183 Session Progress")
    phone.go()
    left = await next_number_takes_it(outside, talk, phone)
    assert (left.outcome, left.q850) == ("busy", 17)
    assert len(talk.all(e.LegRang, leg=left.leg)) == 1


for _scenario in ("unit_early_media", "unit_rings_with_early_media"):
    PLAYS[_scenario] = partial(_early_media, scenario=_scenario)


@play
async def it_answers_and_leaves_in_the_same_breath(outside: Outside) -> None:
    talk, phone = await rung(outside, "n", "unit_leaves_at_once")
    await talk.recorded(e.LegRang)
    phone.go()
    left = await next_number_takes_it(outside, talk, phone)
    assert left.outcome == "hung_up"


@play
async def we_give_it_up_as_it_answers(outside: Outside) -> None:
    """Its 200 crosses our CANCEL: it is hung up, and nobody is joined."""
    talk, phone = await rung(outside, "s", "unit_answers_into_cancel")
    await talk.recorded(e.LegRang)
    since = unix_ms()
    await outside.site.does(
        "withdraw", talk.agent.party, case=talk.case, assignment=talk.assignment(), reason="误派"
    )
    await phone.over()
    left = await talk.recorded(e.LegLeft)
    assert left.outcome == "released"
    assert not talk.all(e.LegJoined)
    assert not talk.all(e.AssignmentAcknowledged)
    await all_hear(talk.caller, talk.agent)
    await undisturbed(talk.agent, talk.caller.tone_hz, since)
    await outside.over(talk)


# ---------------------------------------------------------------- in the room


@play
async def it_has_no_sound(outside: Outside) -> None:
    talk, phone = await joined(outside, "unit_answers", sound=False)
    since = unix_ms()
    await all_hear(talk.caller, talk.agent)
    await phone.hang_up()
    left = await talk.recorded(e.LegLeft)
    assert (left.outcome, left.q850) == ("hung_up", 16)
    await undisturbed(talk.agent, talk.caller.tone_hz, since)
    await outside.over(talk)


@play
async def our_acknowledgements_are_lost(outside: Outside) -> None:
    """It answers three times before our ACK arrives; key 1 counts once, and one leg is joined."""
    swallowed: list[Sip] = []

    def swallows(sip: Sip, to_pbx: bool) -> bool:
        mine = sip.call_id == phone.call_id and sip.method == "ACK" and not to_pbx
        if mine and len(swallowed) < 2:
            swallowed.append(sip)
            return True
        return False

    talk, phone = await rung(outside, "s", "unit_answers")
    await talk.recorded(e.LegRang)
    outside.relay.swallows = swallows
    phone.go()
    await talk.recorded(e.LegWasAnswered)
    await phone.said("ACK sip:")
    await phone.press("1")
    await talk.recorded(e.LegJoined)
    await all_hear(talk.caller, talk.agent, phone)
    assert len(swallowed) == 2
    assert len(talk.all(e.LegPlaced)) == len(talk.all(e.LegWasAnswered)) == 1
    assert len(talk.all(e.AssignmentAcknowledged)) == len(talk.all(e.LegPressed)) == 1
    await outside.over(talk, phone)


@play
async def it_hangs_up_as_we_do(outside: Outside) -> None:
    """Both BYEs cross, and ours is answered late: it has left once."""
    talk, phone = await joined(outside, "unit_bye_crosses")
    await all_hear(talk.caller, talk.agent, phone)
    await outside.site.does(
        "withdraw", talk.agent.party, case=talk.case, assignment=talk.assignment(), reason="误派"
    )
    await phone.over()
    left = await talk.recorded(e.LegLeft)
    assert left.outcome == "released"
    assert len(talk.all(e.LegLeft)) == 1
    await all_hear(talk.caller, talk.agent)
    await outside.over(talk)


@play
async def hold_and_other_codecs_in_the_room(outside: Outside) -> None:
    talk, phone = await joined(outside, "unit_reinvites")
    await all_hear(talk.caller, talk.agent, phone)
    for number in REINVITES:
        since = unix_ms()
        phone.go()
        await phone.said(f"CSeq: {number} ACK")
        await all_hear(talk.caller, talk.agent)
        await undisturbed(talk.agent, talk.caller.tone_hz, since)
    phone.go()
    await phone.said("CSeq: 6 ACK")
    await phone.said("CSeq: 7 ACK")
    await all_hear(talk.caller, talk.agent, phone)
    assert talk.all(e.LegLeft) == []
    await outside.over(talk, phone)


# ---------------------------------------------------------------- all at once


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(outside: Outside, request: pytest.FixtureRequest) -> AsyncIterator[Begun]:
    """The selected plays, all begun, six at work at once."""
    room = asyncio.Semaphore(AT_ONCE)

    async def played_in_turn(play: Play) -> None:
        async with room:
            await play(outside)

    plays = {name: partial(played_in_turn, play) for name, play in PLAYS.items()}
    async with begin(request, plays) as begun:
        yield begun


@pytest.mark.parametrize("name", PLAYS)
async def test_a_unit(name: str, played: Begun) -> None:
    await played[name]


async def test_no_channel_is_left(played: Begun, outside: Outside) -> None:
    await played.over()
    if played.anew:
        await outside.forget()
    await nothing_left(outside.site.stand)
