"""Everything people type, through every command: what reaches the PBX holds none of it.

Whatever the telephony is asked is also put through the real adapter, against a manager port that
keeps every byte. A hostile word may stand in the ledger and on screens; on the wire stand ids,
registered numbers and names of sounds.
"""

import asyncio
from dataclasses import fields
from typing import Any, get_args

import pytest

from dispatcher import requests
from dispatcher.core.dialling import registered_numbers
from dispatcher.core.effects import LiveEffect, RingCaller, RingContact, SetSeat
from dispatcher.core.ids import Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS, LIFT
from tests.scenarios.world import Desk, World
from tests.unit.adapters.asterisk.scene import Scene, play
from tests.unit.adapters.asterisk.test_hostile_effects import HOSTILE, MARK, check

WORDS = [word for word in HOSTILE if MARK in word and len(word) < 250]
TYPED = ("township", "address", "text", "requester_name", "requester_number", "why", "source")
REASONED = ("reason", "line", "code", "who_responds", "action_taken", "arrival", "situation", "how")
IDS = ("case", "assignment", "contact", "call", "unit", "feedback", "alarm", "category", "district",
       "seat", "callback", "number", "form", "accepted_by", "acknowledged_by", "leg")  # fmt: skip


async def on_the_wire(world: World) -> bytes:
    """What the PBX would be sent for everything asked so far."""
    asked = [*world.phones.performed, *world.phones.asked]
    sent = bytearray()

    async def story(scene: Scene) -> None:
        await scene.up()
        scene.connection.bytes = b""
        for effect in asked:
            await scene.perform(effect)
        sent.extend(scene.connection.bytes)

    await asyncio.to_thread(play, story)
    return bytes(sent)


async def talking(world: World) -> tuple[Desk, str]:
    await world.caller()
    desk = world.agent()
    await desk.answers()
    assert desk.phone.leg is not None
    return desk, desk.phone.leg.caller.call


def emergency(word: str) -> dict[str, Any]:
    known = {"class": "EMERGENCY_MAJOR", "category": "E2.GAS", "district": "xuanzhou"}
    return {**known, **dict.fromkeys(TYPED, word), "hazards": [word]}


@pytest.mark.parametrize("word", WORDS, ids=range(len(WORDS)))
async def test_no_typed_word_reaches_the_pbx(world: World, word: str) -> None:
    """One case lived through with the word in every text that takes one."""
    world.unit(GAS, Rung.DUTY, Behaviour.presses("1", after_s=2))
    world.phones.unit("119", Behaviour.answers(after_s=1))
    desk, call = await talking(world)
    data = await desk.does("open_emergency", call=call, **emergency(word))
    case = data["case"]
    await desk.asks("call_line", call=call, line="119", text=word, address=word, why=word)
    await world.forward("0:10")
    await desk.does("amend_case", case=case, **dict.fromkeys(TYPED[:4], word), hazards=[word])
    await desk.does("reclassify", case=case, **{"class": "EMERGENCY_MAJOR"}, category="E2.GAS",
                    reason=word)  # fmt: skip
    await desk.does("hand_over", case=case, unit=LIFT, role="assisting", reason=word)
    await world.forward("2:30")
    await desk.does("ring_again", case=case, assignment=f"{case}/a1")
    report = dict.fromkeys(("who_responds", "action_taken", "arrival", "situation"), word)
    await desk.asks("take_report", case=case, assignment=f"{case}/a1", **report,
                    next_report_at=world.clock.now() + 60_000)  # fmt: skip
    await desk.asks("seat_pause", reason=word)
    await world.leader.asks("reassign", case=case, unit=LIFT, reason=word)
    await desk.asks("enter_paper", called_at=world.began, accepted_at=world.began, form=word,
                    accepted_by=word, **emergency(word))  # fmt: skip
    await world.leader.asks("close_case", case=case, reason=word)
    await world.settle()
    known = registered_numbers(world.rules)
    rung = {x.number for x in world.performed(RingContact)}
    assert rung
    assert rung <= known
    sent = await on_the_wire(world)
    check(sent)
    reasons = [x.reason for x in world.phones.asked if isinstance(x, SetSeat)]
    for reason in filter(None, reasons):
        sent = sent.replace(b"Reason: " + reason.encode(), b"")
    assert MARK.encode() not in sent


@pytest.mark.parametrize("name", sorted(requests.SPECS))
async def test_a_hostile_id_is_refused_and_asks_nothing_of_the_pbx(world: World, name: str) -> None:
    """Every command, each of its texts in turn hostile, on a living case."""
    world.unit(GAS, Rung.DUTY, Behaviour.presses("1", after_s=1))
    desk, call = await talking(world)
    data = await desk.does("open_emergency", call=call, **emergency("测试"))
    await world.forward("0:05")
    good: dict[str, Any] = {
        **emergency("测试"), "case": data["case"], "assignment": f"{data['case']}/a1", "call": call,
        "line": "119", "unit": LIFT, "role": "assisting", "reason": "测试", "called_at": 1,
        "accepted_at": 1, "answered": True, "code": "C", "feedback": "f", "alarm": "a",
        "who_responds": "x", "action_taken": "x", "arrival": "x", "situation": "x",
        "next_report_at": None,
    }  # fmt: skip
    takes = {field.name for field in fields(requests.SPECS[name].command)}
    takes |= {"class"} if "case_class" in takes else set()
    before = len(world.phones.performed)
    for field in (*TYPED, *REASONED, *IDS):
        if field not in takes:
            continue
        for word in (WORDS[0], WORDS[6], "PJSIP/0085212345678@trunk", "0085212345678"):
            args = {k: v for k, v in good.items() if k in takes} | {field: word}
            await world.leader.asks(name, **args)
    await world.forward("0:05")
    new = world.phones.performed[before:]
    known = registered_numbers(world.rules)
    assert {x.number for x in new if isinstance(x, RingContact)} <= known
    assert not [x for x in world.phones.asked if isinstance(x, RingCaller)]
    sent = await on_the_wire(world)
    check(sent)
    assert MARK.encode() not in sent
    assert b"0085212345678" not in sent


async def test_every_live_effect_has_a_hostile_twin(world: World) -> None:
    """The table of effects on the wire names all that exist, so that a new one is not forgotten."""
    from tests.unit.adapters.asterisk.test_hostile_effects import EFFECTS

    seen = {type(x) for x in EFFECTS}
    assert set(get_args(LiveEffect)) <= seen
