"""One key to an emergency line: into the talk at once, the paperwork after it (Q-R2.1e-04)."""

import asyncio
from typing import Any, cast

import pytest

from dispatcher.adapters.memory import MemoryStore
from dispatcher.core import events as e
from dispatcher.core.effects import ConveneRoom, RingContact
from dispatcher.core.ids import CaseId, Rung
from dispatcher.testing.city.behaviour import Behaviour
from dispatcher.testing.sample_rules import GAS
from tests.scenarios.world import Desk, Story, World

ANSWERS = Behaviour.answers(after_s=2)


async def pressed(desk: Desk, line: str = "119", **args: Any) -> Story:
    """The agent presses a line's key in the call at his phone."""
    leg = desk.phone.leg
    assert leg is not None
    desk.world.began = desk.world.clock.now()
    data = await desk.does("call_line", line=line, call=leg.caller.call, **args)
    return Story(desk.world, CaseId(data["case"]))


async def talking(world: World) -> Desk:
    await world.caller()
    desk = world.agent()
    await desk.answers()
    return desk


async def test_a_press_before_any_paperwork_rings_the_line_and_brings_all_three_together(
    world: World,
) -> None:
    world.phones.unit("119", ANSWERS)
    case = await pressed(await talking(world))
    assert [x.number for x in world.legs_rung] == ["119"]
    assert case.room == {"19900000001", "agent1"}, "they go on talking while the line rings"
    await world.forward(2_000)
    assert case.room == {"19900000001", "agent1", "119"}
    assert (case.state.case_class.value, case.state.category) == ("EMERGENCY_MAJOR", "E2.OTHER")
    assert case.state.personal is not None
    assert case.state.personal.why == "一键119"
    assert case.state.state == "accepted"
    assert case.state.clock is not None
    assert case.state.clock.running
    assert case.state.assignments == {}
    assert case.alarms == set()
    (placed,) = await case.all(e.LegPlaced)
    assert (placed.purpose, placed.mode, placed.contact) == ("line", "voice", "line:119")
    assert [x.line for x in await case.all(e.LineLinked)] == ["119"]
    await case.rings_true()


async def test_the_ring_goes_out_with_the_very_commit_that_opens_the_case(world: World) -> None:
    case = await pressed(await talking(world))
    ledger = await case.ledger()
    opened = next(x for x in ledger if isinstance(x.event, e.CaseAccepted))
    placed = next(x for x in ledger if isinstance(x.event, e.LegPlaced))
    assert opened.at == placed.at
    kinds = [type(x) for x in world.phones.performed]
    assert set(kinds) == {ConveneRoom, RingContact}


async def test_what_the_desk_has_read_goes_into_the_case(world: World) -> None:
    case = await pressed(
        await talking(world),
        "120",
        **{"class": "EMERGENCY_GENERAL", "category": "E1.WATER", "district": "xuanzhou"},
        address="测试路1号",
        text="井盖塌陷,有人掉下去",
        why="塌陷",
    )
    assert (case.state.case_class.value, case.state.category) == ("EMERGENCY_GENERAL", "E1.WATER")
    person = case.state.personal
    assert person is not None
    assert (person.address, person.why) == ("测试路1号", "塌陷")


async def test_an_ordinary_reading_does_not_talk_the_key_down(world: World) -> None:
    read: dict[str, Any] = {"class": "ORDINARY", "category": None}
    case = await pressed(await talking(world), **read)
    assert case.state.case_class.value == "EMERGENCY_MAJOR"


async def test_a_second_line_joins_the_same_case(world: World) -> None:
    world.phones.unit("119", ANSWERS)
    world.phones.unit("120", ANSWERS)
    desk = await talking(world)
    first = await pressed(desk, "119")
    second = await pressed(desk, "120")
    assert first.id == second.id
    await world.forward(2_000)
    assert first.room == {"19900000001", "agent1", "119", "120"}
    third = await desk.does("open_emergency", call=None, **_gas())
    assert third["number"].endswith("000002"), "the second press took no number of its own"


async def test_two_keys_at_once_open_one_case(world: World) -> None:
    desk = await talking(world)
    assert desk.phone.leg is not None
    call = desk.phone.leg.caller.call
    results = await asyncio.gather(
        desk.asks("call_line", line="119", call=call), desk.asks("call_line", line="110", call=call)
    )
    assert [x.ok for x in results] == [True, True]
    assert len({x.data["case"] for x in results}) == 1
    assert len({x.data["number"] for x in results}) == 1
    assert len(world.alive.hotline.cases) == 1


async def test_the_line_joins_the_case_that_is_open_already(world: World) -> None:
    world.phones.unit("119", ANSWERS)
    desk = await talking(world)
    case = await desk.opens("E2.GAS")
    assert (await pressed(desk)).id == case.id
    await world.unit_presses(GAS, Rung.DUTY, "1")
    await world.forward(2_000)
    assert case.room == {"19900000001", "agent1", "119", world.leg(GAS, Rung.DUTY).number}
    assert case.state.state == "acknowledged"
    await case.rings_true()


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (Behaviour.busy(), "消防119占线"),
        (Behaviour.no_answer(), "消防119无人接听"),
        (Behaviour.rejects(), "消防119拒接"),
        (Behaviour.unreachable(), "消防119无人接听"),
        (Behaviour.no_such_number(), "消防119是空号"),
    ],
)
async def test_not_reached_is_told_at_once_and_one_key_redials(
    world: World, behaviour: Behaviour, said: str
) -> None:
    world.phones.unit("119", behaviour)
    desk = await talking(world)
    case = await pressed(desk)
    await world.forward(45_000)
    (alarm,) = case.state.alarms
    assert (alarm.kind, alarm.role, alarm.priority) == ("LINE_119", "agent", 1)
    assert alarm.action.startswith(said)
    assert case.room == {"19900000001", "agent1"}
    world.phones.unit("119", ANSWERS)
    assert (await pressed(desk)).id == case.id
    assert "LINE_119" not in case.alarms
    await world.forward(2_000)
    assert "119" in case.room


async def test_two_lines_that_fail_are_two_alarms(world: World) -> None:
    world.phones.unit("119", Behaviour.busy())
    world.phones.unit("120", Behaviour.busy())
    desk = await talking(world)
    case = await pressed(desk, "119")
    await pressed(desk, "120")
    await world.forward(1_000)
    assert case.alarms == {"LINE_119", "LINE_120"}


async def test_what_cannot_be_done_is_refused_with_what_to_do(world: World) -> None:
    desk = await talking(world)
    assert desk.phone.leg is not None
    call = desk.phone.leg.caller.call
    assert await desk.is_refused("call_line", line="114", call=call) == "NO_SUCH_LINE"
    assert await desk.is_refused("call_line", line="119", call=None) == "NOBODY_TALKS"
    assert await desk.is_refused("call_line", line="119", call="nobody") == "NOBODY_TALKS"
    await pressed(desk)
    assert await desk.is_refused("call_line", line="119", call=call) == "LINE_UNDER_WAY"
    world.phones.cut_link()
    await world.settle()
    assert await desk.is_refused("call_line", line="120", call=call) == "LINK_DOWN"
    waiting = await world.caller("19900000002")
    assert await desk.is_refused("call_line", line="120", call=waiting.call) == "LINK_DOWN"


async def test_a_caller_who_still_waits_has_nobody_to_bridge_for_him(world: World) -> None:
    waiting = await world.caller()
    assert await world.agent().is_refused("call_line", line="119", call=waiting.call) == (
        "NOBODY_TALKS"
    )
    assert world.alive.hotline.cases == {}
    assert world.legs_rung == []


async def test_the_agent_hands_over_after_the_bridge(world: World) -> None:
    world.phones.unit("119", ANSWERS)
    desk = await talking(world)
    case = await pressed(desk)
    await world.forward(30_000)
    await desk.does("amend_case", case=case.id, text="厨房有很浓的气味", address="测试路1号")
    await desk.does("hand_over_by_route", case=case.id, category="E2.GAS", district="xuanzhou")
    assert case.state.lead is not None
    assert case.state.lead.unit == GAS
    assert case.state.category == "E2.GAS"
    assert case.alarms == set()
    await world.unit_presses(GAS, Rung.DUTY, "1")
    assert case.room == {"19900000001", "agent1", "119", world.leg(GAS, Rung.DUTY).number}
    assert await desk.is_refused("hand_over_by_route", case=case.id) == "HAS_LEAD"


async def test_after_a_minute_without_a_unit_the_shift_leader_is_told(world: World) -> None:
    world.phones.unit("119", ANSWERS)
    case = await pressed(await talking(world))
    await world.forward(61_000)
    assert case.alarms == {"HANDOVER_SLOW"}


async def test_what_the_police_alone_has_taken_over_an_agent_closes(world: World) -> None:
    world.phones.unit("110", ANSWERS)
    desk = await talking(world)
    case = await pressed(desk, "110")
    reason = {"case": case.id, "reason": "已由110接办,无其他事项"}
    assert await desk.is_refused("close_case", **reason) == "SUPERVISOR_ONLY"
    await world.forward(3_000)
    await desk.does("close_case", **reason)
    assert case.room == {"19900000001", "agent1", "110"}, "the talk itself goes on"


async def test_closing_lets_go_a_line_that_still_rings(world: World) -> None:
    desk = await talking(world)
    case = await pressed(desk)
    await world.leader.does("close_case", case=case.id, reason="误按")
    assert world.phones.rings("119")[0].alive is False


# ---------------------------------------------------------------- who remains


async def in_room(world: World) -> tuple[Desk, Story]:
    world.phones.unit("119", ANSWERS)
    desk = await talking(world)
    case = await pressed(desk)
    await world.forward(30_000)
    assert "119" in case.room
    return desk, case


async def test_the_line_leaves_and_caller_and_agent_talk_on(world: World) -> None:
    _, case = await in_room(world)
    world.phones.units.end(world.phones.living_leg("119"), 16)
    await world.settle()
    assert case.room == {"19900000001", "agent1"}
    assert case.alarms == set()
    assert (await case.outcomes())[-1] == ("joined", "unit", "unit_lost")


async def test_a_line_cut_by_the_network_is_told_with_one_key(world: World) -> None:
    _, case = await in_room(world)
    world.phones.units.end(world.phones.living_leg("119"), 38)
    await world.settle()
    assert case.alarms == {"LINE_119"}
    assert len(world.legs_rung) == 1, "it is rung again by a key, not by itself"


async def test_the_agent_leaves_and_caller_and_line_talk_on(world: World) -> None:
    desk, case = await in_room(world)
    await desk.hangs_up()
    assert case.room == {"19900000001", "119"}
    world.phones.units.end(world.phones.living_leg("119"), 16)
    await world.settle()
    assert case.handover.requester_at == "queue"
    assert "AGENT_LOST" in case.alarms


async def test_the_caller_leaves_and_agent_and_line_talk_on(world: World) -> None:
    desk, case = await in_room(world)
    assert desk.phone.leg is not None
    desk.phone.leg.caller.hang_up()
    await world.settle()
    assert case.room == {"agent1", "119"}
    assert (await case.outcomes())[-1] == ("joined", "requester", "others_talk_on")


async def test_the_line_alone_is_told_and_released(world: World) -> None:
    desk, _ = await in_room(world)
    assert desk.phone.leg is not None
    caller = desk.phone.leg.caller
    leg = world.phones.living_leg("119")
    await desk.hangs_up()
    caller.hang_up()
    await world.forward(60_000)
    assert "detail" in leg.heard
    assert not leg.alive


async def test_the_agent_lost_while_the_line_rings_is_replaced_in_the_queue(world: World) -> None:
    desk = await talking(world)
    case = await pressed(desk)
    await desk.loses_the_phone()
    assert case.handover.requester_at == "queue"
    world.phones.units.answer(world.phones.living_leg("119"))
    await world.settle()
    assert case.room == {"19900000001", "119"}, "help is on the line: he does not wait"


async def test_the_caller_lost_while_the_line_rings_leaves_agent_and_line(world: World) -> None:
    desk = await talking(world)
    case = await pressed(desk)
    assert desk.phone.leg is not None
    desk.phone.leg.caller.hang_up()
    await world.settle()
    world.phones.units.answer(world.phones.living_leg("119"))
    await world.settle()
    assert case.room == {"agent1", "119"}


# ---------------------------------------------------------------- when something breaks


async def test_a_call_of_unknown_fate_is_told_and_never_rung_by_itself(world: World) -> None:
    world.phones.lose_outcome(RingContact, done=False)
    desk = await talking(world)
    case = await pressed(desk)
    await world.forward(5_000)
    assert case.alarms == {"LINE_119"}
    assert world.phones.rings("119") == []
    await pressed(desk)
    assert len(world.phones.rings("119")) == 1


async def test_a_line_thought_lost_that_answers_is_ours_again(world: World) -> None:
    world.phones.lose_outcome(RingContact, done=True)
    world.phones.unit("119", ANSWERS)
    case = await pressed(await talking(world))
    await world.forward(5_000)
    assert "119" in case.room
    assert case.alarms == set()
    assert len(await case.all(e.LegFound)) == 1


async def test_the_service_dies_while_the_line_rings(world: World) -> None:
    world.phones.unit("119", Behaviour.answers(after_s=8))
    case = await pressed(await talking(world))
    await world.crash()
    await world.forward(20_000)
    await world.start()
    assert case.room == {"19900000001", "agent1", "119"}
    assert [x.line for x in await case.all(e.LineLinked)] == ["119"]
    await case.rings_true()


async def test_the_link_is_cut_while_the_line_joins(world: World) -> None:
    world.phones.unit("119", ANSWERS)
    case = await pressed(await talking(world))
    world.phones.cut_link()
    await world.forward(20_000)
    world.phones.restore_link()
    await world.settle()
    assert case.room == {"19900000001", "agent1", "119"}
    assert [x.line for x in await case.all(e.LineLinked)] == ["119"]


def _gas() -> dict[str, object]:
    return {"class": "EMERGENCY_MAJOR", "category": "E2.GAS", "district": "xuanzhou"}


async def test_a_case_of_a_form_is_handed_over_by_outbound_call(world: World) -> None:
    """Nobody is on the line: the agent's own phone is rung beside the unit's."""
    now = world.clock.now()
    desk = world.agent()
    data = await desk.does("enter_paper", **_gas(), called_at=now, accepted_at=now)
    await desk.does("hand_over_by_route", case=data["case"], means="outbound", seat="agent1")
    await world.unit_presses(GAS, Rung.DUTY, "1")
    world.phones.seats.answer(desk.phone)
    await world.forward(1_000)
    assert Story(world, CaseId(data["case"])).room == {
        "agent1",
        world.leg(GAS, Rung.DUTY).number,
    }


async def test_with_a_full_disk_the_key_still_rings_as_a_hand_over_does(world: World) -> None:
    """Set aside in the journal, and performed: as `App` runs the service."""
    store = cast(MemoryStore, world.alive.store)
    world.alive.commits.on_full = store.set_aside
    world.phones.unit("119", ANSWERS)
    desk = await talking(world)
    store.full = True
    case = await pressed(desk)
    await world.forward(2_000)
    assert case.room == {"19900000001", "agent1", "119"}
    store.full = False
    await world.forward(61_000)
    await case.rings_true()
    assert [x.line for x in await case.all(e.LineLinked)] == ["119"]


async def test_without_a_journal_the_key_is_refused_and_nothing_is_rung(world: World) -> None:
    cast(MemoryStore, world.alive.store).full = True
    desk = await talking(world)
    assert desk.phone.leg is not None
    call = desk.phone.leg.caller.call
    assert await desk.is_refused("call_line", line="119", call=call) == "STORE_FULL"
    assert world.legs_rung == []
