"""The trickle of calls, and the robots at desks where nobody is signed in.

A robot does what an agent does, through the real gateway: reads what is said, opens the
emergency or ends the call with one line, takes the unit's report. Where a person has signed in
as the agent, the robot of that seat stands back.
"""

import asyncio
import contextlib
import itertools
import random
from dataclasses import dataclass

import structlog

from dispatcher.testing.city.behaviour import Behaviour
from dispatcher.testing.city.leg import CityError, CityLeg

from .client import CommandFailed, ConsoleClient
from .world import AGENTS, PASSWORD, DemoWorld

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Script:
    """One kind of call: what is said, and how the unit's phones behave."""

    name: str
    title: str
    text: str
    units: str = "presses1"
    unit_reports: bool = True


SCRIPTS: dict[str, Script] = {
    s.name: s
    for s in (
        Script("gas", "燃气泄漏,单位按1接单", "厨房一股臭鸡蛋味,老人头晕,宣州区水阳镇"),
        Script(
            "lift", "电梯困人,联络员接单", "我卡在十楼到十一楼中间出不来了,广德桃州镇", "second"
        ),
        Script("food", "食物中毒,单位按2退回", "吃完酒席一桌子人上吐下泻,宁国港口镇", "presses2"),
        Script(
            "silent", "无人接听,逐级升级", "工地架子倒了底下压着人,郎溪县十字镇", "nobody", False
        ),
        Script("busy", "值班电话占线,答录机", "闻到煤气味,绩溪县伏岭镇", "busy"),
        Script("water", "停水(一般应急)", "水管爆了整条街没水,泾县桃花潭镇", "presses1"),
        Script("power", "停电(一般应急),不反馈", "整栋楼都没电了,旌德县白地镇", "presses1", False),
        Script("bill", "咨询:燃气费怎么交", "燃气费怎么交", "presses1"),
        Script("noise", "投诉:夜间噪声", "楼下烧烤摊每天吵到半夜,希望处理", "presses1"),
    )
}
MIX = ("gas", "bill", "lift", "noise", "water", "silent", "power", "bill", "busy", "food")


class Life:
    """Places calls one after the other and lets robots answer for empty desks."""

    def __init__(self, world: DemoWorld, every_s: float, seed: int = 12345) -> None:
        self._world = world
        self._every_s = every_s
        self._random = random.Random(seed)
        self._numbers = itertools.count(1)
        self._scripts: dict[str, Script] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._assign_phones()

    async def run(self) -> None:
        """Until cancelled."""
        robots = [asyncio.create_task(self._robot(seat)) for seat in AGENTS]
        try:
            for name in itertools.cycle(MIX):
                await self.place(name)
                await asyncio.sleep(self._every_s * self._random.uniform(0.6, 1.4))
        finally:
            for task in (*robots, *self._tasks):
                task.cancel()
            await asyncio.gather(*robots, *self._tasks, return_exceptions=True)

    async def place(self, name: str) -> str:
        """Place one call of this kind now; returns the fictitious caller's number."""
        script = SCRIPTS[name]
        number = f"199{next(self._numbers):08d}"
        self._scripts[number] = script
        with contextlib.suppress(CityError):
            leg = await self._world.city.call(number)
            self._start(self._leave_after(leg, 150))
        return number

    def _start(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _leave_after(self, leg: CityLeg, seconds: float) -> None:
        """A caller who is never released hangs up at last, so that the demo stays small."""
        with contextlib.suppress(CityError):
            await leg.left(deadline_s=seconds)
        with contextlib.suppress(CityError):
            await leg.hang_up()

    # ------------------------------------------------------------ units' phones

    def _assign_phones(self) -> None:
        """Every phone of the registration: most duty lines press 1."""
        for unit in self._world.app.service.hotline.rules.units.values():
            for contact in unit.contacts:
                for number in contact.numbers:
                    self._world.city.unit(number.digits, Behaviour.no_answer())

    def _prepare_unit(self, unit: str, script: Script) -> None:
        contacts = self._world.app.service.hotline.rules.units[unit].contacts  # type: ignore[index]
        numbers = [n.digits for c in contacts for n in c.numbers]
        wait = self._random.uniform(2, 6)
        plans: dict[str, list[Behaviour]] = {
            "presses1": [Behaviour.presses("1", after_s=6, answer_after_s=wait).leaving(60)],
            "second": [
                Behaviour.no_answer(),
                Behaviour.presses("1", after_s=5, answer_after_s=wait).leaving(60),
            ],
            "presses2": [Behaviour.presses("2", after_s=6, answer_after_s=wait)],
            "busy": [
                Behaviour.busy(),
                Behaviour.voicemail(),
                Behaviour.presses("1", after_s=6, answer_after_s=3).leaving(60),
            ],
            "nobody": [Behaviour.no_answer()],
        }
        plan = plans[script.units]
        for index, number in enumerate(numbers):
            later = Behaviour.no_answer()
            self._world.city.unit(number, plan[index] if index < len(plan) else later)

    # ------------------------------------------------------------ robots

    async def _robot(self, seat: str) -> None:
        while True:
            try:
                async with ConsoleClient(self._world.app.address, seat, PASSWORD) as console:
                    await self._work(seat, console)
            except (OSError, CommandFailed, TimeoutError) as error:
                log.warning("robot starts again", seat=seat, reason=str(error))
                await asyncio.sleep(2)

    async def _work(self, seat: str, console: ConsoleClient) -> None:
        done: set[str] = set()

        def next_call() -> dict[str, object] | None:
            return next(
                (
                    c
                    for c in console.calls.values()
                    if c["agent"] == seat
                    and c["state"] == "talking"
                    and c["id"] not in done
                    and not c["case"]
                ),
                None,
            )

        while True:
            call = await console.until(next_call, deadline_s=86_400)
            done.add(str(call["id"]))
            script = self._scripts.get(str(call["number"]))
            if script is None or self._world.app.gateway.seats_taken(seat) > 1:
                continue
            try:
                await self._handle(console, call, script)
            except (CommandFailed, TimeoutError) as error:
                log.warning("robot gave a call up", seat=seat, reason=str(error))

    async def _handle(
        self, console: ConsoleClient, call: dict[str, object], script: Script
    ) -> None:
        """Type as the caller speaks, then one key, or one line."""
        for end in range(4, len(script.text) + 4, 4):
            said = await console.command("call_text", call=call["id"], text=script.text[:end])
            await asyncio.sleep(0.4)
        if said["class"] in ("ORDINARY", "CONSULT"):
            await console.command(
                "record_call",
                call=call["id"],
                line=f"已答复:{script.title}",
                answered=said["class"] == "CONSULT",
                **{"class": said["class"]},
            )
            await self._world.city.hangup(str(call["number"]))
            return
        if said.get("unit"):
            self._prepare_unit(said["unit"]["id"], script)
        opened = await console.command(
            "open_emergency",
            call=call["id"],
            **{"class": said["class"]},
            category=said["category"],
            district=said["district"],
            text=script.text,
            why="演示来电",
        )
        if script.unit_reports:
            self._start(self._report(console, opened["case"]))

    async def _report(self, console: ConsoleClient, case: str) -> None:
        """The unit reports some time after it has accepted."""
        try:
            lead = await console.until(lambda: _accepted(console.cases.get(case)), 900)
            limit_s = (lead["clock"]["due_at"] - lead["clock"]["basis_at"]) / 1000
            await asyncio.sleep(limit_s * self._random.uniform(0.3, 0.85))
            await console.command("begin_report", case=case, assignment=lead["id"])
            await console.command(
                "take_report",
                case=case,
                assignment=lead["id"],
                who_responds="演示抢修班两人",
                action_taken="已电话指导处置,人员已出发",
                arrival="8分钟后到场",
                situation="现场无人受伤",
                next_report_at=self._world.app.clock.now() + 1_800_000,
            )
        except (CommandFailed, TimeoutError) as error:
            log.warning("no report", reason=str(error))


def _accepted(case: dict[str, object] | None) -> dict[str, object] | None:
    assignments = case["assignments"] if case else []
    return next(
        (a for a in assignments if a["role"] == "lead" and a["acknowledged_at"]),  # type: ignore[attr-defined]
        None,
    )
