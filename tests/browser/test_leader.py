"""The shift leader's desk: clocks in their order, and alarms that are acted on.

On simulated telephony at ×60: four minutes of ladder pass in four seconds.
"""

import os
import re
import signal
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from dispatcher.testing.city.behaviour import Behaviour
from tests.browser.house import NUMBERS, PlayedHouse, RealHouse, at

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_clocks_run_out_in_order_with_words_and_shapes(played: PlayedHouse) -> None:
    leader = await played.page("leader", "/leader")
    general = await played.opens(
        "water_xuanzhou", category="E1.WATER", **{"class": "EMERGENCY_GENERAL"}
    )
    major = await played.opens()
    later = await played.opens("gas_langxi", district="langxi")
    rows = at(leader, "clock-list").locator("[data-testid^=clock-row-]")
    await expect(rows).to_have_count(3)
    order = [await rows.nth(n).get_attribute("data-case") for n in range(3)]
    assert order == [major["case"], later["case"], general["case"]]

    row = at(leader, f"clock-row-{major['number']}")
    face = at(row, "clock").first
    shapes = set()
    for state, word in (("running", "计时中"), ("warned", "预警"), ("expired", "超时限")):
        await expect(row).to_have_attribute("data-state", state)
        await expect(face).to_contain_text(word)
        shapes.add(await face.locator("svg").inner_html())
    assert len(shapes) == 3, "each state has a shape of its own"
    await expect(at(leader, "count-expired")).to_contain_text(re.compile("[1-9]"))
    wall = await played.page("leader", "/wall")
    first = at(wall, f"wall-row-{major['number']}")
    await expect(first).to_have_attribute("data-state", re.compile("expired"))
    await expect(at(wall, "wall-open")).to_have_text("3")


async def chooses(page: Page, played: PlayedHouse, unit: str) -> None:
    await page.keyboard.type((await played.initials(unit))[:4])
    await at(page, f"unit-option-{unit}").click()


async def test_no_route_is_acted_on_by_reassigning(played: PlayedHouse) -> None:
    leader = await played.page("leader", "/leader")
    opened = await played.opens(unit=None, district=None)
    alarm = at(leader, "alarm-NO_ROUTE")
    await expect(alarm).to_have_attribute("data-case", opened["case"])
    await at(alarm, "act-reassign").click()
    await expect(at(leader, "unit-input")).to_be_focused()
    await chooses(leader, played, "gas_jixi")
    await at(alarm, "reason-pick-0").click()
    await expect(alarm).to_be_hidden()
    unit = at(leader, "selected-case").locator("[data-unit=gas_jixi]")
    await expect(unit).to_have_attribute("data-state", "delivered")


async def test_the_ladders_end_is_kept_helped_or_taken_over(played: PlayedHouse) -> None:
    leader = await played.page("leader", "/leader")
    bare: dict[str, Any] = {"category": None, "district": None}
    kept = await played.opens(**bare)
    helped = await played.opens("gas_langxi", **bare)
    taken = await played.opens("gas_jingde", **bare)

    def alarm_of(case: str) -> Locator:
        return at(leader, "alarm-LADDER_A4").and_(leader.locator(f"[data-case='{case}']"))

    for opened in (kept, helped, taken):
        await expect(alarm_of(opened["case"])).to_be_visible()

    alarm = alarm_of(kept["case"])
    await at(alarm, "act-keep").click()
    await at(alarm, "reason-text").fill("单位已口头答应")
    await leader.keyboard.press("Enter")
    await expect(alarm).to_be_hidden()

    alarm = alarm_of(helped["case"])
    await at(alarm, "act-add").click()
    await chooses(leader, played, "fire_xc")
    await at(alarm, "reason-pick-0").click()
    await expect(alarm).to_be_hidden()

    alarm = alarm_of(taken["case"])
    await at(alarm, "act-takeOver").click()
    await at(alarm, "reason-pick-0").click()
    await expect(alarm).to_be_hidden()
    await expect(at(leader, f"clock-row-{taken['number']}")).to_contain_text("leader")

    cases = played.app.service.hotline.cases
    assert "fire_xc" in {a.unit for a in cases[helped["case"]].active}
    assert cases[taken["case"]].taken_over_by == "leader"


async def test_a_cut_link_is_a_banner_on_every_screen(played: PlayedHouse) -> None:
    pages = [
        await played.page(user, path)
        for user, path in (("agent1", "/desk"), ("leader", "/leader"), ("leader", "/wall"))
    ]
    for page in pages:
        await expect(at(page, "banner-link")).to_have_count(0)
    played.phones.cut_link()
    for page in pages:
        await expect(at(page, "banner-link")).to_have_attribute("data-state", "down")
        await expect(at(page, "banner-link")).to_contain_text("中断")
    played.phones.restore_link()
    for page in pages:
        await expect(at(page, "banner-link")).to_have_count(0)
    played.phones.refuse_login()
    for page in pages:
        await expect(at(page, "banner-link")).to_have_attribute("data-state", "refused")
    played.phones.restore_link()
    for page in pages:
        await expect(at(page, "banner-link")).to_have_count(0)


async def test_a_restarted_pbx_is_an_alarm_of_every_open_emergency(played: PlayedHouse) -> None:
    played.phones.unit(played.duty("gas_xuanzhou"), Behaviour.presses("1", 0.3))
    desk = await played.page("agent1", "/desk")
    leader = await played.page("leader", "/leader")
    number = next(NUMBERS)
    played.phones.call(number)
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "talking")
    await at(desk, "intake-text").fill("厨房一股臭鸡蛋味,老人头晕,宣州区水阳镇")
    await expect(at(desk, "class-panel")).to_have_attribute("data-unit", "gas_xuanzhou")
    await desk.keyboard.press("F2")
    lead = at(desk, "case-panel").locator("[data-unit=gas_xuanzhou]")
    await expect(lead.locator("[data-leg=live][data-state=joined]")).to_be_visible()

    played.phones.stop_pbx()
    await expect(at(leader, "banner-link")).to_have_attribute("data-state", "down")
    played.phones.start_pbx()
    await expect(at(leader, "banner-link")).to_have_count(0)
    await expect(at(leader, "alarm-PBX_RESTARTED")).to_be_visible()
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "none")


async def test_an_asterisk_that_dies_is_started_again(house: RealHouse) -> None:
    """The leader sees what happened; the next caller is answered as ever."""
    assert house.app.pbx is not None
    assert house.app.pbx.pid is not None
    leader = await house.page("leader", "/leader")
    desk = await house.page("agent1", "/desk")
    await house.opens()
    os.kill(house.app.pbx.pid, signal.SIGKILL)
    await expect(at(leader, "banner-link")).to_have_attribute("data-state", "down")
    await expect(at(leader, "banner-link")).to_have_count(0)
    await expect(at(leader, "alarm-PBX_RESTARTED")).to_be_visible()
    await house.seats("agent1")
    await house.city.call(next(NUMBERS))
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "talking")


async def test_a_bulletin_is_seen_at_every_desk_until_it_is_ended(played: PlayedHouse) -> None:
    leader = await played.page("leader", "/leader")
    desk = await played.page("agent1", "/desk")
    entered = at(leader, "bulletins")
    await expect(entered).to_contain_text("现在没有通告")
    await at(entered, "bulletin-new").click()
    await at(entered, "bulletin-category").select_option("E1.WATER")
    await at(entered, "bulletin-district").select_option("jingxian")
    await at(entered, "bulletin-text").fill("演练：测试路爆管，抢修中")
    await at(entered, "bulletin-add").click()
    for page in (leader, desk):
        shown = at(page, "bulletin-outage")
        await expect(shown).to_contain_text("泾县")
        await expect(shown).to_contain_text("测试路爆管")
    await expect(at(desk, "bulletin-end")).to_have_count(0)
    await at(leader, "bulletin-end").click()
    await expect(at(desk, "bulletins")).to_have_count(0)
    await expect(entered).to_contain_text("现在没有通告")
