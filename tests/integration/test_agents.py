"""Agents at their seats on real Asterisk: duty, lost callers, units that go first, two at once."""

import asyncio

import pytest

from dispatcher.core import events as e
from dispatcher.core.call import LiveCall
from dispatcher.testing.city import Behaviour
from tests.integration.site import Site, Talk, all_hear, next_caller, pause
from tests.integration.site_rules import take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEATS = tuple(f"agent{n}" for n in range(1, 25))


async def is_in(site: Site, seat: str, state: str, reason: str = "") -> None:
    def holds() -> bool:
        board = site.service.hotline.live.agents.get(seat)  # type: ignore[call-overload]
        return board is not None and (board.state, board.reason) == (state, reason)

    await site.until(holds, f"{seat} is {state}")


async def lost(site: Site) -> str:
    """A caller who gives up in the queue; the id of his call-back."""
    number = next_caller()
    caller = await site.city.call(number)

    def waits() -> LiveCall | None:
        call = site.live_call(number)
        return call if call is not None and call.state == "queued" else None

    await site.until(waits, "the caller waits")
    await caller.hang_up()
    entries = site.desk.floor.callbacks.entries
    entry = await site.until(
        lambda: next((x for x in entries.values() if x.number == number), None), "he is listed"
    )
    assert (entry.kind, entry.times) == ("abandoned", 1)
    return entry.id


async def test_a_seat_pauses_signs_out_and_comes_back(site: Site) -> None:
    await site.does("seat_pause", "agent7", reason="培训")
    await is_in(site, "agent7", "paused", "培训")
    await site.does("seat_resume", "agent7")
    await is_in(site, "agent7", "free")
    await site.does("seat_out", "agent7")
    await is_in(site, "agent7", "offline")
    await site.does("seat_in", "agent7")
    await is_in(site, "agent7", "free")


async def test_a_lost_caller_is_called_back_and_his_matter_opened(site: Site) -> None:
    await pause(site.stand, *SEATS)
    try:
        callback = await lost(site)
    finally:
        await pause(site.stand, *SEATS, paused=False)
    number = site.desk.floor.callbacks.entries[callback].number
    site.city.unit(number, Behaviour.answers())
    earlier = len(site.city.legs_of("agent5"))
    await site.does("call_back", "agent5", callback=callback)
    agent = await (await site.city.leg("agent5", earlier)).answered()
    requester = await (await site.city.leg(number, 1)).answered()
    assert requester.shown == "12345"
    await all_hear(requester, agent)
    call = await site.until(lambda: site.live_call(number), "the call is on the board")
    assert call.agent == "agent5"
    unit = take_unit()
    site.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    talk = Talk(site, requester, agent, call)
    await talk.opens(unit)
    leg = await talk.joined(unit)
    await all_hear(requester, agent, leg)
    assert callback not in site.desk.floor.callbacks.entries


async def test_a_unit_with_a_case_in_hand_is_answered_before_others(site: Site) -> None:
    unit = take_unit()
    talk = await site.talk()
    await talk.opens(unit)
    floor = site.desk.floor.known
    await site.until(lambda: unit.duty in floor.wanted(), "the unit is preferred")
    await asyncio.wait_for(_told(site), 20)
    others = [seat for seat in SEATS if seat != talk.agent.party]
    await pause(site.stand, *others)
    try:
        plain = next_caller()
        for number in (plain, unit.duty):
            await site.city.call(number)
            await site.until(lambda n=number: _waits(site, n), f"{number} waits")  # type: ignore[misc]
        await pause(site.stand, others[0], paused=False)
        first = await site.until(
            lambda: next((c for c in _calls(site) if c.agent == others[0] and c.answered_at), None),
            "one of them is answered",
        )
        assert first.number == unit.duty
    finally:
        await pause(site.stand, *others, paused=False)


def _waits(site: Site, number: str) -> bool:
    """In the queue; a unit with a case has come through its menu by then."""
    call = site.live_call(number)
    return call is not None and call.state == "queued"


async def _told(site: Site) -> None:
    while site.desk.floor.known._sync is not None:
        await asyncio.shield(site.desk.floor.known._sync)


def _calls(site: Site) -> list[LiveCall]:
    return [c for c in site.service.hotline.live.calls.values() if not c.ended_at]


async def test_two_calls_at_once_never_cross(site: Site) -> None:
    units = [take_unit(), take_unit()]
    for unit in units:
        site.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    talks = await asyncio.gather(site.talk(), site.talk())
    await asyncio.gather(*(t.opens(u) for t, u in zip(talks, units, strict=True)))
    legs = [await t.joined(u) for t, u in zip(talks, units, strict=True)]
    groups = [(t.caller, t.agent, leg) for t, leg in zip(talks, legs, strict=True)]
    await asyncio.gather(*(all_hear(*group) for group in groups))
    for group, other in (groups, groups[::-1]):
        for leg in group:
            foreign = {x.tone_hz for x in other} - {x.tone_hz for x in group}
            assert not leg.hearing_now(foreign)


async def test_the_callers_number_reaches_no_unit_by_any_header(site: Site) -> None:
    unit = take_unit()
    site.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    number = next_caller()
    talk = await site.talk(number)
    await talk.opens(unit)
    leg = await talk.joined(unit)
    await all_hear(talk.caller, talk.agent, leg)
    assert leg.shown == "12345"
    told = [x for x in site.city.ami.history if x.get("Uniqueid") == leg.id]
    assert told
    assert not [x for x in told if any(number in text for text in x.values())]
    for name in ("P-Asserted-Identity", "Remote-Party-ID", "From", "Contact", "Diversion"):
        header = await site.city.ami.get_variable(leg.channel, f"PJSIP_HEADER(read,{name})")
        assert number not in header
    assert [x.mode for x in talk.all(e.LegPlaced)]
