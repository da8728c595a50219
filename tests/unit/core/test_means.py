"""Transfer, outbound call, hold and back: what single facts and their order lead to."""

import pytest

from dispatcher.core import commands as c
from dispatcher.core import events as e
from dispatcher.core import facts as f
from dispatcher.core.effects import (
    ConveneRoom,
    FinishCaller,
    HoldParty,
    JoinRoom,
    QueueCaller,
    ReleaseLeg,
    RingAgent,
)
from dispatcher.core.engine import Failed
from dispatcher.core.ids import AgentId, CallId, ChannelId, Means, Party, Rung, leg_id
from dispatcher.core.means import allowed
from dispatcher.testing.sample_rules import GAS, number, sample_rules

from .drive import AGENT, CALLER, CASE, Drive

LEG = leg_id(CASE, 1)
UNIT = ChannelId(LEG)
SEAT = AgentId("agent1")


def begun(means: Means, *, told: bool = True) -> Drive:
    """The unit hears its brief; caller and agent are in the room, if that is ``told``."""
    drive = Drive()
    drive.call()
    drive.open(means=means)
    if told:
        drive.give(f.RoomJoined(CASE, CALLER))
        drive.give(f.RoomJoined(CASE, AGENT))
    drive.give(f.LegAnswered(LEG))
    return drive


def three(means: Means) -> Drive:
    drive = begun(means)
    drive.give(f.LegKey(LEG, "1"))
    drive.give(f.RoomJoined(CASE, UNIT))
    return drive


def let_go(drive: Drive) -> list[ChannelId]:
    return [x.channel for x in drive.effects if isinstance(x, FinishCaller)]


def asked(drive: Drive, since: int) -> list[tuple[str, str]]:
    return [
        (type(x).__name__, x.as_party)
        for x in drive.effects[since:]
        if isinstance(x, HoldParty | JoinRoom)
    ]


# ---------------------------------------------------------------- transfer


def test_a_transfer_waits_for_the_pbx_to_tell_of_the_unit() -> None:
    drive = begun(Means.TRANSFER)
    drive.give(f.LegKey(LEG, "1"))
    assert let_go(drive) == []
    drive.give(f.RoomJoined(CASE, UNIT))
    drive.give(f.RoomJoined(CASE, UNIT))
    assert let_go(drive) == [AGENT]


def test_a_transfer_waits_for_the_pbx_to_tell_of_the_caller() -> None:
    drive = begun(Means.TRANSFER, told=False)
    drive.give(f.LegKey(LEG, "1"))
    drive.give(f.RoomJoined(CASE, UNIT))
    assert let_go(drive) == []
    drive.give(f.RoomJoined(CASE, CALLER))
    assert let_go(drive) == [AGENT]


def test_a_transfer_joined_by_the_dialplan_waits_for_the_room() -> None:
    drive = begun(Means.TRANSFER)
    drive.give(f.LegSelfJoined(LEG))
    assert let_go(drive) == []
    drive.give(f.RoomJoined(CASE, UNIT))
    assert let_go(drive) == [AGENT]


def test_a_transfer_whose_caller_is_queued_keeps_the_agent() -> None:
    drive = begun(Means.TRANSFER)
    drive.give(f.CallQueued(CallId(CALLER), CASE, "again"))
    drive.give(f.LegKey(LEG, "1"))
    drive.give(f.RoomJoined(CASE, UNIT))
    assert let_go(drive) == []


def test_key_3_in_a_transfer_is_no_acceptance() -> None:
    drive = begun(Means.TRANSFER)
    drive.give(f.LegKey(LEG, "3"))
    drive.give(f.RoomJoined(CASE, UNIT))
    assert let_go(drive) == []
    drive.give(c.AcknowledgeSpoken(CASE, drive.assignment().id))
    assert let_go(drive) == [AGENT]


def test_a_held_caller_is_not_left_with_a_unit_he_does_not_hear() -> None:
    drive = begun(Means.TRANSFER)
    drive.give(f.LegKey(LEG, "3"))
    drive.give(f.RoomJoined(CASE, UNIT))
    drive.give(c.HoldRequester(CASE))
    drive.give(f.PartyHeld(CASE, CALLER))
    drive.give(c.AcknowledgeSpoken(CASE, drive.assignment().id))
    assert let_go(drive) == []
    drive.give(c.JoinAll(CASE))
    drive.give(f.RoomJoined(CASE, CALLER))
    assert let_go(drive) == [AGENT]


# ---------------------------------------------------------------- outbound


def test_convened_held_and_only_then_joined() -> None:
    """Also when the two are still in the queue's bridge."""
    drive = begun(Means.OUTBOUND, told=False)
    since = len(drive.effects)
    drive.give(f.LegKey(LEG, "1"))
    moved = [x for x in drive.effects[since:] if not isinstance(x, ReleaseLeg)]
    assert [type(x) for x in moved] == [ConveneRoom, HoldParty, JoinRoom]


def test_a_caller_told_in_the_room_late_stays_to_be_held() -> None:
    drive = begun(Means.OUTBOUND, told=False)
    drive.give(f.LegKey(LEG, "1"))
    since = len(drive.effects)
    drive.give(f.RoomJoined(CASE, CALLER))
    drive.give(f.PartyHeld(CASE, CALLER))
    drive.give(f.RoomJoined(CASE, UNIT))
    assert asked(drive, since) == []
    assert (drive.handover.requester_at, drive.handover.arrangement) == ("held", "hold")


@pytest.mark.parametrize(
    ("lost", "follows"),
    [
        ([f.ChannelEnded(AGENT)], [("JoinRoom", "caller")]),
        ([f.LegEnded(LEG, f.LegOutcome.HUNG_UP)], [("JoinRoom", "caller")]),
        ([f.ChannelEnded(AGENT), f.LegEnded(LEG, f.LegOutcome.HUNG_UP)], []),
    ],
    ids=["agent", "unit", "both"],
)
def test_lost_before_the_hold_was_told(lost: list[f.Fact], follows: list[object]) -> None:
    """He hears music nobody wants any more: he is brought back, or queued."""
    drive = begun(Means.OUTBOUND)
    drive.give(f.LegKey(LEG, "1"))
    drive.give(f.RoomJoined(CASE, UNIT))
    for fact in lost:
        drive.give(fact)
    since = len(drive.effects)
    drive.give(f.PartyHeld(CASE, CALLER))
    assert asked(drive, since) == follows
    queued = [x for x in drive.effects if isinstance(x, QueueCaller)]
    assert len(queued) == (2 if not follows else 0)


def test_a_return_moves_only_who_is_still_held() -> None:
    drive = three(Means.OUTBOUND)
    drive.give(f.PartyHeld(CASE, CALLER))
    drive.give(f.ChannelEnded(AGENT))
    back = [x for x in drive.effects if isinstance(x, JoinRoom) and x.channel == CALLER]
    assert [x.from_hold for x in back] == [True]


def test_brought_back_by_the_dialplan_all_are_together() -> None:
    drive = three(Means.OUTBOUND)
    drive.give(f.PartyHeld(CASE, CALLER))
    drive.sleep(4_000)
    drive.give(f.RoomJoined(CASE, CALLER))
    assert drive.handover.arrangement == "together"
    assert [x.held_ms for x in drive.recorded(e.HoldEnded)] == [4_000]
    assert drive.hotline.live.calls[CallId(CALLER)].state == "room"


def test_told_held_again_after_a_reconnect_is_no_news() -> None:
    drive = three(Means.OUTBOUND)
    drive.give(f.PartyHeld(CASE, CALLER))
    seq = drive.case.seq
    drive.give(f.PartyHeld(CASE, CALLER, synthesised=True))
    assert drive.case.seq == seq


def test_a_unit_that_could_not_be_joined_gives_the_caller_back() -> None:
    drive = begun(Means.OUTBOUND)
    drive.give(f.LegKey(LEG, "1"))
    drive.give(f.PartyHeld(CASE, CALLER))
    (join,) = [x for x in drive.effects if isinstance(x, JoinRoom)]
    since = len(drive.effects)
    drive.give(Failed(CASE, join, "failed", "it did not arrive"))
    assert ("JoinRoom", "caller") in asked(drive, since)
    assert drive.handover.arrangement == "together"


# ---------------------------------------------------------------- the agent's own phone


def rung() -> tuple[Drive, RingAgent]:
    drive = Drive()
    drive.open(means=Means.OUTBOUND, seat=SEAT)
    (ring,) = [x for x in drive.effects if isinstance(x, RingAgent)]
    return drive, ring


def test_the_agents_own_phone_is_rung_and_told() -> None:
    drive, ring = rung()
    assert (ring.key, ring.agent, ring.at_most_once) == (ring.channel, SEAT, True)
    assert drive.handover.agent_at == "ringing"
    drive.give(f.RoomJoined(CASE, ring.channel))
    assert drive.handover.agent_at == "room"


@pytest.mark.parametrize("how", ["rings out", "fails"])
def test_the_agents_own_phone_is_not_reached(how: str) -> None:
    drive, ring = rung()
    drive.give(f.LegAnswered(LEG))
    drive.give(f.LegKey(LEG, "1"))
    (hold,) = [x for x in drive.effects if isinstance(x, HoldParty)]
    assert (hold.as_party, hold.patience_ms) == ("unit", 30_000)
    drive.give(f.PartyHeld(CASE, UNIT))
    if how == "fails":
        drive.give(Failed(CASE, ring, "failed", "the PBX refused"))
    else:
        drive.give(f.ChannelEnded(ring.channel, 19))
    assert (LEG, "detail") in [(x.leg, x.why) for x in drive.effects if isinstance(x, ReleaseLeg)]
    assert len(drive.recorded(e.AgentNotReached)) == 1


@pytest.mark.parametrize("lives", [True, False])
def test_an_agents_phone_of_unknown_fate_is_told_by_what_lives(lives: bool) -> None:
    drive, ring = rung()
    drive.give(Failed(CASE, ring, "unknown", "the link broke"))
    assert drive.handover.agent_at == "ringing"
    line = f.LiveChannel(ring.channel, Party.AGENT, agent=SEAT, answered=False)
    drive.give(f.LinkRestored((line,) if lives else ()))
    assert drive.handover.agent_at == ("ringing" if lives else "gone")
    assert len(drive.recorded(e.AgentNotReached)) == (not lives)


def test_without_a_seat_nobody_is_rung() -> None:
    drive = Drive()
    drive.open(means=Means.OUTBOUND)
    assert not [x for x in drive.effects if isinstance(x, RingAgent)]


def test_only_an_outbound_call_rings_the_agent() -> None:
    drive = Drive()
    drive.open(means=Means.TRANSFER, seat=SEAT)
    assert not [x for x in drive.effects if isinstance(x, RingAgent)]


# ---------------------------------------------------------------- what may be asked


def test_what_is_shown_is_what_is_allowed() -> None:
    """Every command that `allowed` names is taken, every other one is refused."""
    given = {"hold": c.HoldRequester, "split": c.HoldUnit, "join": c.JoinAll, "leave": c.LeaveCall}
    states: list[tuple[f.Fact | c.Command, ...]] = [
        (),
        (c.HoldRequester(CASE),),
        (c.HoldRequester(CASE), f.PartyHeld(CASE, CALLER)),
        (c.HoldUnit(CASE), f.PartyHeld(CASE, UNIT)),
        (c.LeaveCall(CASE),),
        (f.ChannelEnded(CALLER),),
        (f.ChannelEnded(AGENT),),
        (f.LegEnded(LEG, f.LegOutcome.HUNG_UP),),
    ]
    for state in states:
        for name, command in given.items():
            drive = three(Means.THREE_WAY)
            for fact in state:
                drive.give(fact)
            accepted = frozenset(a.id for a in drive.case.active if a.acknowledged)
            if name in allowed(drive.handover, accepted):
                drive.give(command(CASE))
            else:
                assert drive.refused(command(CASE))


def test_a_switchboard_is_rung_apart_only_in_an_outbound_call() -> None:
    rules = sample_rules(voice=(number(GAS, Rung.DUTY),))
    for means in Means:
        drive = Drive(rules)
        drive.call()
        drive.open(means=means)
        assert {x.apart for x in drive.rung} == {means is Means.OUTBOUND}


def test_units_of_the_route_hold_nobody() -> None:
    drive = three(Means.OUTBOUND)
    means = {a.role.value: a.means for a in drive.case.assignments.values()}
    assert means.pop("lead") is Means.OUTBOUND
    assert set(means.values()) <= {Means.THREE_WAY}
