"""What single facts mean, where their order or their repetition matters."""

import pytest

from dispatcher.core import commands as c
from dispatcher.core import events as e
from dispatcher.core import facts as f
from dispatcher.core.effects import (
    ConveneRoom,
    FinishCaller,
    JoinRoom,
    QueueCaller,
    ReleaseLeg,
    RingContact,
)
from dispatcher.core.engine import Failed
from dispatcher.core.ids import AgentId, CallId, ChannelId, Rung, UnitId, leg_id
from dispatcher.testing.sample_rules import GAS, number, sample_rules

from .drive import AGENT, CALLER, CASE, Drive

LEG = leg_id(CASE, 1)
OTHER_AGENT = ChannelId("1795305600.7")


@pytest.fixture
def drive() -> Drive:
    made = Drive()
    made.call()
    made.open()
    made.give(f.RoomJoined(CASE, CALLER))
    made.give(f.RoomJoined(CASE, AGENT))
    made.give(f.LegRinging(LEG))
    return made


def kinds(drive: Drive, since: int = 0) -> list[type]:
    return [type(x) for x in drive.effects[since:]]


def test_opening_convenes_and_rings(drive: Drive) -> None:
    assert kinds(drive) == [ConveneRoom, RingContact, RingContact]
    assert drive.rung[0].leg == drive.rung[0].key == LEG
    assert drive.rung[0].hunt == f"{CASE}.a1"


@pytest.mark.parametrize("queued_first", [True, False])
def test_agent_lost_is_queued_and_alarmed_once_in_either_order(
    drive: Drive, queued_first: bool
) -> None:
    facts = [f.ChannelEnded(AGENT), f.CallQueued(CallId(CALLER), CASE, "alone")]
    for fact in reversed(facts) if queued_first else facts:
        drive.give(fact)
    assert drive.handover.requester_at == "queue"
    assert len(drive.recorded(e.RequesterQueued)) == 1
    assert [a.kind for a in drive.case.alarms] == ["AGENT_LOST"]
    assert len([x for x in drive.effects if isinstance(x, QueueCaller)]) == (not queued_first)


def test_the_old_agents_end_after_the_new_ones_answer_means_nothing(drive: Drive) -> None:
    drive.give(f.CallQueued(CallId(CALLER), CASE, "alone"))
    drive.give(f.AgentAnswered(CallId(CALLER), AgentId("agent2"), OTHER_AGENT))
    drive.give(f.ChannelEnded(AGENT))
    assert drive.handover.agent_channel == OTHER_AGENT
    assert drive.handover.agent_here


def test_what_the_pbx_tells_again_after_a_restart_is_no_news(drive: Drive) -> None:
    seq = drive.case.seq
    drive.give(f.AgentAnswered(CallId(CALLER), AgentId("agent1"), AGENT, True))
    drive.give(f.RoomJoined(CASE, CALLER, True))
    drive.give(f.LegRinging(LEG, True))
    assert drive.case.seq == seq


def test_a_switchboard_joined_by_the_dialplan_has_not_accepted() -> None:
    drive = Drive(sample_rules(voice=(number(GAS, Rung.DUTY),)))
    drive.call()
    drive.open()
    drive.give(f.LegAnswered(LEG))
    drive.give(f.LegSelfJoined(LEG))
    drive.give(f.RoomJoined(CASE, ChannelId(LEG)))
    assert drive.handover.legs[LEG].state == "joined"
    assert not drive.assignment().acknowledged


def test_key_3_joined_by_us_has_not_accepted_even_if_found_in_the_room(drive: Drive) -> None:
    drive.give(f.LegKey(LEG, "3"))
    assert isinstance(drive.effects[-1], JoinRoom)
    drive.give(f.LegSelfJoined(LEG, synthesised=True))
    assert not drive.assignment().acknowledged
    assert drive.handover.legs[LEG].state == "joined"


def test_self_joined_after_key_1_is_an_acceptance(drive: Drive) -> None:
    drive.give(f.LegSelfJoined(LEG, synthesised=True))
    assert drive.assignment().acknowledged_by == "gas:duty"
    released = [x.leg for x in drive.effects if isinstance(x, ReleaseLeg)]
    assert released == [leg_id(CASE, 2)]


def test_key_1_twice_accepts_once(drive: Drive) -> None:
    drive.give(f.LegKey(LEG, "1"))
    drive.give(f.LegKey(LEG, "1"))
    assert len(drive.recorded(e.AssignmentAcknowledged)) == 1
    assert len([x for x in drive.effects if isinstance(x, JoinRoom)]) == 1


def test_key_1_after_the_case_was_withdrawn_hears_so(drive: Drive) -> None:
    drive.give(c.Withdraw(CASE, drive.assignment().id, "误判"))
    before = len(drive.effects)
    drive.give(f.LegKey(LEG, "1"))
    assert [x.why for x in drive.effects[before:] if isinstance(x, ReleaseLeg)] == ["withdrawn"]
    assert not drive.assignment().acknowledged


def test_a_caller_who_waits_is_not_put_into_an_empty_room(drive: Drive) -> None:
    drive.give(f.ChannelEnded(AGENT))
    drive.give(f.CallQueued(CallId(CALLER), CASE, "alone"))
    before = len(drive.effects)
    drive.give(c.Reassign(CASE, UnitId("lift"), "改派"))
    assert ConveneRoom not in kinds(drive, before)
    assert drive.handover.requester_at == "queue"


def test_both_gone_at_once_wraps_up_and_queues_nobody(drive: Drive) -> None:
    drive.give(f.ChannelEnded(CALLER))
    drive.give(f.ChannelEnded(AGENT))
    assert QueueCaller not in kinds(drive)
    assert drive.case.alarms == ()


def test_the_caller_leaves_between_two_calls_and_the_agent_is_kept(drive: Drive) -> None:
    """Nobody has accepted yet: he is joined to whoever does, and is told so."""
    for leg in list(drive.handover.legs):
        drive.give(f.LegEnded(leg, f.LegOutcome.BUSY))
    drive.give(f.ChannelEnded(CALLER))
    assert FinishCaller not in kinds(drive)
    assert [(a.kind, a.role) for a in drive.case.alarms] == [("REQUESTER_LEFT", "agent")]
    drive.wait(60_000)
    drive.give(f.LegKey(drive.rung[-2].leg, "1"))
    assert isinstance(drive.effects[-1], JoinRoom)
    assert drive.case.alarms == ()


def test_the_last_pair_ends_and_the_agent_is_let_go(drive: Drive) -> None:
    drive.give(c.Withdraw(CASE, drive.assignment().id, "误判"))
    for leg in list(drive.handover.legs):
        drive.give(f.LegEnded(leg, f.LegOutcome.RELEASED))
    drive.give(f.ChannelEnded(CALLER))
    finish = [x for x in drive.effects if isinstance(x, FinishCaller)]
    assert [(x.channel, x.hang_up) for x in finish] == [(AGENT, True)]


def test_a_leg_given_up_as_unknown_is_ours_again_when_it_speaks(drive: Drive) -> None:
    drive.give(Failed(CASE, drive.rung[0], "unknown", "no answer in time"))
    again = drive.rung[-1]
    assert (again.number, again.leg) == (drive.rung[0].number, leg_id(CASE, 3))
    drive.give(f.LegKey(LEG, "1"))
    assert drive.assignment().acknowledged_by == "gas:duty"
    released = {x.leg for x in drive.effects if isinstance(x, ReleaseLeg)}
    assert released == {leg_id(CASE, 2), again.leg}
    assert LEG in drive.handover.legs


def test_a_call_the_pbx_refuses_waits_for_its_minute(drive: Drive) -> None:
    drive.give(Failed(CASE, drive.rung[0], "failed", "refused"))
    assert len(drive.rung) == 2
    drive.wait(60_000)
    assert [r.number for r in drive.rung[2:]].count(drive.rung[0].number) == 1


def test_a_failure_for_a_case_that_is_over_means_nothing() -> None:
    drive = Drive()
    assert drive.give(Failed(CASE, QueueCaller("k", CALLER, CASE), "failed", "x")) == []


def test_nothing_is_dialled_while_the_link_is_down(drive: Drive) -> None:
    drive.give(f.LinkLost("cut"))
    drive.wait(130_000)
    assert len(drive.rung) == 2
    assert {m.code for m in drive.marks()} >= {"A1", "A2"}
    drive.give(f.LinkRestored((), restarted=True))
    assert "PBX_RESTARTED" in {a.kind for a in drive.case.alarms}
    assert len(drive.rung) == 6


def test_a_move_of_an_agent_who_was_replaced_fails_without_harm(drive: Drive) -> None:
    """As after a restart: the old agent's move is tried again, while the new one's is under way."""
    old = next(x for x in drive.effects if isinstance(x, ConveneRoom))
    drive.give(f.ChannelEnded(AGENT))
    drive.give(f.AgentAnswered(CallId(CALLER), AgentId("agent2"), OTHER_AGENT))
    drive.give(f.LegAnswered(LEG))
    drive.give(f.LegKey(LEG, "1"))
    before = len(drive.effects)
    drive.give(Failed(CASE, old, "failed", "the agent had hung up; nobody was moved"))
    assert ReleaseLeg not in kinds(drive, before)
    newer = [x for x in drive.effects if isinstance(x, ConveneRoom) and x.agent == OTHER_AGENT]
    drive.give(Failed(CASE, newer[-1], "failed", "the agent did not arrive"))
    assert ReleaseLeg in kinds(drive, before)
