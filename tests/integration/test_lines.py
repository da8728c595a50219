"""One key to an emergency line on real Asterisk: who hears whom, and for how long nobody."""

from __future__ import annotations

import asyncio

import pytest

from dispatcher.core import events as e
from dispatcher.core.ids import CaseId
from dispatcher.testing.city import Behaviour, CityLeg
from dispatcher.testing.city.leg import unix_ms
from tests.integration.silence import allowed_ms, plain_talk
from tests.integration.site import DEADLINE_S, Site, Talk, all_hear
from tests.integration.site_rules import take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def pressed(site: Site, line: str, behaviour: Behaviour) -> tuple[Talk, CityLeg]:
    """A talk in which a line's key has been pressed, and the line's leg."""
    site.city.unit(line, behaviour)
    talk = await site.talk()
    nth = len(site.city.legs_of(line))
    data = await site.does("call_line", talk.agent.party, line=line, call=talk.call.id)
    talk.case = CaseId(data["case"])
    return talk, await site.city.leg(line, nth, DEADLINE_S)


async def linked(talk: Talk, nth: int = 0) -> None:
    await talk.recorded(e.LineLinked, nth)


async def test_all_three_hear_each_other_and_nobody_was_left_in_silence(site: Site) -> None:
    began = unix_ms()
    talk, line = await pressed(site, "119", Behaviour.answers(1.5))
    await linked(talk)
    await all_hear(talk.caller, talk.agent, line)
    assert line.shown == "12345"
    ended = unix_ms()
    plain = await plain_talk(talk.caller, talk.agent)
    for leg in (talk.caller, talk.agent):
        assert leg.longest_silence_ms(began + 1_000, ended) <= allowed_ms(leg, plain, barely_ms=60)
    assert (talk.state.category, talk.state.assignments) == ("E2.OTHER", {})
    assert talk.alarms() == set()


async def test_caller_and_agent_talk_on_while_the_line_rings(site: Site) -> None:
    talk, line = await pressed(site, "120", Behaviour.no_answer())
    await talk.in_room()
    await all_hear(talk.caller, talk.agent)
    assert line.alive
    await line.answer()
    await linked(talk)
    await all_hear(talk.caller, talk.agent, line)


async def test_a_busy_line_is_told_at_once_and_redialled_by_a_key(site: Site) -> None:
    talk, _ = await pressed(site, "122", Behaviour.busy())
    await talk.until(lambda: "LINE_122" in talk.alarms(), "the alarm that 122 is engaged")
    site.city.unit("122", Behaviour.answers())
    await site.does("call_line", talk.agent.party, line="122", call=talk.call.id)
    await linked(talk)
    line = site.city.legs_of("122")[-1]
    await all_hear(talk.caller, talk.agent, line)
    assert "LINE_122" not in talk.alarms()


async def test_the_agent_leaves_and_the_line_leaves_and_the_caller_is_first(site: Site) -> None:
    talk, line = await pressed(site, "110", Behaviour.answers())
    await linked(talk)
    await all_hear(talk.caller, talk.agent, line)
    await talk.agent.hang_up()
    await all_hear(talk.caller, line)
    await line.hang_up()
    again = await talk.taken_again()
    await all_hear(talk.caller, again)


async def test_the_caller_leaves_and_the_agent_speaks_to_the_line(site: Site) -> None:
    talk, line = await pressed(site, "119", Behaviour.answers())
    await linked(talk)
    await talk.caller.hang_up()
    await all_hear(talk.agent, line)


async def test_a_unit_and_a_line_in_one_room(site: Site) -> None:
    talk, line = await pressed(site, "119", Behaviour.answers())
    await linked(talk)
    unit = take_unit()
    site.city.unit(unit.duty, Behaviour.presses("1", after_s=0.4))
    await site.does("hand_over_by_route", talk.agent.party, case=talk.case, unit=unit.id)
    leg = await site.city.leg(unit.duty, 0, DEADLINE_S)
    await talk.recorded(e.AssignmentAcknowledged)
    await all_hear(talk.caller, talk.agent, line, leg)


async def test_the_service_dies_after_the_press_and_the_dialplan_brings_all_together(
    site: Site,
) -> None:
    talk, line = await pressed(site, "120", Behaviour.no_answer())
    await talk.in_room()
    case = talk.case
    await site.stop()
    await line.answer()
    await all_hear(talk.caller, talk.agent, line)
    await site.start()
    talk.case = case
    await linked(talk)
    await asyncio.gather(talk.caller.hears(line.tone_hz), line.hears(talk.caller.tone_hz))
