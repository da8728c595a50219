"""One key to an emergency line, and forms on paper, in real Chromium before a real Asterisk."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from dispatcher.testing.city.behaviour import Behaviour
from tests.browser.house import NUMBERS, RealHouse, at
from tests.browser.test_desk import GAS, SOME, takes_call

pytestmark = pytest.mark.asyncio(loop_scope="session")
BEIJING = timedelta(hours=8)


async def test_danger_to_life_first_and_the_paperwork_after_it(house: RealHouse) -> None:
    await house.seats("agent1")
    house.city.agent("agent1", Behaviour.answers(0.5))
    house.city.unit("119", Behaviour.busy())
    desk = await house.page("agent1", "/desk")
    key = at(desk, "line-119")
    await expect(key).to_be_disabled()
    number = next(NUMBERS)
    caller = await house.city.call(number)
    await takes_call(house, desk, number)

    await desk.keyboard.press("Alt+9")
    await expect(key).to_have_attribute("data-state", "failed")
    await expect(at(desk, "case-panel")).to_have_attribute("data-number", SOME)
    house.city.unit("119", Behaviour.answers(0.5))
    nth = len(house.city.legs_of("119"))
    await key.click()
    await expect(key).to_have_attribute("data-state", "joined")
    line = await house.city.leg("119", nth)
    agent = house.city.legs_of("agent1")[-1]
    await caller.hears(agent.tone_hz, line.tone_hz)
    await line.hears(caller.tone_hz, agent.tone_hz)

    await at(desk, "intake-text").click()
    await desk.keyboard.type(GAS)
    hand_over = at(desk, "hand-over-button")
    await expect(hand_over).to_be_enabled()
    await expect(at(desk, "bound-class")).to_be_visible()
    await desk.keyboard.press("F2")
    lead = at(desk, "case-panel").locator("[data-testid^=assignment-]").first
    await expect(lead).to_be_visible()
    await expect(hand_over).to_have_count(0)


async def test_a_paper_form_is_entered_with_its_true_times(house: RealHouse) -> None:
    page = await house.page("agent1", "/desk")
    await at(page, "nav-paper").click()
    now = datetime.now(UTC) + BEIJING

    def ago(minutes: float) -> str:
        return (now - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S")

    await expect(at(page, "paper-blank")).to_have_attribute("href", "/paper-form.html")
    blank = await page.context.request.get("/paper-form.html")
    assert "纸质登记表" in await blank.text()
    for name, value in (
        ("form", "纸-0001"),
        ("called_at", ago(9)),
        ("accepted_at", ago(10)),
        ("accepted_by", "测试话务员"),
        ("text", "厨房有很浓的气味"),
    ):
        await at(page, f"paper-{name}").fill(value)
    await at(page, "paper-category").select_option("E2.GAS")
    await at(page, "paper-district").select_option("xuanzhou")
    await at(page, "paper-submit").click()
    wrong = at(page, "paper-accepted_at")
    await expect(wrong).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_text("受理时间早于来电时间").first).to_be_visible()
    await wrong.fill(ago(8))
    await at(page, "paper-submit").click()
    done = at(page, "paper-done")
    await expect(done).to_be_visible()
    await done.locator("a").click()
    await expect(at(page, "page-paper")).to_contain_text("纸质补录")
    await expect(at(page, "case-page")).to_contain_text("纸-0001")
