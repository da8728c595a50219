"""What each telephony fact means for a bound call: the procedures behind the hang-up table.

One rule stands above all: the requester is never dropped. He talks on with whoever is left, or
he is first in the queue with his case attached.
"""

from collections.abc import Callable

from . import events as e
from . import facts as f
from .assignment import Assignment
from .effects import ConveneRoom, FinishCaller, JoinRoom, QueueCaller, RingContact
from .handover import OUTCOMES, Leg, Outcome, Phase, lost_soon, phase
from .hunt import call_contacts, close_contacts, is_switchboard, release, release_hunting
from .ids import ChannelId, LegId, Party, Role, Rung
from .ladder import STEPS, next_step, step_contacts
from .reporting import begin_report
from .roster import find_contact, on_duty
from .work import Work

_NEXT_RUNG = {Rung.DUTY: Rung.HANDLER, Rung.LIAISON: Rung.HANDLER, Rung.HANDLER: Rung.DEPUTY}


# ---------------------------------------------------------------- caller and agent


def convene(work: Work) -> None:
    """Caller and agent, who talk already, go into the case's room and talk on there.

    A caller who waits in the queue stays there: alone in a room he would hear nobody.
    """
    hand = work.handover
    caller = hand.requester if hand.requester_at in ("talking", "room") else None
    agent = hand.agent_channel if hand.agent_here else None
    if agent is None and not (caller is not None and hand.joined):
        return
    work.emit(e.RoomConvened(caller, agent))
    work.do(ConveneRoom(work.key("convene"), work.id, caller, agent))


def channel_ended(work: Work, fact: f.ChannelEnded) -> None:
    """The caller's or the agent's channel is gone."""
    hand = work.handover
    if fact.channel == hand.requester and hand.requester_here:
        party = Party.REQUESTER
    elif fact.channel == hand.agent_channel and hand.agent_here:
        party = Party.AGENT
    else:
        return
    before = phase(hand)
    work.emit(e.PartyLeft(party, fact.channel, fact.q850, fact.synthesised))
    apply_outcome(work, before, party)


def call_queued(work: Work, fact: f.CallQueued) -> None:
    """The caller is in the queue: we asked for it, or the PBX did it by itself."""
    hand = work.handover
    if ChannelId(fact.call) == hand.requester:
        requester_queued(work, fact.reason)


def requester_queued(work: Work, reason: str) -> None:
    """The caller is first in the queue, told by the PBX or concluded: said once."""
    hand = work.handover
    if hand.requester is None or hand.requester_at in ("gone", "queue", ""):
        return
    work.emit(e.RequesterQueued(hand.requester, reason))
    if work.case.open:
        work.alarm("AGENT_LOST", 1, "来电人已回到队列首位,请立即接听", None, "agent")


def agent_answered(work: Work, fact: f.AgentAnswered) -> None:
    """An agent, perhaps another one, took the bound caller; a unit at work is joined to both."""
    if ChannelId(fact.call) != work.handover.requester:
        return
    # A leader who takes a call over finds the caller in the room, and must be brought there.
    in_room = work.handover.requester_at == "room"
    work.emit(e.AgentTookCall(fact.agent, fact.channel))
    work.clear_alarms(("AGENT_LOST",), "caller answered")
    if in_room or work.handover.hunting or work.handover.joined:
        convene(work)


def room_joined(work: Work, fact: f.RoomJoined) -> None:
    hand = work.handover
    if fact.channel == hand.requester:
        if hand.requester_at not in ("room", "gone"):
            work.emit(e.PartyJoined(Party.REQUESTER, fact.channel))
            work.clear_alarms(("AGENT_LOST",), "the requester is in the room")
    elif fact.channel == hand.agent_channel:
        if hand.agent_at != "room":
            work.emit(e.PartyJoined(Party.AGENT, fact.channel))
        if not hand.requester_here and phase(work.handover) is Phase.IDLE:
            _wrap_up(work)
    elif LegId(fact.channel) in hand.legs:
        _leg_in_room(work, LegId(fact.channel), by_dialplan=False)


# ---------------------------------------------------------------- the unit's legs


def _living(work: Work, leg_id: LegId) -> Leg | None:
    """The leg, also one that was given up as unknown and now speaks: it is ours again."""
    lost = work.handover.lost(leg_id)
    if lost is not None:
        work.emit(e.LegFound(leg_id, lost.assignment, lost.contact))
    return work.handover.legs.get(leg_id)


def leg_ringing(work: Work, fact: f.LegRinging) -> None:
    leg = _living(work, fact.leg)
    if leg is None or leg.ringing_at is not None:
        return
    work.emit(e.LegRang(fact.leg))
    assignment = work.case.assignments.get(leg.assignment)
    if assignment is not None and assignment.delivered_at is None and leg.purpose != "inform":
        work.emit(e.AssignmentDelivered(leg.assignment, leg.contact))
        work.clear_alarms(("NOT_DELIVERED",), "ringing", leg.assignment)


def leg_answered(work: Work, fact: f.LegAnswered) -> None:
    """Answered is not accepted: it may be voicemail. A switchboard is joined, not accepted."""
    leg = _living(work, fact.leg)
    if leg is None or leg.answered_at is not None:
        return
    work.emit(e.LegWasAnswered(fact.leg))
    if is_switchboard(leg.mode):
        _join(work, leg)


def leg_key(work: Work, fact: f.LegKey) -> None:
    """A key in the brief (decision: 1 accept, 2 not ours, 3 agent, 4 extension, 5 report)."""
    leg = _living(work, fact.leg)
    if leg is None or leg.state in ("joining", "joined"):
        return
    if leg.answered_at is None:
        work.emit(e.LegWasAnswered(fact.leg))
    work.emit(e.LegPressed(fact.leg, fact.key))
    handler = _KEYS.get(fact.key)
    if handler is None:
        return
    if _asked(work, leg):
        handler(work, work.handover.legs[fact.leg])
    else:
        release(work, leg, "withdrawn")


def _asked(work: Work, leg: Leg) -> bool:
    """Whether the unit still has the case: it may have been withdrawn while the phone rang."""
    return work.case.open and work.case.assignments[leg.assignment].active


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
    _leg_in_room(work, fact.leg, by_dialplan=not moved_by_us)
    if moved_by_us:
        return
    if not _asked(work, leg):
        release(work, leg, "withdrawn")
    elif not is_switchboard(leg.mode):
        _acknowledge(work, leg, "key")


def leg_ended(work: Work, fact: f.LegEnded) -> None:
    leg = work.handover.legs.get(fact.leg)
    if leg is None:
        return
    before = phase(work.handover)
    was_joined = leg.state in ("joined", "joining")
    work.emit(e.LegLeft(fact.leg, fact.outcome.value, fact.q850, fact.sip, fact.synthesised))
    if leg.purpose == "inform" and not was_joined:
        return
    if not was_joined:
        _record(work, Phase.BRIEFING if leg.state == "briefing" else Phase.RINGING, Party.UNIT)
        _not_reached(work, leg)
    elif fact.outcome is not f.LegOutcome.RELEASED:
        _record(work, before, Party.UNIT)
        _unit_lost(work, leg, fact.outcome)


# ---------------------------------------------------------------- keys


def _accept(work: Work, leg: Leg) -> None:
    assignment = work.case.assignments[leg.assignment]
    if leg.purpose == "inform":
        _heard(work, leg, assignment)
        return
    if assignment.acknowledged and not _may_still_join(work, leg):
        work.emit(e.ContactClosed(leg.assignment, leg.contact, "taken"))
        release(work, leg, "taken")
        return
    _acknowledge(work, leg, "key")
    _join(work, leg)


def _heard(work: Work, leg: Leg, assignment: Assignment) -> None:
    """Key 1 to a message: heard. From the unit itself it also accepts what nobody has accepted."""
    work.emit(e.ContactClosed(leg.assignment, leg.contact, "heard"))
    contact = find_contact(work.rules, leg.contact)
    ours = contact is not None and contact.unit == assignment.unit
    if ours and assignment.role is not Role.INFORMED and not assignment.acknowledged:
        _acknowledge(work, leg, "key")
    release(work, leg, "detail")


def _may_still_join(work: Work, leg: Leg) -> bool:
    """A contact rung again, or whom the agent asked for, joins although the case is accepted."""
    return leg.about in ("RERING", "RERING_NEXT", "MANUAL")


def _not_our_remit(work: Work, leg: Leg) -> None:
    assignment = work.case.assignments[leg.assignment]
    work.emit(e.ContactClosed(leg.assignment, leg.contact, "returned"))
    if leg.purpose == "inform":
        release(work, leg, "done")
        return
    work.emit(e.ReturnRequested(leg.assignment, leg.contact, leg.id))
    work.alarm(
        "RETURN_REQUESTED",
        1,
        f"{assignment.unit_name}称不属职责范围:请核实,必要时改派",
        leg.assignment,
        "agent",
    )
    release(work, leg, "done")
    policy = work.policy
    step = policy and next_step(assignment, policy)
    if step:
        take_step(work, leg.assignment, step.code, work.now)


def _wants_agent(work: Work, leg: Leg) -> None:
    """Key 3: into the room when an agent is there, else the shift leader is told."""
    if work.handover.agent_here:
        _join(work, leg)
        return
    assignment = work.case.assignments[leg.assignment]
    work.alarm(
        "UNIT_WANTS_AGENT", 1, f"{assignment.unit_name}要求与话务员通话", leg.assignment, "agent"
    )
    release(work, leg, "detail")


def _wants_extension(work: Work, leg: Leg) -> None:
    assignment = work.case.assignments[leg.assignment]
    work.emit(e.ExtensionRequested(leg.assignment, leg.contact, leg.id))
    work.alarm("EXTENSION_REQUESTED", 1, f"{assignment.unit_name}申请延期:请决定", leg.assignment)


def _reports(work: Work, leg: Leg) -> None:
    begin_report(work, leg.assignment, "key")
    _wants_agent(work, leg)


_KEYS: dict[str, Callable[[Work, Leg], None]] = {
    "1": _accept,
    "2": _not_our_remit,
    "3": _wants_agent,
    "4": _wants_extension,
    "5": _reports,
}


# ---------------------------------------------------------------- procedures


def _acknowledge(work: Work, leg: Leg, how: str) -> None:
    assignment = work.case.assignments[leg.assignment]
    if assignment.delivered_at is None:
        work.emit(e.AssignmentDelivered(leg.assignment, leg.contact))
    if not assignment.acknowledged:
        work.emit(e.AssignmentAcknowledged(leg.assignment, leg.contact, how, leg.id))
        work.clear_alarms(
            ("NOT_DELIVERED", "LADDER_A2", "LADDER_A3", "LADDER_A4"), "accepted", leg.assignment
        )
    callee = work.case.assignments[leg.assignment].callee(leg.contact)
    if callee is not None and not callee.closed:
        work.emit(e.ContactClosed(leg.assignment, leg.contact, "accepted"))
    release_hunting(work, leg.assignment, leg.contact, "taken", keep=leg.id)
    close_contacts(work, leg.assignment, "taken", purpose="handover", keep=(leg.contact,))


def _join(work: Work, leg: Leg) -> None:
    """Join the unit to whoever is there; alone, it hears the case and how to call back."""
    hand = work.handover
    if hand.requester_at == "queue" and hand.requester is not None:
        # Nobody has taken the caller yet: he is not kept waiting now that help is on the line.
        work.emit(e.RoomConvened(hand.requester, None))
        work.do(JoinRoom(work.key("join:caller"), hand.requester, work.id, "caller"))
    elif not (hand.requester_here or hand.agent_here):
        release(work, leg, "detail")
        return
    work.emit(e.LegJoining(leg.id))
    if hand.requester_at == "talking" or hand.agent_at == "talking":
        convene(work)
    work.do(JoinRoom(work.key(f"join:{leg.id}"), ChannelId(leg.id), work.id, "unit"))


def _leg_in_room(work: Work, leg_id: LegId, *, by_dialplan: bool) -> None:
    leg = work.handover.legs[leg_id]
    if leg.state != "joined":
        work.emit(e.LegJoined(leg_id, by_dialplan))


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
    if assignment is not None and assignment.active and assignment.state != "reported":
        contact = find_contact(work.rules, leg.contact)
        if lost_soon(leg, outcome, work.now) and contact is not None:
            call_contacts(work, assignment, "RERING", "handover", (contact,))
        else:
            _unit_left(work, assignment)
    if not hand.joined and not hand.agent_here and hand.requester_here:
        _queue_requester(work, "alone")


def _unit_left(work: Work, assignment: Assignment) -> None:
    text = f"{assignment.unit_name}已离开通话,可一键重新呼叫"
    work.alarm("UNIT_LEFT", 2, text, assignment.id, "agent")


def _call_next_rung(work: Work, leg: Leg) -> None:
    """The same contact did not answer again: the next step, by itself."""
    assignment = work.case.assignments[leg.assignment]
    if not assignment.active:
        return
    contact = find_contact(work.rules, leg.contact)
    rung = _NEXT_RUNG.get(contact.rung if contact else Rung.DUTY, Rung.HEAD)
    work.emit(e.ContactClosed(leg.assignment, leg.contact, "superseded"))
    contacts = on_duty(work.rules, assignment.unit, rung, work.now)
    if contacts:
        call_contacts(work, assignment, "RERING_NEXT", "handover", contacts)
    else:
        _unit_left(work, assignment)


def _queue_requester(work: Work, reason: str) -> None:
    """First in the queue. The dialplan does it by itself; whoever is quicker, it is done once."""
    hand = work.handover
    if hand.requester is None or hand.requester_at in ("gone", "queue", ""):
        return
    work.do(QueueCaller(work.key("queue"), hand.requester, work.id))
    requester_queued(work, reason)


def _wrap_up(work: Work) -> None:
    """The agent is left alone: the call is over for him too."""
    hand = work.handover
    if hand.agent_channel is not None and hand.agent_here:
        work.do(FinishCaller(work.key("wrapup"), hand.agent_channel, work.id, hang_up=True))


def _record(work: Work, before: Phase, party: Party) -> Outcome:
    outcome = OUTCOMES[before, party]
    work.emit(e.OutcomeDecided(before.value, party, outcome.value))
    return outcome


def apply_outcome(work: Work, before: Phase, party: Party) -> None:
    """Caller or agent has left: do what the table says."""
    outcome = _record(work, before, party)
    hand = work.handover
    if outcome is Outcome.REQUESTER_FIRST_IN_QUEUE:
        _queue_requester(work, "agent_lost")
    elif outcome is Outcome.UNIT_TOLD_AND_RELEASED and not (hand.requester_here or hand.agent_here):
        for leg in hand.joined:
            release(work, leg, "detail")
    elif outcome is Outcome.AGENT_WRAPS_UP:
        _wrap_up(work)
    if party is Party.REQUESTER:
        work.clear_alarms(("AGENT_LOST",), "requester left")


def take_step(work: Work, assignment_id: str, code: str, due_at: int) -> None:
    """One step of ladder A: its mark, its contacts, its alarms."""
    assignment = next(a for a in work.case.active if a.id == assignment_id)
    clock = assignment.clock
    late = max(0, work.now - due_at)
    work.emit(e.MarkFired(clock.id, clock.version, code, 0, due_at, late))
    if code not in STEPS:
        work.alarm(
            "NOT_DELIVERED",
            1,
            f"{assignment.unit_name}电话10秒内未振铃:请人工拨打或改派",
            assignment.id,
        )
        return
    contacts = step_contacts(work.rules, assignment, code, work.now)
    # The office of A4 is told; it does not answer for the unit (T05).
    call_contacts(work, assignment, code, "inform" if code == "A4" else "handover", contacts)
    action = _STEP_ALARMS.get(code)
    if action is not None:
        work.alarm(f"LADDER_{code}", 1, action.format(assignment.unit_name), assignment.id)


_STEP_ALARMS = {
    "A2": "{}无人接单:正在呼叫具体负责人",
    "A3": "{}无人接单:正在呼叫总负责人,建议改派后备单位",
    "A4": "{}仍无人接单:请决定保持、改派或增派单位",
}


def effect_failed(work: Work, effect: object, outcome: str, reason: str) -> None:
    """A call that could not be placed, or whose outcome is unknown, makes room for a new try.

    A second ring is harmless, a missing one is not: the attempt is closed and the hunt goes on
    with a new key.
    """
    if work.case_or_none is None:
        return
    if isinstance(effect, RingContact):
        unknown = outcome == "unknown" or work.live.link != "up"
        ended = f.LegOutcome.UNKNOWN if unknown else f.LegOutcome.FAILED
        leg_ended(work, f.LegEnded(effect.leg, ended))
        return
    if isinstance(effect, ConveneRoom | JoinRoom):
        _nobody_to_join(work)
    if _still_matters(work, effect):
        work.alarm("PBX_ACTION_FAILED", 1, f"话路操作失败,请查看通话:{reason}"[:120], None, "agent")


def _nobody_to_join(work: Work) -> None:
    """Neither caller nor agent could be brought in: the unit hears the case, not silence."""
    hand = work.handover
    if "room" not in (hand.requester_at, hand.agent_at):
        for leg in hand.joined:
            release(work, leg, "detail")


def _still_matters(work: Work, effect: object) -> bool:
    """A party that hung up in the same instant is no failure: its own fact says what follows."""
    hand = work.handover
    if isinstance(effect, ConveneRoom):
        return effect.caller in (None, *hand.channels) and effect.agent in (None, *hand.channels)
    if isinstance(effect, JoinRoom):
        return effect.channel in hand.channels or LegId(effect.channel) in hand.legs
    return isinstance(effect, QueueCaller | FinishCaller) and effect.channel in hand.channels
