"""One major emergency from ring to report, past mark B2, as one JSON object.

Everything is told by independent witnesses: the legs by the city's own log, who heard whom by
the recordings of the phones, the marks by the console's frames, the ledger by `verify`.
"""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from dispatcher.adapters.sql.verify import verify
from dispatcher.snapshots import fold
from dispatcher.testing.city.behaviour import Behaviour
from dispatcher.testing.city.leg import CityLeg

from .client import ConsoleClient
from .world import PASSWORD, DemoWorld

CALLER = "19900000001"
TEXT = "厨房一股臭鸡蛋味,老人头晕,在水阳镇"
CHINA = timezone(timedelta(hours=8))


async def play(world: DemoWorld) -> tuple[dict[str, Any], list[str]]:
    """Play it. Returns the object to print, and what did not hold (empty: all did)."""
    city = world.city
    faults: list[str] = []
    async with ConsoleClient(world.app.address, "agent1", PASSWORD) as console:
        caller = await city.call(CALLER)
        await caller.answered()
        call = await console.until(lambda: _talking(console))
        agent = await city.leg(str(call["agent"]))
        said = await console.command("call_text", call=call["id"], text=TEXT)
        unit_number = _answering(world, str(said["unit"]["id"]))
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
        case_id = opened["case"]
        unit = await (await city.leg(unit_number)).answered()
        await console.until(lambda: _joined(console.cases.get(case_id)))
        await _all_hear(caller, agent, unit, faults)
        await console.until(lambda: _fired(console.cases[case_id], "B2"), 60)
        assignment = _lead(console.cases[case_id])["id"]
        await console.command("begin_report", case=case_id, assignment=assignment)
        await console.command(
            "take_report",
            case=case_id,
            assignment=assignment,
            who_responds="演示抢修一班两人",
            action_taken="已电话指导关阀,车辆已出发",
            arrival="8分钟后到场",
            situation="老人已移至室外,无人受伤",
            next_report_at=world.app.clock.now() + 600_000,
        )
        await console.until(lambda: _lead(console.cases[case_id])["clock"]["stopped_at"])
        await console.command("end_conversation", case=case_id)
        await caller.left()
        for leg in (agent, unit):
            if leg.alive:
                await leg.hang_up()
        case = console.cases[case_id]
    witnesses = {"requester": caller, "agent": agent, "unit": unit}
    result = {
        "case": case["number"],
        "class": case["class"],
        "category": case["category"],
        "unit": _lead(case)["unit_name"],
        "legs": [_leg(party, leg) for party, leg in witnesses.items()],
        "marks": [_mark(m) for m in _lead(case)["clock"]["marks"]],
        "heard": heard(witnesses),
        "ledger_ok": await _ledger_ok(world),
    }
    return result, faults + check(result)


def check(result: dict[str, Any]) -> list[str]:
    """What must hold of the story."""
    wanted = {"requester": ["agent", "unit"], "agent": ["requester", "unit"],
              "unit": ["agent", "requester"]}  # fmt: skip
    faults = []
    if result["heard"] != wanted:
        faults.append(f"heard: {result['heard']}")
    if result["class"] != "EMERGENCY_MAJOR" or result["category"] != "E2.GAS":
        faults.append(f"classified as {result['class']} {result['category']}")
    codes = [m["code"] for m in result["marks"]]
    if not {"B1", "B2"} <= set(codes) or len(codes) != len(set(codes)):
        faults.append(f"marks: {codes}")
    if any(leg[k] is None for leg in result["legs"] for k in ("answered", "left")):
        faults.append("a leg was not answered or did not end")
    if not result["ledger_ok"]:
        faults.append("the ledger does not verify")
    return faults


def heard(witnesses: dict[str, CityLeg]) -> dict[str, list[str]]:
    """Party → parties whose tone its phone recorded."""
    return {
        name: sorted(
            leg.hearing().heard_parties(
                {other: x.tone_hz for other, x in witnesses.items() if other != name}
            )
        )
        for name, leg in witnesses.items()
    }


def _answering(world: DemoWorld, unit: str) -> str:
    """Let the unit's 24 h line press 1, all its other phones ring in vain."""
    contacts = world.app.service.hotline.rules.units[unit].contacts  # type: ignore[index]
    numbers = [number.digits for contact in contacts for number in contact.numbers]
    for number in numbers[1:]:
        world.city.unit(number, Behaviour.no_answer())
    world.city.unit(numbers[0], Behaviour.presses("1", after_s=2.5, answer_after_s=1.5))
    return numbers[0]


async def _all_hear(*legs_and_faults: Any) -> None:
    *legs, faults = legs_and_faults
    try:
        for leg in legs:
            await leg.hears(*(x.tone_hz for x in legs if x is not leg))
    except Exception as error:
        faults.append(str(error))


def _talking(console: ConsoleClient) -> dict[str, Any] | None:
    call = console.call_of(CALLER)
    return call if call and call["state"] == "talking" else None


def _lead(case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(a for a in case["assignments"] if a["role"] == "lead")
    return found


def _joined(case: dict[str, Any] | None) -> bool:
    legs = case["call"]["legs"] if case and case["call"] else []
    return any(leg["state"] == "joined" for leg in legs)


def _fired(case: dict[str, Any], code: str) -> bool:
    return any(m["code"] == code for m in _lead(case)["clock"]["marks"])


def _leg(party: str, leg: CityLeg) -> dict[str, Any]:
    return {
        "party": party,
        "ringing": iso(leg.ringing_at or leg.invited_at),
        "answered": iso(leg.answered_at),
        "left": iso(leg.left_at),
    }


def _mark(mark: dict[str, Any]) -> dict[str, Any]:
    return {"code": mark["code"], "due": iso(mark["due_at"]), "fired": iso(mark["at"])}


def iso(instant: int | None) -> str | None:
    """UTC+8 with milliseconds."""
    if instant is None:
        return None
    when = datetime.fromtimestamp(instant / 1000, UTC).astimezone(CHINA)
    return when.isoformat(timespec="milliseconds")


async def _ledger_ok(world: DemoWorld) -> bool:
    report = await asyncio.to_thread(verify, world.app.settings.data / "ledger.db", fold=fold)
    return report.ok
