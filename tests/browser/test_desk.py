"""The agent's desk, in real Chromium, before a real Asterisk with a city."""

import re

import pytest
from playwright.async_api import Page, expect

from dispatcher.core.ids import CaseId
from dispatcher.testing.city.behaviour import Behaviour
from tests.browser.house import NUMBERS, RealHouse, at

pytestmark = pytest.mark.asyncio(loop_scope="session")
GAS = "厨房一股臭鸡蛋味,老人头晕,宣州区水阳镇"
LIFT = "我卡在十楼到十一楼中间出不来了,广德桃州镇"
SOME = re.compile(".+")


async def takes_call(house: RealHouse, desk: Page, number: str) -> None:
    """The desk's phone is answered, and the cursor is in the notes."""
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "talking")
    await expect(at(desk, "call-number")).to_have_text(re.compile(number[-4:]))
    await expect(at(desk, "intake-text")).to_be_focused()


async def test_an_emergency_from_ring_to_report(house: RealHouse) -> None:
    await house.seats("agent1")
    house.city.agent("agent1", Behaviour.answers(1))
    house.city.unit(house.duty("gas_xuanzhou"), Behaviour.presses("1", 2, answer_after_s=1))
    desk = await house.page("agent1", "/desk")
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "none")

    number = next(NUMBERS)
    caller = await house.city.call(number)
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "ringing")
    await takes_call(house, desk, number)

    await desk.keyboard.type(GAS)
    reading = at(desk, "class-panel")
    await expect(reading).to_have_attribute("data-unit", "gas_xuanzhou")
    await expect(reading).to_have_attribute("data-class", "EMERGENCY_MAJOR")
    await expect(reading).to_have_attribute("data-category", "E2.GAS")
    await expect(reading).to_have_attribute("data-district", "xuanzhou")
    await expect(at(desk, "evidence")).to_contain_text("臭鸡蛋")
    await expect(at(desk, "advice")).to_be_visible()

    await desk.keyboard.press("F2")
    panel = at(desk, "case-panel")
    await expect(panel).to_have_attribute("data-number", SOME)
    lead = panel.locator("[data-testid^=assignment-][data-unit=gas_xuanzhou]")
    await expect(lead.locator("[data-leg=live][data-state=ringing]").first).to_be_visible()
    await expect(lead.locator("[data-leg=live][data-state=joined]")).to_be_visible()
    await expect(lead).to_have_attribute("data-state", "acknowledged")
    await expect(at(desk, "party-requester")).to_have_attribute("data-at", "room")
    await expect(at(desk, "party-agent")).to_have_attribute("data-at", "room")
    unit = (await house.city.leg(house.duty("gas_xuanzhou"))).tone_hz
    await caller.hears(house.city.legs_of("agent1")[-1].tone_hz, unit)

    await reports(desk, "正在联系处理中。", "将现场核实")
    await expect(at(desk, "report-banned")).to_be_visible()
    await desk.keyboard.press("Control+Enter")
    await expect(at(desk, "toast").and_(desk.locator("[data-tone=bad]"))).to_be_visible()
    await expect(at(lead, "clock").first).not_to_have_attribute("data-state", "stopped")

    await reports(desk, "已关闭楼栋总阀并疏散住户", "泄漏已止住,无人受伤")
    await expect(at(desk, "report-banned")).to_be_hidden()
    await desk.keyboard.press("Control+Enter")
    await expect(lead).to_have_attribute("data-state", "reported")
    await expect(at(lead, "clock").first).to_have_attribute("data-state", "stopped")

    await desk.keyboard.press("Shift+F9")
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "none")
    await caller.left()


async def reports(desk: Page, action: str, situation: str) -> None:
    await desk.keyboard.press("F7")
    await at(desk, "report-who_responds").fill("测试甲,抢修一班两人")
    await at(desk, "report-action_taken").fill(action)
    await at(desk, "report-arrival").fill("8分钟后到场")
    await at(desk, "report-situation").fill(situation)
    await at(desk, "next-30").click()


async def test_another_unit_by_its_initials_heard_and_withdrawn(house: RealHouse) -> None:
    """A manned switchboard is joined at once; the agent hears it accept, then takes it back."""
    await house.seats("agent2")
    house.city.unit(house.duty("fire_xc"), Behaviour.answers(0.5))
    desk = await house.page("agent2", "/desk")
    number = next(NUMBERS)
    await house.city.call(number)
    await takes_call(house, desk, number)
    await desk.keyboard.type(LIFT)
    await expect(at(desk, "class-panel")).to_have_attribute("data-category", "E2.LIFT")

    await desk.keyboard.press("F3")
    await expect(at(desk, "unit-input")).to_be_focused()
    await desk.keyboard.type((await house.initials("fire_xc"))[2:8])
    await expect(at(desk, "unit-option-fire_xc")).to_be_visible()
    await at(desk, "unit-option-fire_xc").hover()
    await desk.keyboard.press("Enter")
    await expect(at(desk, "class-panel")).to_have_attribute("data-unit", "fire_xc")

    await desk.keyboard.press("F2")
    lead = at(desk, "case-panel").locator("[data-testid^=assignment-][data-unit=fire_xc]")
    await expect(lead.locator("[data-leg=live][data-state=joined]")).to_be_visible()
    await expect(lead).not_to_have_attribute("data-state", "acknowledged")
    await expect(at(desk, "heard-button")).to_be_enabled()
    await desk.keyboard.press("F6")
    await expect(lead).to_have_attribute("data-state", "acknowledged")

    await desk.keyboard.press("F4")
    await at(desk, "reason-pick-0").click()
    await expect(lead).to_have_attribute("data-state", "withdrawn")
    await expect(at(desk, "party-requester")).to_have_attribute("data-at", re.compile("room|talk"))


async def test_any_other_call_ends_with_one_line(house: RealHouse) -> None:
    await house.seats("agent3")
    desk = await house.page("agent3", "/desk")
    number = next(NUMBERS)
    caller = await house.city.call(number)
    await takes_call(house, desk, number)
    await desk.keyboard.type("燃气费怎么交")
    await expect(at(desk, "class-panel")).to_have_attribute("data-class", "CONSULT")
    await desk.keyboard.press("F8")
    await expect(at(desk, "line-text")).to_be_focused()
    await at(desk, "line-text").fill("已告知网上缴费办法")
    await desk.keyboard.press("Enter")
    told = at(desk, "toast").and_(desk.locator("[data-tone=good]"))
    await expect(told).to_be_visible()
    await expect(told).to_contain_text(await house.number_of_last_case(number))
    await house.city.hangup("agent3")
    await caller.left()
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "none")


async def test_two_agents_at_once_do_not_cross(house: RealHouse) -> None:
    desks = {}
    for seat, unit, text in (("agent1", "gas_xuanzhou", GAS), ("agent2", "lift_guangde", LIFT)):
        await house.seats(seat)
        desk = await house.page(seat, "/desk")
        number = next(NUMBERS)
        await house.city.call(number)
        await takes_call(house, desk, number)
        desks[seat] = desk, unit, text, number
    for desk, _, text, _ in desks.values():
        await at(desk, "intake-text").fill(text)
    for desk, unit, _, _ in desks.values():
        await expect(at(desk, "class-panel")).to_have_attribute("data-unit", unit)
        await desk.bring_to_front()
        await desk.keyboard.press("F2")
    numbers = set()
    for seat, (desk, unit, text, number) in desks.items():
        panel = at(desk, "case-panel")
        await expect(panel).to_have_attribute("data-number", SOME)
        numbers.add(await panel.get_attribute("data-number"))
        await expect(panel.locator(f"[data-testid^=assignment-][data-unit={unit}]")).to_be_visible()
        await expect(at(desk, "party-agent")).to_contain_text(seat)
        await expect(at(desk, "call-number")).to_have_text(re.compile(number[-4:]))
        case = house.app.service.hotline.cases[CaseId(await panel.get_attribute("data-case") or "")]
        assert case.personal is not None
        assert (case.personal.requester_number, case.personal.text) == (number, text)
    assert len(numbers) == 2


async def test_a_unit_that_calls_in_is_matched_to_its_case(house: RealHouse) -> None:
    opened = await house.opens("gas_langxi", district="langxi", township="十字镇")
    await house.seats("agent1")
    desk = await house.page("agent1", "/desk")
    unit = await house.city.call(house.duty("gas_langxi"))
    await house.hears_its_case(opened["case"])
    await unit.press("0")
    await expect(at(desk, "unit-match")).to_contain_text("郎溪燃气公司")
    await at(desk, f"match-report-{opened['number']}").click()
    await expect(at(desk, "report-who_responds")).to_be_focused()
    await expect(at(desk, "case-panel")).to_have_attribute("data-case", str(opened["case"]))
    await expect(at(desk, "report-begun")).to_have_text(re.compile(r"\d\d:\d\d"))


async def test_what_callers_send_is_shown_as_text(house: RealHouse) -> None:
    """A caller id with markup by SIP; notes and names with markup and line ends."""
    await house.seats("agent1")
    evil = "<script>window.evil=1</script>"
    desk = await house.page("agent1", "/desk")
    number = next(NUMBERS)
    await house.city.call(number, shown=f'"{evil}" <{number}>')
    await takes_call(house, desk, number)
    await at(desk, "intake-text").fill(f"{GAS}{evil}\r\nHTTP/1.1 200 OK\r\n第二行")
    await at(desk, "requester-name").fill("<img src=x onerror=window.evil=1>")
    await at(desk, "address").fill("<svg onload=window.evil=1>1号")
    await expect(at(desk, "class-panel")).to_have_attribute("data-unit", "gas_xuanzhou")
    await desk.keyboard.press("F2")
    await expect(at(desk, "case-panel")).to_have_attribute("data-number", SOME)
    case = await at(desk, "case-panel").get_attribute("data-case")
    await expect(at(desk, "case-panel")).to_contain_text("<svg onload=window.evil=1>1号")
    leader = await house.page("leader", "/leader")
    await expect(at(leader, "selected-case")).to_contain_text(evil)
    await leader.goto(f"/case/{case}")
    await expect(at(leader, "case-page")).to_contain_text("<img src=x onerror=window.evil=1>")
    await expect(at(leader, "case-page")).to_contain_text("第二行")
    for page in (desk, leader):
        assert await page.evaluate("window.evil") is None
        assert await page.locator("img[src=x]").count() == 0
