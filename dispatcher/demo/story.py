"""One major emergency from ring to report, past mark B2, as one JSON object.

Everything is told by independent witnesses: the legs by the city's own log, who heard whom by
the recordings of the phones, the marks by the console's frames, the ledger by `verify`.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from dispatcher.adapters.sql.verify import verify
from dispatcher.core.ids import UnitId
from dispatcher.snapshots import fold
from dispatcher.testing.city.behaviour import Behaviour
from dispatcher.testing.city.leg import CityError

from .client import ConsoleClient
from .scripts import quiet
from .town import Phone, Phones
from .world import PASSWORD, DemoWorld

CALLER = "19900000001"
TEXT = "厨房一股臭鸡蛋味,老人头晕,在水阳镇"
CHINA = timezone(timedelta(hours=8))
EVERYBODY = {
    "requester": ["agent", "unit"],
    "agent": ["requester", "unit"],
    "unit": ["agent", "requester"],
}
"""Who must have heard whom in the end."""

Say = Callable[[str], None]


class Story:
    """Plays it once. ``faults`` is what did not hold; ``say`` is told how far it is."""

    def __init__(self, world: DemoWorld, say: Say) -> None:
        self._world = world
        self._say = say
        self.faults: list[str] = []

    async def play(self) -> dict[str, Any]:
        """Returns the object to print."""
        quiet(self._world.app.service.hotline.rules, self._world.town)
        async with ConsoleClient(self._world.app.address, "agent1", PASSWORD) as console:
            phones, case = await self._call(console)
            await self._report(console, case)
            await self._end(console, case, phones)
            view = console.cases[case]
        result = {
            "case": view["number"],
            "class": view["class"],
            "category": view["category"],
            "unit": _lead(view)["unit_name"],
            "legs": [_leg(party, phone) for party, phone in phones.items()],
            "marks": [_mark(m) for m in _lead(view)["clock"]["marks"]],
            "heard": self._world.town.heard(phones),
            "ledger_ok": await self._ledger_ok(),
        }
        self.faults += check(result)
        return result

    async def _call(self, console: ConsoleClient) -> tuple[Phones, str]:
        """A call comes in, is classified and handed over; the unit accepts and is joined."""
        town = self._world.town
        caller = await (await town.call(CALLER)).answered()
        self._say(f"{CALLER} calls the hotline and waits in the queue")
        call = await console.until(lambda: _talking(console))
        agent = await town.phone(str(call["agent"]))
        said = await console.command("call_text", call=call["id"], text=TEXT)
        self._say(f"{call['agent']} answers and types: {TEXT}")
        self._say(f"shown while typing: {said['class']} {said['category']} {said['unit']['name']}")
        unit_number = self._answering(str(said["unit"]["id"]))
        opened = await console.command(
            "open_emergency",
            call=call["id"],
            **{"class": said["class"]},
            category=said["category"],
            district=said["district"],
            township="水阳镇",
            text=TEXT,
            why="演示",
        )
        case = str(opened["case"])
        self._say(f"one key: case {opened['number']}, the clock runs, {unit_number} rings")
        unit = await (await town.phone(unit_number)).answered()
        await console.until(lambda: _joined(console.cases.get(case)))
        self._say("the unit has heard the case, presses 1 and is joined: three talk")
        phones = {"requester": caller, "agent": agent, "unit": unit}
        try:
            await town.all_hear(phones)
        except CityError as error:
            self.faults.append(str(error))
        return phones, case

    async def _report(self, console: ConsoleClient, case: str) -> None:
        """Past mark B2 the unit reports, which stops the clock."""
        due = _lead(console.cases[case])["clock"]
        span_s = (due["due_at"] - due["basis_at"]) / 1000
        self._say(f"waiting for mark B2 ({span_s * 0.7:.0f} s after the hand-over)")
        await console.until(lambda: _fired(console.cases[case], "B2"), span_s + 30)
        assignment = _lead(console.cases[case])["id"]
        await console.command("begin_report", case=case, assignment=assignment)
        await console.command(
            "take_report",
            case=case,
            assignment=assignment,
            who_responds="演示抢修一班两人",
            action_taken="已电话指导关阀,车辆已出发",
            arrival="8分钟后到场",
            situation="老人已移至室外,无人受伤",
            next_report_at=self._world.app.clock.now() + 600_000,
        )
        await console.until(lambda: _lead(console.cases[case])["clock"]["stopped_at"])
        self._say("the unit has reported: the clock stands")

    async def _end(self, console: ConsoleClient, case: str, phones: Phones) -> None:
        await console.command("end_conversation", case=case)
        await phones["requester"].left()
        for phone in phones.values():
            await phone.hang_up()
        self._say("all have hung up; the ledger is being verified")

    def _answering(self, unit: str) -> str:
        """Let the unit's 24 h line press 1, all its other phones ring in vain."""
        contacts = self._world.app.service.hotline.rules.units[UnitId(unit)].contacts
        first, *others = [number.digits for contact in contacts for number in contact.numbers]
        for number in others:
            self._world.town.unit(number, Behaviour.no_answer())
        self._world.town.unit(first, Behaviour.presses("1", after_s=2.5, answer_after_s=1.5))
        return first

    async def _ledger_ok(self) -> bool:
        database = self._world.app.settings.data / "ledger.db"
        report = await asyncio.to_thread(verify, database, fold=fold)
        self.faults += [f"ledger: {finding.message_en}" for finding in report.findings]
        return report.ok


def check(result: dict[str, Any]) -> list[str]:
    """What of the story did not hold."""
    faults = []
    if result["heard"] != EVERYBODY:
        faults.append(f"not everybody heard everybody: {result['heard']}")
    if (result["class"], result["category"]) != ("EMERGENCY_MAJOR", "E2.GAS"):
        faults.append(f"classified as {result['class']} {result['category']}")
    codes = [mark["code"] for mark in result["marks"]]
    if not {"B1", "B2"} <= set(codes) or len(codes) != len(set(codes)):
        faults.append(f"marks B1 and B2 once each: {codes}")
    if early := [m["code"] for m in result["marks"] if m["fired"] < m["due"]]:
        faults.append(f"marks fired before they were due: {early}")
    faults += [
        f"the {leg['party']} {what} at no time"
        for leg in result["legs"]
        for what in ("ringing", "answered", "left")
        if leg[what] is None
    ]
    if not result["ledger_ok"]:
        faults.append("the ledger does not verify")
    return faults


def iso(instant: int | None) -> str | None:
    """UTC+8 with milliseconds."""
    if instant is None:
        return None
    when = datetime.fromtimestamp(instant / 1000, UTC).astimezone(CHINA)
    return when.isoformat(timespec="milliseconds")


def _talking(console: ConsoleClient) -> dict[str, Any] | None:
    call = console.call_of(CALLER)
    return call if call and call["state"] == "talking" else None


def _lead(case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(a for a in case["assignments"] if a["role"] == "lead")
    return found


def _joined(case: dict[str, Any] | None) -> bool:
    """The lead's own leg is in the room."""
    if not case or not case["call"]:
        return False
    lead = _lead(case)["id"]
    return any(x["state"] == "joined" and x["assignment"] == lead for x in case["call"]["legs"])


def _fired(case: dict[str, Any], code: str) -> bool:
    return any(m["code"] == code for m in _lead(case)["clock"]["marks"])


def _leg(party: str, phone: Phone) -> dict[str, Any]:
    return {
        "party": party,
        "ringing": iso(phone.ringing_at or phone.invited_at),
        "answered": iso(phone.answered_at),
        "left": iso(phone.left_at),
    }


def _mark(mark: dict[str, Any]) -> dict[str, Any]:
    return {"code": mark["code"], "due": iso(mark["due_at"]), "fired": iso(mark["at"])}
