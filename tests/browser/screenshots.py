"""Takes the pictures of the README: ``make screenshots``.

A real Asterisk, a played city, time ×5. Six emergencies are brought to different points: one that
nobody took and that is over its limit, one that is near it, one that runs, one reported, one that
an agent joins with its unit just now, and one whose unit is being rung.
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Page, async_playwright, expect

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # run as a script: the house is found from here, hence E402

from dispatcher.adapters.asterisk.embedded.fetch import fetch  # noqa: E402
from dispatcher.demo.scripts import prepare_unit, quiet  # noqa: E402
from dispatcher.demo.town import RealTown  # noqa: E402
from dispatcher.demo.world import AGENTS, open_world  # noqa: E402
from tests.browser.conftest import FLAGS  # noqa: E402
from tests.browser.house import RealHouse, at  # noqa: E402
from tests.browser.setup import find  # noqa: E402

FOLDER = ROOT / "docs" / "img"
SCALE = 5
PATIENCE_MS = 200_000
NEAR_LATER_S = 22
"""So much later the case begins that is near its limit when the first is over it."""
COLOURS = 192
SIZE = {"width": 1600, "height": 900}


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find(), args=list(FLAGS))
        with tempfile.TemporaryDirectory(prefix="hotline-pictures-") as folder:
            async with open_world(Path(folder), fetch(), port=0, time_scale=SCALE) as world:
                assert isinstance(world.town, RealTown)
                await pictures(RealHouse(world.app, browser, world.town), world.town)
        await browser.close()


async def pictures(house: RealHouse, town: RealTown) -> None:
    quiet(house.app.service.hotline.rules, town)
    leader = await opened(house, "leader", "/leader")
    wall = await opened(house, "leader", "/wall")
    desk = await opened(house, "agent1", "/desk")

    over = await opens(house, town, "emergency_langxi", "nobody", category="E2.OTHER",
                       district="langxi", township="十字镇", casualties=2,
                       text="工地架子倒了,底下压着两个人", address="演示工地")  # fmt: skip
    done = await opens(house, town, "market_ningguo", "accepts", category="E2.FOOD",
                       district="ningguo", township="港口镇", casualties=9,
                       text="吃完酒席一桌子人上吐下泻")  # fmt: skip
    await expect(row(leader, done)).to_contain_text("已接单")
    await asyncio.sleep(NEAR_LATER_S)
    near = await opens(house, town, "lift_guangde", "second", category="E2.LIFT",
                       district="guangde", township="桃州镇",
                       text="电梯卡在十楼和十一楼中间", address="演示大厦2号梯")  # fmt: skip
    await expect(row(leader, near)).to_contain_text("已接单")
    await reported(house, over, "assisting")
    await reported(house, near, "assisting")
    await reported(house, done, "assisting", "lead")
    await expect(row(leader, over)).to_have_attribute("data-state", "warned")
    await opens(house, town, "water_jingxian", "accepts", category="E1.WATER",
                district="jingxian", township="桃花潭镇", text="水管爆了,整条街没水",
                **{"class": "EMERGENCY_GENERAL"})  # fmt: skip
    await expect(row(leader, near)).to_have_attribute("data-state", "warned")
    await expect(row(leader, over)).to_have_attribute("data-state", "expired")
    await takes_a_call(house, town, desk)
    await opens(house, town, "power_jingde", "nobody", category="E1.POWER", district="jingde",
                township="白地镇", text="整栋楼都没电了",
                **{"class": "EMERGENCY_GENERAL"})  # fmt: skip
    await house.seats(*AGENTS)
    lead = at(desk, "case-panel").locator("[data-unit=gas_xuanzhou]")
    await expect(lead.locator("[data-leg=live][data-state=joined]")).to_be_visible()
    for page, name in ((desk, "desk"), (leader, "leader"), (wall, "wall")):
        shot = await page.screenshot(animations="disabled")
        file = FOLDER / f"{name}.png"
        few = (
            Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        )
        few.save(file, optimize=True)
        print(f"docs/img/{name}.png {file.stat().st_size // 1024} KB")


async def opened(house: RealHouse, user: str, path: str) -> Page:
    page = await house.page(user, path)
    await page.set_viewport_size(SIZE)  # type: ignore[arg-type]
    return page


async def opens(
    house: RealHouse, town: RealTown, unit: str, phones: str, **args: Any
) -> dict[str, Any]:
    prepare_unit(house.unit(unit), phones, town)
    return dict(await house.opens(unit, **args))


def row(leader: Page, case: dict[str, Any]) -> Any:
    return at(leader, f"clock-row-{case['number']}")


async def reported(house: RealHouse, case: dict[str, Any], *roles: str) -> None:
    """The units with these roles report."""
    for assignment in house.app.service.hotline.cases[case["case"]].active:
        if assignment.role.value not in roles:
            continue
        about = {"case": case["case"], "assignment": assignment.id}
        await house.does("agent4", "begin_report", **about)
        await house.does(
            "agent4", "take_report", **about, who_responds="演示执法队三人",
            action_taken="已封存食品,送医九人", arrival="已到场", situation="病情平稳",
            next_report_at=house.app.clock.now() + 1_800_000, final=False,
        )  # fmt: skip


async def takes_a_call(house: RealHouse, town: RealTown, desk: Page) -> None:
    """The agent answers, types, and one key does the rest."""
    await house.seats("agent1")
    prepare_unit(house.unit("gas_xuanzhou"), "accepts", town)
    await house.city.call("19900001234")
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "talking")
    await at(desk, "intake-text").fill("厨房一股臭鸡蛋味,老人头晕,没有开火,宣州区水阳镇演示小区3栋")
    await at(desk, "requester-name").fill("测试女士")
    await at(desk, "township").fill("水阳镇")
    await at(desk, "address").fill("演示小区3栋")
    await expect(at(desk, "class-panel")).to_have_attribute("data-unit", "gas_xuanzhou")
    await desk.keyboard.press("F2")


if __name__ == "__main__":
    asyncio.run(main())
