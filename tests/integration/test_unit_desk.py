"""A unit calls 12345 on real telephones: by its number or PIN to the menu of its case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.settings import QueueSettings
from dispatcher.adapters.speech.waves import RATE, write_wave
from dispatcher.core import events as e
from dispatcher.core.call import LiveCall
from dispatcher.core.ids import CallId, LegId
from dispatcher.core.pins import filed
from dispatcher.core.rules import Rules
from dispatcher.floor.unit_desk import ALARM
from dispatcher.testing.city import Behaviour, CityLeg
from dispatcher.testing.stand import Stand, open_stand
from tests.integration.conftest import shorten_phrases
from tests.integration.site import (
    PHRASE_HZ,
    Site,
    Talk,
    all_hear,
    calm,
    next_caller,
)
from tests.integration.site_rules import UnitPhones, site_rules, take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

PIN, WRONG = "482915", "482916"
LONG = ("welcome", "desk-ask", "desk-pin", "desk-digits", "menu-desk", "intro-desk", "call-back")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk_stand(
    install: Install, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand]:
    """A PBX that plays the welcome, with its city."""
    folder = tmp_path_factory.mktemp("desk")
    shorten_phrases(folder / "pbx" / "sounds", *LONG)
    _long_welcome(folder / "pbx" / "sounds")
    async with open_stand(
        folder, agents=4, install=install, queue=QueueSettings(wrapup_s=0), key_wait_s=3,
        welcome=True,
    ) as running:  # fmt: skip
        yield running


def rules() -> Rules:
    """Every unit has the same PIN: a unit is found by it among those that have the case."""
    base = site_rules()
    pin = filed(PIN, bytes(16), 1000)
    return replace(base, units={k: replace(u, pin=pin) for k, u in base.units.items()})


@pytest_asyncio.fixture(loop_scope="session")
async def site(desk_stand: Stand, tmp_path: Path) -> AsyncIterator[Site]:
    async with Site(desk_stand, tmp_path, rules()) as running:
        yield running
    await calm(desk_stand)


async def opened(site: Site, unit: UnitPhones, *, preferred: bool = True) -> Talk:
    """A case that the unit has not accepted: its telephones ring and nobody answers."""
    talk = await site.talk()
    await talk.opens(unit)
    known = site.desk.floor.known
    if preferred:
        await site.until(lambda: unit.duty in known._told, "the unit's number is told to the PBX")
    return talk


async def over(talk: Talk) -> None:
    """Requester and agent have gone; the case goes on."""
    await talk.caller.hang_up()
    await talk.agent.hang_up()
    await talk.until(lambda: not talk.handover.agent_here, "the agent has gone")


async def calls(site: Site, number: str, keys: Behaviour | None = None) -> CityLeg:
    return await (await site.city.call(number, keys)).answered()


async def called_in(talk: Talk, nth: int = 0) -> e.UnitCalledIn:
    return await talk.recorded(e.UnitCalledIn, nth)


async def listens(leg: CityLeg) -> None:
    """The brief has begun: the unit may press."""
    await leg.hears(PHRASE_HZ)


def tail(talk: Talk) -> str:
    return talk.state.number[-4:]


def answered_by(site: Site, number: str) -> LiveCall | None:
    call = site.live_call(number)
    return call if call is not None and call.state == "talking" else None


# ---------------------------------------------------------------- by number


async def test_with_one_case_the_unit_hears_it_at_once_and_key_1_joins(site: Site) -> None:
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


async def test_nobody_there_it_is_confirmed_by_voice_and_hears_the_details(site: Site) -> None:
    unit = take_unit()
    talk = await opened(site, unit)
    await over(talk)
    leg = await calls(site, unit.duty)
    told = await called_in(talk)
    await leg.press("1")
    await talk.recorded(e.AssignmentAcknowledged, channel="key")
    await leg.left(40)
    assert (await talk.recorded(e.LegLeft, leg=told.leg)).outcome == "released"


@pytest.mark.parametrize("key", ["3", "5", "0", ""])
async def test_without_an_agent_in_the_talk_it_is_queued_with_its_case(
    site: Site, key: str
) -> None:
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


async def test_an_agent_with_the_case_is_joined_by_key_3(site: Site) -> None:
    unit = take_unit()
    talk = await opened(site, unit)
    leg = await calls(site, unit.duty)
    told = await called_in(talk)
    await leg.press("3")
    await talk.recorded(e.LegJoined, leg=told.leg)
    await all_hear(talk.caller, talk.agent, leg)


@pytest.mark.parametrize(("key", "kind"), [("2", e.ReturnRequested), ("4", e.ExtensionRequested)])
async def test_what_is_noted_is_confirmed_by_voice(
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
    pressed = next(x for x in site.store.lines[talk.case] if isinstance(x.event, e.LegPressed))
    assert (leg.left_at or 0) - pressed.at > 1000, "nothing was said"
    assert (await talk.recorded(e.LegLeft, leg=told.leg)).outcome == "released"


async def test_with_several_cases_the_digits_tell_which(site: Site) -> None:
    unit = take_unit()
    one = await opened(site, unit)
    two = await opened(site, unit)
    leg = await calls(site, unit.duty)
    await _at_desk(site, unit.duty)
    await leg.press(f"{tail(two)}#")
    told = await called_in(two)
    await leg.press("1")
    await two.recorded(e.LegJoined, leg=told.leg)
    await all_hear(two.caller, two.agent, leg)
    assert not one.all(e.UnitCalledIn)


async def test_wrong_digits_twice_lead_to_an_agent(site: Site) -> None:
    unit = take_unit()
    one = await opened(site, unit)
    await opened(site, unit)
    leg = await calls(site, unit.duty)
    await _at_desk(site, unit.duty)
    asked = _phrases(leg)
    await leg.press("9999#")
    await _until(lambda: _phrases(leg) > asked)
    await leg.press("88#")
    call = await site.until(lambda: answered_by(site, unit.duty), "an agent answers the unit")
    assert call.case is None
    assert not one.all(e.UnitCalledIn)
    await all_hear(leg, site.phone_of(str(call.agent)))


async def test_digits_typed_into_the_welcome_count(site: Site) -> None:
    unit = take_unit()
    await opened(site, unit)
    two = await opened(site, unit)
    leg = await calls(site, unit.duty)
    await leg.press(f"{tail(two)}#")
    await called_in(two)


# ---------------------------------------------------------------- by PIN


async def test_from_any_telephone_with_star_pin_and_digits(site: Site) -> None:
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
    assert PIN not in repr(site.store.lines)
    log = (site.stand.pbx.settings.folder / "log" / "messages.log").read_text()
    assert PIN not in log


async def test_a_wrong_pin_three_times_leads_to_an_agent_and_the_leader_sees_it(
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
        await _until(lambda n=before: len(site.desk.floor.unit_desk._wrong.get(number, ())) > n)  # type: ignore[misc]
    call = await site.until(lambda: answered_by(site, number), "an agent answers")
    assert call.case is None
    assert site.service.present.statuses[ALARM][0] == "wrong"
    assert not talk.all(e.UnitCalledIn)


async def test_another_key_begins_the_welcome_anew_and_leads_to_an_agent(site: Site) -> None:
    number = next_caller()
    leg = await calls(site, number)
    await leg.press("7")
    await site.until(lambda: answered_by(site, number), "an agent answers")
    await _until(lambda: _heard_ms(leg) > 2_400)  # the notice of the recording, to its end


# ---------------------------------------------------------------- the service away


async def test_with_the_service_dead_the_unit_goes_straight_to_an_agent(
    desk_stand: Stand, tmp_path: Path
) -> None:
    unit = take_unit()
    site = Site(desk_stand, tmp_path, rules())
    await site.start()
    await opened(site, unit)
    await site.stop()
    since = len(site.city.legs)
    leg = await calls(site, unit.duty)
    agent = await _agent_after(site, since)
    await all_hear(leg, agent)
    waited_ms = (agent.invited_at or 0) - (leg.answered_at or 0)
    assert waited_ms < 8_000
    await calm(desk_stand)


async def test_with_the_service_deaf_the_unit_waits_three_seconds(
    desk_stand: Stand, tmp_path: Path
) -> None:
    """It lives, but hears nothing: after the digits an agent, before other new calls."""
    unit = take_unit()
    site = Site(desk_stand, tmp_path, rules())
    await site.start()
    one = await opened(site, unit)
    since = len(site.city.legs)
    site.telephony._receive = None
    leg = await calls(site, unit.duty)
    await leg.press(f"{tail(one)}#")
    agent = await _agent_after(site, since)
    await all_hear(leg, agent)
    await site.stop()
    await calm(desk_stand)


async def test_a_key_that_the_service_did_not_hear_leads_to_an_agent(
    desk_stand: Stand, tmp_path: Path
) -> None:
    unit = take_unit()
    site = Site(desk_stand, tmp_path, rules())
    await site.start()
    talk = await opened(site, unit)
    await over(talk)
    leg = await calls(site, unit.duty)
    await _listens(site, (await called_in(talk)).leg)
    since = len(site.city.legs)
    await site.stop()
    await leg.press("1")
    agent = await _agent_after(site, since)
    await all_hear(leg, agent)
    again = Site(desk_stand, tmp_path, rules())
    await again.start()
    talk.site = again
    left = await talk.recorded(e.LegLeft, leg=LegId((again.live_call(unit.duty) or _no()).id))
    assert left.outcome == "to_agent"
    await again.stop()
    await calm(desk_stand)


async def test_a_restarted_service_finds_the_unit_in_the_menu(
    desk_stand: Stand, tmp_path: Path
) -> None:
    unit = take_unit()
    site = Site(desk_stand, tmp_path, rules())
    await site.start()
    talk = await opened(site, unit)
    leg = await calls(site, unit.duty)
    told = await called_in(talk)
    await _listens(site, told.leg)
    await site.stop()
    again = Site(desk_stand, tmp_path, rules())
    await again.start()
    talk.site = again
    assert CallId(told.leg) in again.service.hotline.live.calls
    await leg.press("9")
    await leg.press("1")
    await talk.recorded(e.LegJoined, leg=told.leg)
    await all_hear(talk.caller, talk.agent, leg)
    await again.stop()
    await calm(desk_stand)


# ---------------------------------------------------------------- parts


async def _at_desk(site: Site, number: str) -> LiveCall:
    def there() -> LiveCall | None:
        call = site.live_call(number)
        return call if call is not None and call.state == "desk" else None

    return await site.until(there, f"{number} is at the units' desk")


def _phrases(leg: CityLeg) -> int:
    return len(leg.hearing().intervals(PHRASE_HZ, 150))


async def _listens(site: Site, leg: LegId) -> None:
    """The PBX plays the brief: what is committed has been done as well."""

    def briefed() -> bool:
        channel = site.telephony.channels.get(leg)
        return channel is not None and channel.briefed

    await _until(briefed)


def _heard_ms(leg: CityLeg) -> int:
    return sum(end - began for began, end in leg.hearing().intervals(PHRASE_HZ))


async def _until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 (a file grows)
            await asyncio.sleep(0.05)


def _long_welcome(sounds: Path) -> None:
    """Long enough to press a key into it."""
    instants = np.arange(int(2.5 * RATE)) / RATE
    tone = 0.1 * np.sin(2 * np.pi * PHRASE_HZ * instants)
    write_wave(sounds / "phrases" / "welcome.wav", tone)


async def _agent_after(site: Site, since: int) -> CityLeg:
    """The agent's telephone that is rung next, answered."""

    def rung() -> CityLeg | None:
        return next((x for x in site.city.legs[since:] if x.party.startswith("agent")), None)

    await _until(rung)
    leg = rung()
    assert leg is not None
    return await leg.answered()


def _no() -> LiveCall:
    raise AssertionError("the unit's call is not known")
