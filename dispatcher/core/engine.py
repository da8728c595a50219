"""One input, decided: `receive(input, hotline, now) -> [Decision]`.

The driving contract: put one telephony fact, command or wake-up in; commit what the decisions
say; `Hotline.apply` them; perform their effects; only then the next input. The engine reads
the hotline and changes nothing but the `Decision`s it returns. Before every input the marks the
clock has already passed are fired, so that the ledger is in the order of time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from . import commands as c
from . import desk, failures, lines, opening, outcomes, switching
from . import facts as f
from .call import LiveBoard, LiveCall
from .calling_in import WAITS
from .case import CaseState
from .effects import Effect
from .events import CaseEvent
from .handover import Handover
from .ids import AssignmentId, CallId, CaseId, ChannelId, Instant, LegId, UnitId
from .means import party_held
from .reconcile import reconcile
from .reporting import begin_report
from .room import watch_seats
from .rules import Rules
from .watch import advance, next_wake
from .work import Work


@dataclass(frozen=True, slots=True)
class Decision:
    """What one input means for one case: all of it is committed, or nothing."""

    case_id: CaseId
    expected_seq: int
    events: tuple[CaseEvent, ...]
    effects: tuple[Effect, ...]
    case: CaseState | None
    handover: Handover | None
    wake_at: Instant | None


@dataclass(slots=True)
class Hotline:
    """Everything the engine decides from: rules, the live view, and the open cases."""

    rules: Rules
    live: LiveBoard = field(default_factory=LiveBoard)
    cases: dict[CaseId, CaseState] = field(default_factory=dict)
    handovers: dict[CaseId, Handover] = field(default_factory=dict)
    by_channel: dict[ChannelId, CaseId] = field(default_factory=dict)
    by_unit: dict[UnitId, set[CaseId]] = field(default_factory=dict)

    def apply(self, decision: Decision) -> None:
        """Take a committed decision over into the state."""
        self.put(decision.case_id, decision.case, decision.handover)

    def put(self, case_id: CaseId, case: CaseState | None, handover: Handover | None) -> None:
        """Install one case as it is now; a closed one without a living call is dropped."""
        before = self.handovers.get(case_id)
        for channel in _channels(before) if before else ():
            self.by_channel.pop(channel, None)
        if case is None or not case.open:
            self._unbind(before)
        if case is None or (not case.open and not _alive(handover)):
            self._drop(case_id)
            return
        self.cases[case_id] = case
        for assignment in case.active:
            self.by_unit.setdefault(assignment.unit, set()).add(case_id)
        if handover is not None:
            self.handovers[case_id] = handover
            for channel in _channels(handover):
                self.by_channel[channel] = case_id
            if handover.call is not None and case.open:
                self.live.bind(handover.call, case_id)

    def _unbind(self, handover: Handover | None) -> None:
        """A call whose case is closed may be bound to another one."""
        if handover is not None and handover.call is not None:
            self.live.bind(handover.call, None)

    def _drop(self, case_id: CaseId) -> None:
        case = self.cases.pop(case_id, None)
        self.handovers.pop(case_id, None)
        for assignment in case.assignments.values() if case else ():
            self.by_unit.get(assignment.unit, set()).discard(case_id)

    def unit_calling(
        self, call: LiveCall
    ) -> tuple[UnitId, list[tuple[CaseId, AssignmentId]]] | None:
        """The unit whose registered number this is, or that has said who it is, and its open
        assignments: that of the case it has named alone, if it has named one."""
        unit = call.unit or (self.rules.unit_by_number.get(call.number) if call.number else None)
        if unit is None or unit not in self.rules.units:
            return None
        found = self.open_assignments(unit)
        if call.unit is not None and any(case_id == call.case for case_id, _ in found):
            found = [x for x in found if x[0] == call.case]
        return unit, found

    def open_assignments(self, unit: UnitId) -> list[tuple[CaseId, AssignmentId]]:
        """What a unit has in hand, oldest case first."""
        return [
            (case_id, a.id)
            for case_id in sorted(self.by_unit.get(unit, ()))
            if case_id in self.cases
            for a in self.cases[case_id].active
            if a.unit == unit
        ]


def receive(given: Any, hotline: Hotline, now: Instant, actor: str = "system") -> list[Decision]:
    """Decide one input. Raises `errors.Refused` for a command the rules do not allow."""
    if isinstance(given, f.LinkRestored):
        procedures: list[tuple[CaseId, Procedure]] = [
            (case_id, lambda w: reconcile(w, given)) for case_id in hotline.cases
        ]
    else:
        procedures = list(_procedures(given, hotline))
    by_case: dict[CaseId, list[Procedure]] = {}
    for case_id, act in procedures:
        by_case.setdefault(case_id, []).append(act)
    made = [_decide(hotline, case_id, now, actor, acts) for case_id, acts in by_case.items()]
    return [d for d in made if d is not None]


Procedure = Callable[[Work], None]


def _procedures(given: Any, hotline: Hotline) -> Iterator[tuple[CaseId, Procedure]]:
    """Which case the input goes to, and what is to be done there."""
    kind = type(given)
    if kind is c.Wake:
        yield given.case, lambda work: None
    elif kind is c.CallLine:
        case_id = lines.case_of(given, hotline.live, hotline.cases)
        yield case_id, lambda work: lines.call_line(work, given)
    elif kind is c.AttachCall and (other := _other_case(given, hotline)) is not None:
        yield other, lambda work: switching.let_go(work, given)
        yield given.case, lambda work: switching.take_up(work, given)
    elif kind in desk.HANDLERS:
        yield given.case, lambda work: desk.HANDLERS[kind](work, given)
    elif kind is Reclassified:
        yield (
            given.command.case,
            lambda work: opening.reclassify(work, given.command, by_supervisor=given.by_supervisor),
        )
    elif kind is Failed:
        yield (
            given.case,
            lambda work: failures.effect_failed(work, given.effect, given.outcome, given.reason),
        )
    elif kind in _FACTS:
        yield from _fact(given, hotline)
    elif kind is f.AgentPresence:
        for case_id, hand in hotline.handovers.items():
            if hand.requester_at == "queue":  # are there seats to answer him? see `_decide`
                yield case_id, lambda work: None


def _other_case(given: c.AttachCall, hotline: Hotline) -> CaseId | None:
    """The open case that has the call now, when it is to go on with another one."""
    live = hotline.live.calls.get(given.call)
    if live is None or live.ended_at is not None or live.case in (None, given.case):
        return None
    return live.case if live.case in hotline.cases and given.case in hotline.cases else None


@dataclass(frozen=True, slots=True)
class Reclassified:
    """A `Reclassify` command with the rank of whoever asks."""

    command: c.Reclassify
    by_supervisor: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """An effect that could not be performed, or whose outcome is unknown."""

    case: CaseId
    effect: Effect
    outcome: str
    reason: str


def _fact(fact: Any, hotline: Hotline) -> Iterator[tuple[CaseId, Procedure]]:
    case_id = _case_of(fact, hotline)
    if case_id is not None and case_id in hotline.cases:
        handler = _FACTS[type(fact)]
        more = (_engaged(fact, case_id, hotline),) if type(fact) is f.LegEnded else ()
        yield case_id, lambda work: handler(work, fact, *more)
    if isinstance(fact, f.AgentAnswered):
        yield from _unit_reports(fact.call, hotline)


def _case_of(fact: Any, hotline: Hotline) -> CaseId | None:
    leg = getattr(fact, "leg", None)
    if leg is not None:
        # A unit that has called in: its channel is the leg, and says nothing of the case.
        return hotline.by_channel.get(ChannelId(leg)) or CaseId(leg.split(".", 1)[0])
    room = getattr(fact, "room", None)
    if room is not None:
        return CaseId(room)
    call = getattr(fact, "call", None)
    channel = ChannelId(call) if call is not None else fact.channel
    return hotline.by_channel.get(channel)


_UNREACHED = (f.LegOutcome.BUSY, f.LegOutcome.REJECTED, f.LegOutcome.NO_ANSWER)


def _engaged(fact: f.LegEnded, case_id: CaseId, hotline: Hotline) -> str:
    """The number of the other case for which the telephone rings or talks that was not reached."""
    hand = hotline.handovers.get(case_id)
    leg = hand.legs.get(fact.leg) if hand is not None else None
    if leg is None or fact.outcome not in _UNREACHED:
        return ""
    for other, its in hotline.handovers.items():
        if other != case_id and any(x.number == leg.number for x in its.legs.values()):
            return hotline.cases[other].number
    return ""


def _unit_reports(call_id: CallId, hotline: Hotline) -> Iterator[tuple[CaseId, Procedure]]:
    """A unit that calls in and is answered is taken to report, from this instant (AMB-05)."""
    call = hotline.live.calls.get(call_id)
    match = hotline.unit_calling(call) if call is not None else None
    if match is None or len(match[1]) != 1:
        return
    case_id, assignment = match[1][0]
    yield case_id, lambda work: work.clear_alarms((WAITS,), "answered", assignment)
    if hotline.cases[case_id].assignments[assignment].clock.running:
        yield case_id, lambda work: begin_report(work, assignment, "call")


_FACTS: dict[type, Callable[..., None]] = {
    f.ChannelEnded: outcomes.channel_ended,
    f.CallQueued: outcomes.call_queued,
    f.AgentAnswered: outcomes.agent_answered,
    f.RoomJoined: outcomes.room_joined,
    f.PartyHeld: party_held,
    f.LegRinging: outcomes.leg_ringing,
    f.LegAnswered: outcomes.leg_answered,
    f.LegKey: outcomes.leg_key,
    f.LegSelfJoined: outcomes.leg_self_joined,
    f.LegEnded: outcomes.leg_ended,
}


def _decide(
    hotline: Hotline, case_id: CaseId, now: Instant, actor: str, procedures: list[Procedure]
) -> Decision | None:
    """One decision per case, however many things the input means for it."""
    case = hotline.cases.get(case_id)
    work = Work(
        case_id, case, hotline.handovers.get(case_id), hotline.rules, hotline.live, now, "system"
    )
    advance(work, before=True)
    work.actor = actor
    for procedure in procedures:
        procedure(work)
    work.actor = "system"
    advance(work)
    if work.case_or_none is not None:
        watch_seats(work)
    if work.case_or_none is None:
        return None
    return Decision(
        case_id,
        case.seq if case else 0,
        tuple(work.events),
        tuple(work.effects),
        work.case_or_none,
        work.handover_or_none,
        next_wake(work.case_or_none, now),
    )


def _channels(handover: Handover) -> tuple[ChannelId, ...]:
    """Every channel of the bound call that is not a leg of ours, which names its case."""
    own = tuple(ChannelId(x.id) for x in handover.legs.values() if x.called_in)
    return (*handover.channels, *own) if own else handover.channels


def _alive(handover: Handover | None) -> bool:
    return handover is not None and bool(handover.channels or handover.legs)


def is_leg(channel: str, case_id: CaseId) -> bool:
    """Whether a channel id is one of the legs we placed for this case."""
    return LegId(channel).startswith(f"{case_id}.")
