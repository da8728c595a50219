"""A unit's keys on real telephones: early, double, wrong; what each is answered with; 演练."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.settings import QueueSettings
from dispatcher.adapters.speech.waves import RATE, write_wave
from dispatcher.testing.city import Behaviour, CityLeg
from dispatcher.testing.stand import Stand, open_stand
from tests.integration.conftest import shorten_phrases
from tests.integration.pbx_story import Story, new_case, unit_number

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHRASES = {
    name: 1500.0 + 50 * n
    for n, name in enumerate(
        ("accepted", "heard", "return-noted", "extension-noted", "taken", "withdrawn",
         "call-back", "no-key", "exercise", "exercise-short")
    )
}  # fmt: skip
"""Phrase → its tone in Hz, so that a recording tells what was said."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def keys_stand(
    install: Install, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand]:
    folder = tmp_path_factory.mktemp("keys")
    sounds = folder / "pbx" / "sounds"
    shorten_phrases(sounds)
    instants = np.arange(int(0.5 * RATE)) / RATE
    for name, hertz in PHRASES.items():
        write_wave(sounds / "phrases" / f"{name}.wav", 0.2 * np.sin(2 * np.pi * hertz * instants))
    async with open_stand(
        folder, agents=4, install=install, queue=QueueSettings(wrapup_s=0), key_wait_s=2
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def story(keys_stand: Stand) -> AsyncIterator[Story]:
    story = await Story.begin(keys_stand)
    yield story
    await story.end()


def said(leg: CityLeg) -> list[str]:
    """The phrases that the unit heard, in order; one said twice without a pause is two."""
    hearing = leg.hearing()
    found = [
        (began, name)
        for name, hertz in PHRASES.items()
        for began, ended in hearing.intervals(hertz, 250)
        for _ in range(max(1, round((ended - began) / 500)))
    ]
    return [name for _, name in sorted(found)]


async def hears(leg: CityLeg, phrase: str) -> None:
    """Until the phrase has been said."""
    async with asyncio.timeout(30):
        while phrase not in said(leg):  # noqa: ASYNC110 (a file grows)
            await asyncio.sleep(0.05)


async def told(leg: CityLeg, *phrases: str) -> None:
    """It heard these to its end and nothing else; what it heard is written a moment later."""
    await leg.left(30)
    try:
        async with asyncio.timeout(30):
            while said(leg) != list(phrases):  # noqa: ASYNC110 (a file grows)
                await asyncio.sleep(0.05)
    except TimeoutError:
        assert said(leg) == list(phrases)


async def briefed(story: Story, **variables: str) -> tuple[str, CityLeg]:
    """A unit that has answered and hears the brief."""
    leg, unit = await story.ring(unit_number(), Behaviour.silent(), new_case(), **variables)
    await story.user_event("HdLegAnswered", Leg=leg)
    await unit.answered()
    return leg, unit


# ---------------------------------------------------------------- what a key is answered with


async def test_an_acceptance_is_confirmed_before_the_unit_is_joined(story: Story) -> None:
    talk, case = await story.talk(), new_case()
    await story.convene(talk, case)
    leg, unit = await story.ring(unit_number(), Behaviour.presses("1", 0.5), case)
    await story.user_event("HdLegWon", Leg=leg)
    await story.redirect(leg, "case-room-unit")
    await unit.hears(talk.caller.tone_hz, talk.agent.tone_hz)
    assert said(unit) == ["accepted"]
    ended = unit.hearing().intervals(PHRASES["accepted"], 250)[0][1]
    heard = unit.hearing().intervals(talk.caller.tone_hz, 100)[0][0]
    assert ended <= heard + 150, "joined before it was told"
    assert len(story.user_events("HdLegWon", Leg=leg)) == 1


async def test_nobody_to_join_it_is_confirmed_before_the_details(story: Story) -> None:
    leg, unit = await briefed(story)
    await unit.press("1")
    await story.user_event("HdLegWon", Leg=leg)
    await story.redirect(leg, "leg-detail")
    await told(unit, "accepted", "call-back", "call-back")


async def test_a_message_is_confirmed_though_the_service_is_quicker(story: Story) -> None:
    leg, unit = await briefed(story, HD_MODE="inform")
    await unit.press("1")
    await story.user_event("HdLegKey", Leg=leg, Key="1")
    await story.redirect(leg, "leg-detail")
    await told(unit, "heard", "call-back", "call-back")


@pytest.mark.parametrize(
    ("key", "context", "phrase"),
    [("2", "leg-done", "return-noted"), ("4", "leg-noted", "extension-noted")],
)
async def test_a_return_and_an_extension_are_confirmed(
    story: Story, key: str, context: str, phrase: str
) -> None:
    leg, unit = await briefed(story)
    await unit.press(key)
    await story.user_event("HdLegKey", Leg=leg, Key=key)
    await story.redirect(leg, context)
    await told(unit, phrase)


async def test_without_the_service_a_return_is_confirmed_as_well(story: Story) -> None:
    leg, unit = await briefed(story)
    await unit.press("2")
    await story.user_event("HdLegKey", Leg=leg, Key="2")
    await told(unit, "return-noted")


# ---------------------------------------------------------------- other keys


async def test_an_early_key_counts(story: Story) -> None:
    leg, unit = await story.ring(unit_number(), Behaviour.silent(), new_case())
    await unit.answered()
    await unit.press("1")
    await story.user_event("HdLegWon", Leg=leg)


async def test_the_hash_key_alone_is_no_wrong_key(story: Story) -> None:
    leg, unit = await briefed(story)
    for _ in range(5):
        await unit.press("#")
        await asyncio.sleep(0.6)
    await unit.press("1")
    await story.user_event("HdLegWon", Leg=leg)
    assert [x["Key"] for x in story.user_events("HdLegKey", Leg=leg)] == ["1"]


async def test_a_star_is_a_wrong_key(story: Story) -> None:
    leg, unit = await briefed(story)
    for _ in range(3):
        await unit.press("*")
        await asyncio.sleep(1.2)
    await story.user_event("HdLegNoKey", Leg=leg)
    await unit.left(30)
    assert not story.user_events("HdLegKey", Leg=leg)
    await hears(unit, "no-key")
    assert said(unit)[-1] == "no-key"


async def test_a_wrong_key_that_bounces_counts_once(story: Story) -> None:
    leg, unit = await briefed(story)
    for _ in range(2):
        await unit.press("77")
        await asyncio.sleep(1.5)
    await unit.press("1")
    await story.user_event("HdLegWon", Leg=leg)


@pytest.mark.parametrize("keys", ["11", "111"])
async def test_a_double_key_1_is_one_acceptance(story: Story, keys: str) -> None:
    leg, unit = await briefed(story)
    await unit.press(keys)
    await story.user_event("HdLegWon", Leg=leg)
    await unit.left(30)
    assert len(story.user_events("HdLegKey", Leg=leg)) == 1
    assert len(story.user_events("HdLegWon", Leg=leg)) == 1


async def test_silence_is_told_at_the_end(story: Story) -> None:
    leg, unit = await briefed(story)
    await story.user_event("HdLegNoKey", 40, Leg=leg)
    await told(unit, "no-key")


# ---------------------------------------------------------------- 演练


@pytest.mark.parametrize(
    ("context", "phrases"),
    [
        ("leg-taken", ["taken"]),
        ("leg-withdrawn", ["withdrawn"]),
        ("leg-noted", ["extension-noted"]),
        ("leg-detail", ["call-back", "call-back"]),
    ],
)
@pytest.mark.parametrize("exercise", ["0", "1"])
async def test_of_an_exercise_every_phrase_says_so(
    story: Story, context: str, phrases: list[str], exercise: str
) -> None:
    leg, unit = await briefed(story, HD_EXERCISE=exercise)
    if exercise == "1":
        await hears(unit, "exercise")
    await story.redirect(leg, context)
    if exercise == "0":
        await told(unit, *phrases)
    else:
        await told(unit, "exercise", *(x for each in phrases for x in ("exercise-short", each)))


async def test_of_an_exercise_an_acceptance_says_so(story: Story) -> None:
    leg, unit = await briefed(story, HD_EXERCISE="1")
    await hears(unit, "exercise")
    await unit.press("1")
    await story.user_event("HdLegWon", Leg=leg)
    await story.redirect(leg, "leg-detail")
    await unit.left(30)
    await hears(unit, "accepted")
    assert said(unit)[:3] == ["exercise", "exercise-short", "accepted"]
