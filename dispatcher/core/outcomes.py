"""What each telephony fact means for a bound call: the procedures behind the hang-up table.

One rule stands above all: the requester is never dropped. He talks on with whoever is left, or
he is first in the queue with his case attached.
"""

from . import events as e
from . import facts as f
from .assignment import Assignment
from .calling_in import waits_for_agent
from .handover import OUTCOMES, Leg, Outcome, Phase, lost_soon, phase
from .holding import arrange, leg_hold_over, requester_hold_over
from .hunt import call_contacts, is_switchboard, looking, release
from .ids import ChannelId, LegId, Party, Rung
from .keys import KEYS, acknowledge, asked
from .lines import PURPOSE as LINE
from .lines import line_ended, linked
from .means import (
    agent_arrived,
    agent_not_reached,
    back_by_itself,
    leg_back,
    regroup,
    settle,
)
from .room import (
    convene,
    join,
    leg_in_room,
    queue_requester,
    requester_queued,
    wrap_up,
)
from .roster import find_contact, on_duty, same_person
from .rules import DutyContact
from .unreached import explain
from .work import Work

_NEXT_RUNG = {Rung.DUTY: Rung.HANDLER, Rung.LIAISON: Rung.HANDLER, Rung.HANDLER: Rung.DEPUTY}


def channel_ended(work: Work, fact: f.ChannelEnded) -> None:
    """The caller's or the agent's channel is gone."""
    hand = work.handover
    own = hand.legs.get(LegId(fact.channel))
    if own is not None and own.called_in:
        ended = f.LegOutcome.UNKNOWN if fact.synthesised else f.LegOutcome.HUNG_UP
        leg_ended(work, f.LegEnded(own.id, ended, fact.q850, fact.sip, fact.synthesised))
        return
    if fact.channel == hand.requester and hand.requester_here:
        party = Party.REQUESTER
    elif fact.channel == hand.agent_channel and hand.agent_here:
        party = Party.AGENT
    else:
        if fact.channel == hand.agent_channel:
            agent_not_reached(work, "no_answer")
        return
    before = phase(hand, waiting=looking(work))
    if party is Party.REQUESTER:
        requester_hold_over(work)
    work.emit(e.PartyLeft(party, fact.channel, fact.q850, fact.synthesised))
    apply_outcome(work, before, party)
    regroup(work, f"{party.value}_left")


def call_queued(work: Work, fact: f.CallQueued) -> None:
    """The caller is in the queue: we asked for it, or the PBX did it by itself."""
    hand = work.handover
    own = hand.legs.get(LegId(fact.call))
    if own is not None and own.called_in:
        leg_ended(work, f.LegEnded(own.id, f.LegOutcome.TO_AGENT, synthesised=fact.synthesised))
    if ChannelId(fact.call) == hand.requester:
        requester_queued(work, fact.reason)
        regroup(work, "pbx")


def agent_answered(work: Work, fact: f.AgentAnswered) -> None:
    """An agent, perhaps another one, took the bound caller; a unit at work is joined to both."""
    hand = work.handover
    known = fact.channel == hand.agent_channel and hand.agent_here
    if ChannelId(fact.call) != hand.requester or (known and hand.requester_at != "queue"):
        return
    # A leader who takes a call over finds the caller in the room, and must be brought there.
    in_room = work.handover.requester_at == "room"
    requester_hold_over(work)
    if hand.arrangement != "split":
        arrange(work, "together", "pbx")
    work.emit(e.AgentTookCall(fact.agent, fact.channel))
    work.clear_alarms(("AGENT_LOST",), "caller answered")
    if in_room or work.handover.hunting or work.handover.joined:
        convene(work)


def room_joined(work: Work, fact: f.RoomJoined) -> None:
    hand = work.handover
    if fact.channel == hand.requester:
        if hand.requester_at not in ("room", "gone"):
            requester_hold_over(work)
            work.emit(e.PartyJoined(Party.REQUESTER, fact.channel))
            work.clear_alarms(("AGENT_LOST",), "the requester is in the room")
            if hand.requester_at == "held":
                back_by_itself(work, requester=True)
            settle(work)
    elif fact.channel == hand.agent_channel:
        if hand.agent_at != "room":
            work.emit(e.PartyJoined(Party.AGENT, fact.channel))
            agent_arrived(work)
        idle = phase(work.handover, waiting=looking(work)) is Phase.IDLE
        if idle and not hand.requester_here:
            wrap_up(work)
    elif LegId(fact.channel) in hand.legs:
        leg = hand.legs[LegId(fact.channel)]
        leg_in_room(work, leg.id, by_dialplan=False)
        leg_back(work, leg)
        if leg.purpose == LINE and leg.state != "joined":
            linked(work, leg)
        settle(work)


def _living(work: Work, leg_id: LegId) -> Leg | None:
    """The leg, also one that was given up as unknown and now speaks: it is ours again."""
    lost = work.handover.lost(leg_id)
    if lost is not None:
        work.emit(e.LegFound(leg_id, lost.assignment, lost.contact))
    return work.handover.legs.get(leg_id)


def leg_ringing(work: Work, fact: f.LegRinging) -> None:
    leg = _living(work, fact.leg)
    if leg is None or leg.ringing_at is not None or leg.state == "joined":
        return
    work.emit(e.LegRang(fact.leg))
    assignment = work.case.assignments.get(leg.assignment)
    if assignment is not None and assignment.delivered_at is None and leg.purpose != "inform":
        work.emit(e.AssignmentDelivered(leg.assignment, leg.contact))
        work.clear_alarms(("NOT_DELIVERED",), "ringing", leg.assignment)


def leg_answered(work: Work, fact: f.LegAnswered) -> None:
    """Answered is not accepted: it may be voicemail. A switchboard is joined, not accepted."""
    leg = _living(work, fact.leg)
    if leg is None or leg.answered_at is not None or leg.state == "joined":
        return  # who is in the room has answered, whatever is told late
    work.emit(e.LegWasAnswered(fact.leg))
    if is_switchboard(leg.mode):
        join(work, leg)


def leg_key(work: Work, fact: f.LegKey) -> None:
    """A key in the brief (decision: 1 accept, 2 not ours, 3 agent, 4 extension, 5 report)."""
    leg = _living(work, fact.leg)
    if leg is None or leg.state in ("joining", "joined") or leg.purpose == LINE:
        return
    if leg.answered_at is None:
        work.emit(e.LegWasAnswered(fact.leg))
    work.emit(e.LegPressed(fact.leg, fact.key))
    handler = KEYS.get(fact.key)
    if handler is None:
        return
    if asked(work, leg):
        handler(work, work.handover.legs[fact.leg])
    else:
        release(work, leg, "withdrawn")


def leg_self_joined(work: Work, fact: f.LegSelfJoined) -> None:
    """The dialplan joined it by itself: after key 1, which is recorded afterwards.

    A switchboard is joined on answer: that is no acceptance. Nor is it one when we had moved the
    leg ourselves: why we did so stands in the ledger.
    """
    leg = _living(work, fact.leg)
    if leg is None:
        return
    if leg.answered_at is None:
        work.emit(e.LegWasAnswered(fact.leg))
    moved_by_us = leg.state in ("joining", "joined")
    leg_in_room(work, fact.leg, by_dialplan=not moved_by_us)
    leg_back(work, leg)
    if leg.purpose == LINE:
        if leg.state != "joined":
            linked(work, leg)
        return
    if moved_by_us:
        return
    if not asked(work, leg):
        release(work, leg, "withdrawn")
    elif not is_switchboard(leg.mode):
        acknowledge(work, leg, "key")


def leg_ended(work: Work, fact: f.LegEnded, engaged: str = "") -> None:
    """``engaged``: the number of another case for which this very telephone rings or talks."""
    leg = work.handover.legs.get(fact.leg)
    if leg is None:
        return
    before = phase(work.handover)
    was_joined = leg.state in ("joined", "joining")
    leg_hold_over(work, leg)
    ended = (fact.outcome.value, fact.q850, fact.sip, fact.synthesised, engaged)
    work.emit(e.LegLeft(fact.leg, *ended))
    if fact.outcome is f.LegOutcome.TO_AGENT:
        waits_for_agent(work, leg)
    if (leg.purpose == "inform" or leg.called_in) and not was_joined:
        return
    if not was_joined:
        _record(work, Phase.BRIEFING if leg.state == "briefing" else Phase.RINGING, Party.UNIT)
        if leg.purpose == LINE:
            line_ended(work, leg, fact.outcome, was_joined=False)
        else:
            _not_reached(work, leg)
            explain(work, leg, fact.outcome, engaged)
    elif fact.outcome is not f.LegOutcome.RELEASED:
        _record(work, before, Party.UNIT)
        _unit_lost(work, leg, fact.outcome)
    if was_joined and not work.handover.joined:
        regroup(work, "unit_left")


def _not_reached(work: Work, leg: Leg) -> None:
    """The next number and the next contact are tried by `hunt.dial_due` right after this.

    One who has accepted, and was told how to call back since nobody was there, has been reached.
    """
    assignment = work.case.assignments[leg.assignment]
    callee = assignment.callee(leg.contact)
    reached = callee is not None and callee.closed in ("accepted", "taken", "done")
    if leg.about == "RERING" and not reached:
        _call_next_rung(work, leg)


def _unit_lost(work: Work, leg: Leg, outcome: f.LegOutcome) -> None:
    assignment = work.case.assignments.get(leg.assignment)
    hand = work.handover
    if leg.purpose == LINE:
        line_ended(work, leg, outcome, was_joined=True)
    if assignment is not None and assignment.active and assignment.state != "reported":
        contact = find_contact(work.rules, leg.contact)
        if lost_soon(leg, outcome, work.now) and contact is not None:
            call_contacts(work, assignment, "RERING", "handover", (contact,))
        else:
            _unit_left(work, assignment)
    if not hand.joined and not hand.agent_here and hand.requester_here:
        queue_requester(work, "alone")


def _unit_left(work: Work, assignment: Assignment) -> None:
    text = f"{assignment.unit_name}已离开通话,可一键重新呼叫"
    work.alarm("UNIT_LEFT", 2, text, assignment.id, "agent")


def _call_next_rung(work: Work, leg: Leg) -> None:
    """The same contact did not answer again: the next step, by itself."""
    assignment = work.case.assignments[leg.assignment]
    if not assignment.active:
        return
    contact = find_contact(work.rules, leg.contact)
    rung = contact.rung if contact else Rung.DUTY
    work.emit(e.ContactClosed(leg.assignment, leg.contact, "superseded"))
    contacts: tuple[DutyContact, ...] = ()
    while not contacts and rung is not Rung.HEAD:
        rung = _NEXT_RUNG.get(rung, Rung.HEAD)
        filed = on_duty(work.rules, assignment.unit, rung, work.now)
        # Whoever stands on the next rung as well has just not answered.
        contacts = tuple(x for x in filed if contact is None or not same_person(contact, x))
    if contacts:
        call_contacts(work, assignment, "RERING_NEXT", "handover", contacts)
    else:
        _unit_left(work, assignment)


def _record(work: Work, before: Phase, party: Party) -> Outcome:
    outcome = OUTCOMES[before, party]
    work.emit(e.OutcomeDecided(before.value, party, outcome.value))
    return outcome


def apply_outcome(work: Work, before: Phase, party: Party) -> None:
    """Caller or agent has left: do what the table says."""
    outcome = _record(work, before, party)
    hand = work.handover
    if outcome is Outcome.REQUESTER_FIRST_IN_QUEUE:
        queue_requester(work, "agent_lost")
    elif outcome is Outcome.UNIT_TOLD_AND_RELEASED and not (hand.requester_here or hand.agent_here):
        for leg in hand.joined:
            release(work, leg, "detail")
    elif outcome is Outcome.AGENT_WRAPS_UP:
        wrap_up(work)
    elif outcome is Outcome.RING_ON and hand.agent_here:
        work.alarm("REQUESTER_LEFT", 2, _REQUESTER_LEFT, None, "agent")
    if party is Party.REQUESTER:
        work.clear_alarms(("AGENT_LOST",), "requester left")
    elif party is Party.AGENT:
        work.clear_alarms(("REQUESTER_LEFT",), "agent left")


_REQUESTER_LEFT = "来电人已挂断:系统继续呼叫单位,接单后接入您的电话;不等候可挂机"
