"""What may not be dialled is not dialled: real phones try, with the service down.

The city hears every INVITE that leaves the PBX, so "nothing was dialled" is what it has not heard.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dispatcher.adapters.asterisk.embedded.ami import Predicate
from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.settings import (
    AgentPhone,
    FeatureCode,
    QueueSettings,
    UnitPhone,
)
from dispatcher.testing.city import Behaviour, City, CityLeg
from dispatcher.testing.city.city import CitySettings
from dispatcher.testing.stand import Stand, open_stand
from tests.integration.conftest import UNIT_NUMBER, shorten_phrases
from tests.integration.pbx_story import Story, new_case, next_number, unit_number

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNIT = UnitPhone("fire", "unit-secret-1")
ABROAD = "0085212345678"
PREMIUM = "16812345"
SECONDS = 10


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(
    install: Install, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Stand, City]]:
    """A PBX with a registered phone of a unit; its city, and the city that phone stands in."""
    folder = tmp_path_factory.mktemp("fraud")
    shorten_phrases(folder / "pbx" / "sounds", "unit-not-reached")
    async with open_stand(
        folder,
        agents=4,
        install=install,
        units=(UNIT,),
        feature_codes=(
            FeatureCode("01", "fire", UNIT_NUMBER),
            FeatureCode("02", "wrong", ABROAD),
            FeatureCode("03", "premium", PREMIUM),
        ),
        queue=QueueSettings(wrapup_s=0),
    ) as stand:
        sip_port = stand.pbx.settings.sip_port
        phones = (AgentPhone(f"unit-{UNIT.id}", UNIT.secret),)
        async with City(CitySettings(folder / "unit", sip_port, phones), install) as units:
            await units.registered()
            yield stand, units


@pytest_asyncio.fixture(loop_scope="session")
async def story(house: tuple[Stand, City]) -> AsyncIterator[Story]:
    stand, units = house
    story = await Story.begin(stand)
    await story.ami.action("Setvar", Variable="HD_TALLY_agent3", Value="0")
    yield story
    await units.clear()
    await story.end()


class Heard:
    """What the city was rung for since now, the agents' own phones aside."""

    def __init__(self, story: Story) -> None:
        self._story, self._since = story, len(story.city.legs)

    def rung(self) -> list[str]:
        placed = self._story.city.legs[self._since :]
        return [leg.party for leg in placed if not leg.id.startswith("city-")]

    async def nothing(self) -> None:
        await self.nothing_but()

    async def nothing_but(self, *numbers: str) -> None:
        """No INVITE to any other number, and the PBX has no channel left that could send one."""
        async with asyncio.timeout(SECONDS):
            while await self._story.ami.list("CoreShowChannels"):  # noqa: ASYNC110 (no such event)
                await asyncio.sleep(0.02)
        assert self.rung() == list(numbers)


def sent_on(leg: CityLeg) -> Predicate:
    return lambda event: event.get("UserEvent") == "CitySentOn" and event["Leg"] == leg.id


async def rings(story: Story) -> None:
    """The PBX has heard that the phone it calls rings."""
    await story.event("Newstate", ChannelStateDesc="Ringing")


async def refused(leg: CityLeg) -> None:
    await leg.left(SECONDS)
    assert leg.answered_at is None, f"{leg} was answered"


@pytest.mark.parametrize(
    "dial",
    [
        "00",
        ABROAD,
        f"*9{ABROAD}",
        "*9011",
        "*901*",
        "*90100852",
        "*90",
        "*9",
        "*904",
        "*902",
        "*903",
        "*1190",
        "*111",
        "*11",
        "*00852",
        "119",
        "19900000001",
        UNIT_NUMBER,
        "901",
        "s",
        "h",
        "i",
        "agent2",
        "unit-fire",
        "trunk",
        "feature-dial",
        "hotline-check",
        "*90${HD_DIAL_901}",
    ],
)
async def test_an_agents_phone_reaches_nothing_but_its_codes(story: Story, dial: str) -> None:
    heard = Heard(story)
    await refused(await story.city.dial_as_agent("agent3", dial))
    await heard.nothing()


@pytest.mark.parametrize("line", ["110", "119", "120", "122"])
async def test_an_agent_rings_an_emergency_line_by_its_code(story: Story, line: str) -> None:
    story.city.unit(line, Behaviour.answers())
    before = len(story.city.legs_of(line))
    agent = await story.city.dial_as_agent("agent3", f"*{line}")
    centre = await (await story.city.leg(line, before)).answered()
    await asyncio.gather(agent.hears(centre.tone_hz), centre.hears(agent.tone_hz))
    assert centre.shown == "12345"


async def test_a_code_follows_the_rules_that_the_service_told(story: Story) -> None:
    number = unit_number()
    await story.ami.action("Setvar", Variable="HD_DIAL_904", Value=number)
    story.city.unit(number, Behaviour.answers())
    agent = await story.city.dial_as_agent("agent3", "*904")
    unit = await (await story.city.leg(number)).answered()
    await agent.hears(unit.tone_hz)
    await story.ami.action("Setvar", Variable="HD_DIAL_904", Value="")
    heard = Heard(story)
    await agent.hang_up()
    await refused(await story.city.dial_as_agent("agent3", "*904"))
    await heard.nothing()


@pytest.mark.parametrize(
    "number", [ABROAD, PREMIUM, "0", "+8613900000000", "${HD_HOTLINE}", "110&PJSIP/00852@trunk"]
)
async def test_a_code_that_was_told_a_wrong_number_dials_nothing(story: Story, number: str) -> None:
    await story.ami.action("Setvar", Variable="HD_DIAL_905", Value=number)
    heard = Heard(story)
    leg = await story.city.dial_as_agent("agent3", "*905")
    await leg.left(SECONDS)
    assert [x for x in heard.rung() if x.startswith(("00", "+"))] == []
    await heard.nothing()


async def test_a_phone_that_dials_too_often_is_stopped_for_the_minute(story: Story) -> None:
    minute = ""
    while minute != time.strftime("%M"):
        minute = time.strftime("%M")
        told = time.strftime("%Y%m%d%H%M")
        await story.ami.action("Setvar", Variable="HD_TALLY_AT_agent4", Value=told)
        await story.ami.action("Setvar", Variable="HD_TALLY_agent4", Value="10")
        heard = Heard(story)
        leg = await story.city.dial_as_agent("agent4", "*901")
        if minute == time.strftime("%M"):
            await refused(leg)
            await heard.nothing()
            count = await story.ami.get_variable("HD_TALLY_agent4")
            assert count == "11"
        await leg.hang_up()
    story.city.unit(UNIT_NUMBER, Behaviour.answers())
    other = await story.city.dial_as_agent("agent3", "*901")
    await other.answered()


@pytest.mark.parametrize(
    "dial",
    ["19900000001", ABROAD, "*901", "*110", "119", "agent1", "00", "s", "901", "case-room-unit"],
)
async def test_a_units_phone_reaches_the_hotline_and_nothing_else(
    story: Story, house: tuple[Stand, City], dial: str
) -> None:
    heard = Heard(story)
    await refused(await house[1].dial_as_agent(f"unit-{UNIT.id}", dial))
    await heard.nothing()


async def test_a_units_phone_does_reach_the_hotline(
    story: Story, house: tuple[Stand, City]
) -> None:
    leg = await house[1].dial_as_agent(f"unit-{UNIT.id}", "12345")
    await story.user_event("HdCallArrived", Dialled="12345")
    await leg.answered()


@pytest.mark.parametrize(
    "dial",
    ["*901", "*110", "agent1", "unit-fire", "feature-dial", "hotline-check", "h"],
)
async def test_a_caller_from_the_trunk_reaches_no_inner_context(story: Story, dial: str) -> None:
    heard = Heard(story)
    leg = await story.city.call(next_number(), dialled=dial)
    await refused(leg)
    await heard.nothing()


@pytest.mark.parametrize("dial", [ABROAD, "901", "19900000001"])
async def test_whatever_a_caller_dials_he_is_a_caller(story: Story, dial: str) -> None:
    await story.only()
    heard = Heard(story)
    caller = await story.city.call(next_number(), dialled=dial)
    arrived = await story.user_event("HdCallArrived", Number=caller.party)
    assert arrived["Dialled"] == dial
    assert heard.rung() == []


NUMBERS = (
    f"sip:{ABROAD}@127.0.0.1",
    "sip:19900000001@127.0.0.1",
    "sip:901@127.0.0.1",
    "sip:*901@127.0.0.1",
)
TECHNOLOGIES = (
    "sip:Local%2F901%40feature-dial@127.0.0.1",
    f"sip:Local%2F{ABROAD}%40from-agent@127.0.0.1",
    f"sip:PJSIP/{ABROAD}@127.0.0.1",
)
TRUNK = f"sip:PJSIP%2F{ABROAD}%40trunk@127.0.0.1"
TARGETS = (*NUMBERS, *TECHNOLOGIES, TRUNK)


def named(targets: tuple[str, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("target", targets, ids=[str(n) for n in range(len(targets))])


@named((*NUMBERS, *TECHNOLOGIES))
async def test_a_unit_that_forwards_our_call_is_not_followed(story: Story, target: str) -> None:
    number = unit_number()
    heard = Heard(story)
    _, unit = await story.ring(number, Behaviour(answer_after_s=None), new_case())
    await rings(story)
    await unit.send_on(target)
    await unit.left(SECONDS)
    await heard.nothing_but(number)


async def test_forwarded_to_the_trunk_itself_a_call_ends_when_it_is_answered(story: Story) -> None:
    """Asterisk dials a technology's name in a 302 by itself. The service hangs that up as it is
    dialled (`Strays`); without the service the dialplan lets nobody hear or say anything."""
    story.city.unit(ABROAD, Behaviour.answers())
    _, unit = await story.ring(unit_number(), Behaviour(answer_after_s=None), new_case())
    await rings(story)
    await unit.send_on(TRUNK)
    abroad = await story.city.leg(ABROAD)
    await abroad.left(SECONDS)
    assert story.user_events("HdLegAnswered") == []


@named(TARGETS)
async def test_a_forwarding_phone_behind_a_code_is_not_followed(story: Story, target: str) -> None:
    story.city.unit(UNIT_NUMBER, Behaviour(answer_after_s=None))
    before, heard = len(story.city.legs_of(UNIT_NUMBER)), Heard(story)
    agent = await story.city.dial_as_agent("agent3", "*901")
    unit = await story.city.leg(UNIT_NUMBER, before)
    await rings(story)
    await unit.send_on(target)
    await unit.left(SECONDS)
    await agent.left(SECONDS)
    await heard.nothing_but(UNIT_NUMBER)


@named(TARGETS)
async def test_an_agents_phone_that_forwards_is_not_followed(story: Story, target: str) -> None:
    await story.only("agent1")
    story.city.agent("agent1", Behaviour(answer_after_s=None))
    before, heard = len(story.city.legs_of("agent1")), Heard(story)
    caller = await story.city.call(next_number())
    phone = await story.city.leg("agent1", before)
    await rings(story)
    story.city.agent("agent1", Behaviour.answers())
    await phone.send_on(target)
    await phone.left(SECONDS)
    again = await (await story.city.leg("agent1", before + 1)).answered()
    await caller.hears(again.tone_hz)
    assert [x for x in heard.rung() if x != "agent1"] == []


@named((NUMBERS[0], NUMBERS[1], TECHNOLOGIES[0], TRUNK))
async def test_nobody_transfers_a_call_that_is_up(story: Story, target: str) -> None:
    talk = await story.talk()
    heard = Heard(story)
    since = len(story.city.ami.history)
    for leg in (talk.agent, talk.caller):
        await leg.send_on(target)
        told = await story.city.ami.event(sent_on(leg), SECONDS, since)
        assert told["Status"] != "SUCCESS"
    await asyncio.gather(
        talk.caller.hears(talk.agent.tone_hz), talk.agent.hears(talk.caller.tone_hz)
    )
    assert heard.rung() == []
