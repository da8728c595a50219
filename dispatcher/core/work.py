"""One decision in the making: the case as it is, and what is being added to it.

`Work` gathers events and effects while the procedures run; every event is folded at once, so
the next procedure sees its result. Nothing outside is touched: the engine hands the finished
`Decision` to the service, which commits it.
"""

from dataclasses import dataclass, field

from . import events as e
from .assignment import Assignment
from .call import LiveBoard
from .case import CaseState
from .case import evolve as evolve_case
from .effects import Effect
from .errors import Refused
from .exercise import marked
from .handover import Handover
from .handover_fold import evolve as evolve_handover
from .ids import AlarmId, AssignmentId, CaseId, Instant, LegId, leg_id
from .rules import Policy, Rules


@dataclass(slots=True)
class Work:
    """The state of one case during one decision."""

    id: CaseId
    case_or_none: CaseState | None
    handover_or_none: Handover | None
    rules: Rules
    live: LiveBoard
    now: Instant
    actor: str
    events: list[e.CaseEvent] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    @property
    def case(self) -> CaseState:
        if self.case_or_none is None:
            raise Refused("NO_SUCH_CASE", "没有这个工单", f"no case {self.id}", "case")
        return self.case_or_none

    def open_case(self) -> CaseState:
        """The case, which must still be open."""
        if not self.case.open:
            raise Refused("CASE_CLOSED", "工单已结束", "the case is closed", "case")
        return self.case

    @property
    def handover(self) -> Handover:
        return self.handover_or_none or Handover(self.id)

    @property
    def policy(self) -> Policy | None:
        return self.case.policy

    def emit(self, event: e.Event) -> None:
        """Add one event and fold it into the state."""
        seq = (self.case_or_none.seq if self.case_or_none else 0) + 1
        recorded = e.CaseEvent(self.id, seq, self.now, self.actor, event)
        self.case_or_none = evolve_case(self.case_or_none, recorded)
        self.handover_or_none = evolve_handover(self.handover_or_none, recorded)
        self.events.append(recorded)

    def do(self, effect: Effect) -> None:
        self.effects.append(effect)

    def key(self, what: str) -> str:
        """An idempotency key: unique because the ledger's seq only grows.

        So an effect always has an event before it in its decision, also when nothing is new.
        """
        if not self.events:
            self.emit(e.ActionRepeated(what))
        return f"{self.id}:{self.case.seq}:{len(self.effects)}:{what}"

    def assignment(self, assignment: AssignmentId) -> Assignment:
        """The assignment, which must still be active."""
        found = self.case.assignments.get(assignment)
        if found is None:
            raise Refused(
                "NO_SUCH_ASSIGNMENT", "没有这个交办", f"no assignment {assignment}", "assignment"
            )
        if not found.active:
            raise Refused(
                "ASSIGNMENT_OVER",
                f"{found.unit_name}已不再承办",
                f"{found.unit_name} no longer has this case",
                "assignment",
            )
        return found

    def next_leg(self) -> LegId:
        return leg_id(self.id, self.case.next_leg)

    def alarm(
        self,
        kind: str,
        priority: int,
        action: str,
        assignment: AssignmentId | None = None,
        role: str = "supervisor",
    ) -> None:
        """Raise an alarm, once: identical alarms collapse (Q-X-05)."""
        if self.case.alarm(kind, assignment) is None:
            alarm = AlarmId(f"{self.id}/{kind}/{self.case.seq + 1}")
            said = marked(self.case, action)
            self.emit(e.AlarmRaised(alarm, kind, priority, assignment, said, role))

    def clear_alarms(
        self, kinds: tuple[str, ...], reason: str, assignment: AssignmentId | None = None
    ) -> None:
        for alarm in self.case.alarms:
            if alarm.kind in kinds and assignment in (None, alarm.assignment):
                self.emit(e.AlarmCleared(alarm.id, reason))
