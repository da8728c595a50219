"""A unit calls 12345 on real telephones: by its number or PIN to the menu of its case.

All plays run on one PBX, six at once; each is awaited by its own test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.settings import QueueSettings
from dispatcher.adapters.speech.waves import RATE, write_wave
from dispatcher.core import events as e
from dispatcher.floor.unit_desk import ALARM
from dispatcher.testing.city import CityLeg
from dispatcher.testing.stand import Stand, open_stand
from tests.integration.conftest import shorten_phrases
from tests.integration.plays import Begun, begin
from tests.integration.site import PHRASE_HZ, Site, all_hear, calm, next_caller
from tests.integration.site_rules import take_unit
from tests.integration.unit_calls import (
    PIN,
    WRONG,
    answered_by,
    at_desk,
    called_in,
    calls,
    opened,
    over,
    rules,
    tail,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

AT_ONCE = 6
NO_MATCH_HZ, NOTED_HZ = 1500.0, 1600.0
"""What "nothing was found" and "noted" sound like here."""
Play = Callable[[Site], Awaitable[None]]
PLAYS: dict[str, Play] = {}


def play(function: Play) -> Play:
    PLAYS[function.__name__] = function
    return function


# ---------------------------------------------------------------- by number


@play
async def with_one_case_the_unit_hears_it_at_once_and_key_1_joins(site: Site) -> None:
    unit = take_unit()
    talk = await opened(site, unit)
    leg = await calls(site, unit.duty)
    told = await called_in(talk)
    assert told.how == "number"
    await leg.press("1")
    await talk.recorded(e.AssignmentAcknowledged, channel="key", leg=told.leg)
    await talk.recorded(e.LegJoined, leg=told.leg)
    await all_hear(talk.caller, talk.agent, leg)
    await leg.hang_up()
    left = await talk.recorded(e.LegLeft, leg=told.leg)
    assert left.outcome == "hung_up"
    assert talk.caller.alive


@play
async def nobody_there_it_is_confirmed_by_voice_and_hears_the_details(site: Site) -> None:
    unit = take_unit()
    talk = await opened(site, unit)
    await over(talk)
    leg = await calls(site, unit.duty)
    told = await called_in(talk)
    await leg.press("1")
    await talk.recorded(e.AssignmentAcknowledged, channel="key")
    await leg.left(40)
    assert (await talk.recorded(e.LegLeft, leg=told.leg)).outcome == "released"


async def without_an_agent_in_the_talk_it_is_queued_with_its_case(site: Site, key: str) -> None:
    unit = take_unit()
    talk = await opened(site, unit)
    await over(talk)
    leg = await calls(site, unit.duty)
    told = await called_in(talk)
    if key:
        await leg.press(key)
    assert (await talk.recorded(e.LegLeft, leg=told.leg)).outcome == "to_agent"
    call = await talk.until(lambda: answered_by(site, unit.duty), "an agent answers the unit")
    assert (call.case, call.unit) == (talk.case, unit.id)
    await all_hear(leg, site.phone_of(str(call.agent)))
    how = "key" if key == "5" else "call"
    await talk.recorded(e.ReportBegun, how=how)


for _key in ("3", "5", "0", ""):
    PLAYS[f"without an agent in the talk it is queued with its case, key '{_key}'"] = partial(
        without_an_agent_in_the_talk_it_is_queued_with_its_case, key=_key
    )


@play
async def an_agent_with_the_case_is_joined_by_key_3(site: Site) -> None:
    unit = take_unit()
    talk = await opened(site, unit)
    leg = await calls(site, unit.duty)
    told = await called_in(talk)
    await leg.press("3")
    await talk.recorded(e.LegJoined, leg=told.leg)
    await all_hear(talk.caller, talk.agent, leg)


async def what_is_noted_is_confirmed_by_voice(
    site: Site, key: str, kind: type[e.ReturnRequested | e.ExtensionRequested]
) -> None:
    unit = take_unit()
    talk = await opened(site, unit)
    leg = await calls(site, unit.duty)
    told = await called_in(talk)
    await leg.press(key)
    noted = await talk.recorded(kind)
    assert noted.leg == told.leg
    await leg.left(20)
    await until(lambda: leg.hearing().intervals(NOTED_HZ, 150))
    assert (await talk.recorded(e.LegLeft, leg=told.leg)).outcome == "released"


PLAYS["a return is confirmed by voice"] = partial(
    what_is_noted_is_confirmed_by_voice, key="2", kind=e.ReturnRequested
)
PLAYS["an extension is confirmed by voice"] = partial(
    what_is_noted_is_confirmed_by_voice, key="4", kind=e.ExtensionRequested
)


@play
async def with_several_cases_the_digits_tell_which(site: Site) -> None:
    unit = take_unit()
    one = await opened(site, unit)
    two = await opened(site, unit)
    leg = await calls(site, unit.duty)
    await at_desk(site, unit.duty)
    await leg.press(f"{tail(two)}#")
    told = await called_in(two)
    await leg.press("1")
    await two.recorded(e.LegJoined, leg=told.leg)
    await all_hear(two.caller, two.agent, leg)
    assert not one.all(e.UnitCalledIn)


@play
async def wrong_digits_twice_lead_to_an_agent(site: Site) -> None:
    unit = take_unit()
    one = await opened(site, unit)
    await opened(site, unit)
    leg = await calls(site, unit.duty)
    await at_desk(site, unit.duty)
    await leg.press("9999#")
    await until(lambda: leg.hearing().intervals(NO_MATCH_HZ, 150))
    await leg.press("88#")
    call = await site.until(lambda: answered_by(site, unit.duty), "an agent answers the unit")
    assert call.case is None
    assert not one.all(e.UnitCalledIn)
    await all_hear(leg, site.phone_of(str(call.agent)))


@play
async def digits_typed_into_the_welcome_count(site: Site) -> None:
    unit = take_unit()
    await opened(site, unit)
    two = await opened(site, unit)
    leg = await calls(site, unit.duty)
    await leg.press(f"{tail(two)}#")
    await called_in(two)


# ---------------------------------------------------------------- by PIN


@play
async def from_any_telephone_with_star_pin_and_digits(site: Site) -> None:
    unit = take_unit()
    talk = await opened(site, unit)
    number = next_caller()
    leg = await calls(site, number)
    await leg.press("*")
    await leg.press(f"{PIN}#")
    await leg.press(f"{tail(talk)}#")
    told = await called_in(talk)
    assert told.how == "pin"
    await leg.press("1")
    await talk.recorded(e.LegJoined, leg=told.leg)
    await all_hear(talk.caller, talk.agent, leg)
    assert PIN not in repr(site.store.lines[talk.case])
    log = (site.stand.pbx.settings.folder / "log" / "messages.log").read_text()
    assert PIN not in log


@play
async def a_wrong_pin_three_times_leads_to_an_agent_and_the_leader_sees_it(
    site: Site,
) -> None:
    unit = take_unit()
    talk = await opened(site, unit)
    number = next_caller()
    leg = await calls(site, number)
    await leg.press("*")
    for _ in range(3):
        tries = site.desk.floor.unit_desk._wrong.get(number, ())
        before = len(tries)
        await leg.press(f"{WRONG}#")
        await leg.press(f"{tail(talk)}#")
        await until(lambda n=before: len(site.desk.floor.unit_desk._wrong.get(number, ())) > n)  # type: ignore[misc]
    call = await site.until(lambda: answered_by(site, number), "an agent answers")
    assert call.case is None
    assert site.service.present.statuses[ALARM][0] == "wrong"
    assert not talk.all(e.UnitCalledIn)


@play
async def another_key_begins_the_welcome_anew_and_leads_to_an_agent(site: Site) -> None:
    number = next_caller()
    leg = await calls(site, number)
    await leg.press("7")
    await site.until(lambda: answered_by(site, number), "an agent answers")
    await until(lambda: _heard_ms(leg) > 2_400)  # the notice of the recording, to its end


# ---------------------------------------------------------------- all at once


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk_stand(
    install: Install, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand]:
    """A PBX that plays the welcome, with its city."""
    folder = tmp_path_factory.mktemp("desk")
    sounds = folder / "pbx" / "sounds"
    shorten_phrases(sounds)
    # Long enough to press a key into it.
    _tone(sounds / "phrases" / "welcome.wav", PHRASE_HZ, 2.5)
    _tone(sounds / "phrases" / "desk-nomatch.wav", NO_MATCH_HZ, 0.3)
    for name in ("return-noted", "extension-noted"):
        _tone(sounds / "phrases" / f"{name}.wav", NOTED_HZ, 0.3)
    async with open_stand(
        folder, agents=24, install=install, queue=QueueSettings(wrapup_s=0), key_wait_s=3,
        welcome=True,
    ) as running:  # fmt: skip
        yield running


def _tone(path: Path, hertz: float, lasts_s: float) -> None:
    instants = np.arange(int(lasts_s * RATE)) / RATE
    write_wave(path, 0.1 * np.sin(2 * np.pi * hertz * instants))


def _heard_ms(leg: CityLeg) -> int:
    return sum(end - began for began, end in leg.hearing().intervals(PHRASE_HZ))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(
    desk_stand: Stand, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Begun]:
    """The selected plays, all begun, six at work at once."""
    room = asyncio.Semaphore(AT_ONCE)

    async def in_turn(site: Site, play: Play) -> None:
        async with room:
            await play(site)

    async with Site(desk_stand, tmp_path_factory.mktemp("site"), rules()) as site:
        plays = {name: partial(in_turn, site, play) for name, play in PLAYS.items()}
        async with begin(request, plays) as begun:
            yield begun
    await calm(desk_stand)


@pytest.mark.parametrize("name", PLAYS)
async def test_a_unit_calls(name: str, played: Begun) -> None:
    await played[name]
