"""Signing in, marks, languages, rights, small screens, and a network that comes and goes."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.house import NUMBERS, SMALL, PlayedHouse, RealHouse, at
from tests.integration.proxies import Proxy

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_signing_in(played: PlayedHouse) -> None:
    page = await played.page("", "/leader")
    await expect(at(page, "signin-user")).to_be_focused()
    await page.keyboard.type("leader")
    await at(page, "signin-password").fill("wrong-password")
    await page.keyboard.press("Enter")
    await expect(at(page, "signin-error")).to_be_visible()
    await expect(at(page, "signin-password")).to_have_value("")
    await at(page, "signin-password").fill("demo-12345")
    await at(page, "signin-submit").click()
    await expect(at(page, "leader")).to_be_visible()
    await expect(at(page, "who")).to_contain_text("演示值班长")
    await at(page, "sign-out").click()
    await expect(at(page, "signin")).to_be_visible()


async def test_every_screen_says_that_it_is_a_simulation_and_how_fast(
    played: PlayedHouse,
) -> None:
    opened = await played.opens()
    for user, path in screens(opened["case"]):
        page = await played.page(user, path)
        await expect(at(page, "mark-simulated")).to_contain_text("SIMULATED")
        await expect(at(page, "mark-scale")).to_contain_text("×60")


async def test_real_telephony_is_not_called_simulated(house: RealHouse) -> None:
    page = await house.page("leader", "/wall")
    await expect(at(page, "mark-scale")).to_contain_text("×20")
    await expect(at(page, "mark-simulated")).to_have_count(0)


def screens(case: object) -> list[tuple[str, str]]:
    return [
        ("agent1", "/desk"),
        ("leader", "/leader"),
        ("leader", "/wall"),
        ("leader", f"/case/{case}"),
    ]


async def test_a_small_screen_is_enough(played: PlayedHouse) -> None:
    """Nothing scrolls sideways at 1366×768, and what is pressed in a hurry is in view."""
    opened = await played.opens(address="很长的地址" * 12, text="很长的来电内容" * 40)
    number = next(NUMBERS)
    desk = await played.page("agent1", "/desk")
    played.phones.call(number)
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "talking")
    for button in ("accept-button", "line-button"):
        await expect(at(desk, button)).to_be_in_viewport(ratio=1)
    await fits(desk)
    for user, path in screens(opened["case"])[1:]:
        page = await played.page(user, path)
        await expect(at(page, "mark-scale")).to_be_in_viewport(ratio=1)
        await fits(page)


async def fits(page: Page) -> None:
    width = await page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= SMALL["width"], f"{page.url} is {width} wide"


async def test_english_and_back(played: PlayedHouse) -> None:
    opened = await played.opens()
    page = await played.page("leader", "/leader")
    row = at(page, f"clock-row-{opened['number']}")
    await expect(page.locator("html")).to_have_attribute("lang", re.compile("^zh"))
    await at(page, "language-button").click()
    await expect(page.locator("html")).to_have_attribute("lang", re.compile("^en"))
    await expect(at(page, "nav-wall")).to_have_text("Wall")
    await expect(at(row, "clock").first).to_contain_text(re.compile("running|warn|over", re.I))
    await page.reload()
    await expect(at(page, "nav-wall")).to_have_text("Wall")
    await at(page, "language-button").click()
    await expect(at(page, "nav-wall")).to_have_text("大屏")


async def test_an_auditor_reads_masked_and_does_nothing(played: PlayedHouse) -> None:
    opened = await played.opens(
        requester_name="测试来电人", requester_number="19900029999", address="测试路1号",
        text="厨房有很浓的气味,我姓测试",
    )  # fmt: skip
    page = await played.page("auditor", "/leader")
    await expect(at(page, f"clock-row-{opened['number']}")).to_be_visible()
    await expect(at(page, "nav-desk")).to_have_count(0)
    await expect(at(page, "act-takeOver")).to_have_count(0)
    await page.goto(f"/case/{opened['case']}")
    await expect(at(page, "page-number")).to_contain_text(str(opened["number"]))
    await expect(at(page, "timeline")).to_have_attribute("data-count", re.compile("[1-9]"))
    shown = await page.locator("body").inner_text()
    for secret in ("测试来电人", "19900029999", "测试路1号", "很浓的气味", "05635550101"):
        assert secret not in shown.replace(" ", ""), f"{secret} is shown to an auditor"
    assert "***" in shown


async def test_what_was_missed_while_offline_is_replayed(played: PlayedHouse) -> None:
    """The network dies; a case is opened and another taken over; then it comes back."""
    port = int(played.app.address.rsplit(":", 1)[1])
    async with Proxy(port) as network:
        before = await played.opens()
        leader = await played.page("leader", "/leader", f"http://127.0.0.1:{network.port}")
        await expect(at(leader, f"clock-row-{before['number']}")).to_be_visible()
        await leader.context.set_offline(True)
        network.cut()
        await expect(at(leader, "banner-feed")).to_have_attribute("data-state", "retrying")
        await expect(at(leader, "banner-feed")).to_contain_text("过时")
        missed = await played.opens("gas_langxi", district="langxi")
        await played.does("leader", "take_over", case=before["case"], reason="测试")
        await expect(at(leader, f"clock-row-{missed['number']}")).to_have_count(0)
        network.mend()
        await leader.context.set_offline(False)
        await expect(at(leader, f"clock-row-{missed['number']}")).to_be_visible()
        await expect(at(leader, f"clock-row-{before['number']}")).to_contain_text("leader")
        await expect(at(leader, "banner-feed")).to_have_count(0)
