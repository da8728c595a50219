"""Callers who misbehave on the wire, played by SIPp: the call goes on, or ends for all in order.

All plays run at the same time on one PBX, six at once; each is awaited by its own test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest
import pytest_asyncio

from dispatcher.core import events as e
from dispatcher.core.ids import Party
from dispatcher.testing.city import Behaviour, CityLeg
from dispatcher.testing.city.leg import unix_ms
from tests.integration.outside import Outside, SippLeg, nothing_left, undisturbed
from tests.integration.plays import Begun, begin
from tests.integration.site import Talk, all_hear
from tests.integration.site_rules import take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

AT_ONCE = 6
REINVITES = range(2, 6)
TELEPHONE_URI_SINCE = 20
Play = Callable[[Outside], Awaitable[None]]
PLAYS: dict[str, Play] = {}
HOSTILE = {
    "a line break in the number": (
        b"<sip:19900017701%0d%0aEvent%3a%20Shutdown%0d%0a%0d%0a@127.0.0.1>",
        "19900017701",
    ),
    "a header in the number": (
        b"<sip:19900017702%0d%0aUniqueid%3a%20x@127.0.0.1>",
        "19900017702",
    ),
    "quotes and expressions": (
        b'"\\"; ${SHELL(id)} $[1/0] ${EVAL(x)} \\\\" <sip:19900017703@127.0.0.1>',
        "19900017703",
    ),
    "a name of 2 kB": (b'"' + b"A" * 2048 + b'" <sip:19900017704@127.0.0.1>', "19900017704"),
    "bytes that are no UTF-8": (b'"\xff\xfe\xe4" <sip:19900017705@127.0.0.1>', "19900017705"),
    "an address in the name": (
        b'"<sip:110@127.0.0.1>, 119@" <sip:19900017706@127.0.0.1>',
        "19900017706",
    ),
}


def play(function: Play) -> Play:
    PLAYS[function.__name__] = function
    return function


async def three(outside: Outside, talk: Talk) -> CityLeg:
    """A case is opened and its unit is joined; it hears the agent, and he hears it."""
    unit = take_unit()
    outside.site.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    await talk.opens(unit)
    leg = await talk.joined(unit)
    await all_hear(talk.agent, leg)
    return leg


async def everybody_hears(outside: Outside, talk: Talk) -> None:
    """A case's three parties hear each other, and all leave in order."""
    leg = await three(outside, talk)
    await all_hear(talk.caller, talk.agent, leg)
    await outside.over(talk, leg)


@play
async def a_caller_without_any_sound(outside: Outside) -> None:
    talk = await outside.talk(sound=False)
    leg = await three(outside, talk)
    await talk.caller.hang_up()
    left = await talk.recorded(e.PartyLeft)
    # The queue may have left a 26 on the caller's channel, and a BYE without a Reason a 0.
    assert (left.party, left.q850 in (0, 16, 26)) == (Party.REQUESTER, True)
    await all_hear(talk.agent, leg)
    await outside.over(talk, leg)


@play
async def the_acknowledgement_of_our_answer_comes_late(outside: Outside) -> None:
    await everybody_hears(outside, await outside.talk("caller_acks_late"))


@play
async def the_acknowledgement_never_comes(outside: Outside) -> None:
    """After 64 × T1 the PBX gives the caller up (RFC 3261 13.3.1.4); agent and unit talk on."""
    talk = await outside.talk("caller_never_acks")
    leg = await three(outside, talk)
    await all_hear(talk.caller, talk.agent, leg)
    await talk.recorded(e.PartyLeft, party=Party.REQUESTER)
    await all_hear(talk.agent, leg)
    await leg_of(talk).over()
    await outside.over(talk, leg)


@play
async def the_invitation_comes_twice(outside: Outside) -> None:
    talk = await outside.talk("caller_repeats_invite")
    calls = outside.site.service.hotline.live.calls.values()
    assert len([call for call in calls if call.number == talk.caller.party]) == 1
    await everybody_hears(outside, talk)


@play
async def he_leaves_in_the_same_breath(outside: Outside) -> None:
    await gone(outside, outside.caller("caller_leaves_at_once"))


@play
async def he_gives_up_before_our_answer(outside: Outside) -> None:
    """CANCEL straight behind the INVITE."""
    await gone(outside, outside.caller("caller_cancels_at_once"))


@play
async def he_leaves_as_the_agent_answers(outside: Outside) -> None:
    caller = outside.caller("caller_talks")
    talk = await outside.answered(caller, heard=False)
    caller.go()
    await gone(outside, caller)
    await talk.agent.left(30)


@play
async def he_hangs_up_as_we_do(outside: Outside) -> None:
    """Both BYEs cross, and ours is answered late: he has left once."""
    talk = await outside.talk("caller_bye_crosses")
    leg = await three(outside, talk)
    await outside.site.does("end_conversation", talk.agent.party, case=talk.case)
    await leg_of(talk).over()
    await outside.over(talk, leg)
    assert len(talk.all(e.PartyLeft, party=Party.REQUESTER)) == 1


@play
async def hold_and_other_codecs_in_the_room(outside: Outside) -> None:
    """Agent and unit are not disturbed by it, and in the end he is in the talk as before."""
    talk = await outside.talk("caller_reinvites")
    leg = await three(outside, talk)
    await all_hear(talk.caller, talk.agent, leg)
    caller = leg_of(talk)
    for number in REINVITES:
        caller.go()
        await caller.said(f"CSeq: {number} ACK")
        since = unix_ms()
        await all_hear(talk.agent, leg)
        await undisturbed(talk.agent, leg.tone_hz, since)
    caller.go()
    await caller.said("CSeq: 6 ACK")
    await caller.said("CSeq: 7 ACK")
    await all_hear(talk.caller, talk.agent, leg)
    assert talk.all(e.PartyLeft) == []
    await outside.over(talk, leg)


@play
async def somebody_keeps_asking_whether_we_are_there(outside: Outside) -> None:
    """300 OPTIONS in three seconds beside a talk."""
    talk = await outside.talk()
    leg = await three(outside, talk)
    since = unix_ms()
    await outside.caller("options", sound=False, often=300, a_second=100).over()
    await undisturbed(talk.agent, leg.tone_hz, since)
    await all_hear(talk.caller, talk.agent, leg)
    await outside.over(talk, leg)


@play
async def nobody_knows_who_calls(outside: Outside) -> None:
    """No number is shown; a case is opened for him all the same."""
    shown = b'"Anonymous" <sip:anonymous@anonymous.invalid>'
    caller = outside.caller("caller_talks", number="", shown=shown)
    await everybody_hears(outside, await outside.answered(caller, number=""))


async def _hostile(outside: Outside, shown: bytes, number: str) -> None:
    caller = outside.caller("caller_talks", number=number, shown=shown)
    await everybody_hears(outside, await outside.answered(caller, number=number))
    assert outside.site.link == "up"


for _name, (_shown, _number) in HOSTILE.items():
    PLAYS[_name] = partial(_hostile, shown=_shown, number=_number)


# ---------------------------------------------------------------- what is awaited


def leg_of(talk: Talk) -> SippLeg:
    """The caller's leg as the one that SIPp plays."""
    assert isinstance(talk.caller, SippLeg)
    return talk.caller


async def gone(outside: Outside, caller: SippLeg) -> None:
    """His call is over, here as well."""
    await caller.over()
    await outside.site.until(
        lambda: outside.site.live_call(caller.party) is None, f"the call of {caller} is over"
    )


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
async def test_a_caller(name: str, played: Begun) -> None:
    await played[name]


async def test_a_caller_with_a_telephone_uri(outside: Outside) -> None:
    """Asterisk 22 takes the call, 16 knows no such URI and says so (RFC 3261 21.4.14)."""
    caller = outside.caller("caller_talks", "8619900017707", b"<tel:+8619900017707>")
    if outside.site.stand.pbx.install.major >= TELEPHONE_URI_SINCE:
        await outside.over(await outside.answered(caller))
    else:
        await caller.said("SIP/2.0 416")


async def test_a_caller_whose_header_cannot_be_read_is_nobody(outside: Outside) -> None:
    """What is no SIP is not answered, and harms nobody."""
    outside.caller("caller_talks", shown=b"<sip:${SHELL(id)}@127.0.0.1>", sound=False)
    outside.caller("caller_talks", shown=b'"\\\r\n Event: Shutdown" <sip:1@127.0.0.1>', sound=False)
    talk = await outside.talk()
    await outside.over(talk)
    assert outside.site.link == "up"


async def test_no_channel_is_left(played: Begun, outside: Outside) -> None:
    await played.over()
    if played.anew:
        await outside.forget()
    await nothing_left(outside.site.stand)
    numbers = [
        call for call in outside.site.service.hotline.live.calls.values() if not call.ended_at
    ]
    assert numbers == []
