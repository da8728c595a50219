"""The means of a hand-over at the agent's desk: their keys, and hold, join, split and leave."""

import re

import pytest
from playwright.async_api import Page, expect

from dispatcher.testing.city import CityLeg
from dispatcher.testing.city.behaviour import Behaviour
from tests.browser.house import NUMBERS, RealHouse, at

pytestmark = pytest.mark.asyncio(loop_scope="session")
GAS = "厨房一股臭鸡蛋味,老人头晕,宣州区水阳镇"
SOME = re.compile(".+")


async def in_a_call(house: RealHouse) -> tuple[Page, CityLeg]:
    """The notes say what it is, and the keys of all three means are there."""
    await house.seats("agent1")
    house.city.agent("agent1", Behaviour.answers(1))
    house.city.unit(house.duty("gas_xuanzhou"), Behaviour.presses("1", 1, answer_after_s=1))
    desk = await house.page("agent1", "/desk")
    caller = await house.city.call(next(NUMBERS))
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "talking")
    await at(desk, "intake-text").fill(GAS)
    await expect(at(desk, "class-panel")).to_have_attribute("data-unit", "gas_xuanzhou")
    for button in ("accept-button", "accept-outbound", "accept-transfer"):
        await expect(at(desk, button)).to_be_enabled()
    return desk, caller


async def test_an_outbound_call_held_joined_split_and_left(house: RealHouse) -> None:
    desk, caller = await in_a_call(house)
    await desk.keyboard.press("Shift+F2")
    await expect(at(desk, "case-panel")).to_have_attribute("data-number", SOME)
    talk, requester = at(desk, "talk-keys"), at(desk, "party-requester")
    await expect(requester).to_have_attribute("data-at", "held")
    await expect(talk).to_have_attribute("data-arrangement", "hold")
    await expect(at(desk, "assignment-means").first).to_be_visible()
    await expect(at(desk, "talk-hold")).to_be_hidden()
    unit = await house.city.leg(house.duty("gas_xuanzhou"))
    agent = house.city.legs_of("agent1")[-1]
    await agent.hears(unit.tone_hz)

    await at(desk, "talk-join").click()
    await expect(requester).to_have_attribute("data-at", "room")
    await caller.hears(agent.tone_hz, unit.tone_hz)
    await expect(at(desk, "talk-join")).to_be_hidden()

    await desk.keyboard.press("Alt+S")
    await expect(talk).to_have_attribute("data-arrangement", "split")
    await desk.keyboard.press("Alt+L")
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "none")
    await caller.hears(unit.tone_hz)
    await caller.hang_up()


async def test_a_transfer_lets_the_agent_go(house: RealHouse) -> None:
    desk, caller = await in_a_call(house)
    await at(desk, "accept-transfer").click()
    await expect(at(desk, "case-panel")).to_have_attribute("data-number", SOME)
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "none")
    unit = await house.city.leg(house.duty("gas_xuanzhou"))
    await caller.hears(unit.tone_hz)
    await caller.hang_up()
