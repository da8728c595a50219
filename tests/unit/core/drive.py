"""The engine by hand: one input after the other, everything it decides checked on the way.

No clock, no loop, no phones: `Drive` applies decisions as the service would, and asserts after
each what must hold of any input whatever.
"""

from typing import Any

from dispatcher import snapshots
from dispatcher.core import commands as c
from dispatcher.core import engine
from dispatcher.core import events as e
from dispatcher.core import facts as f
from dispatcher.core.assignment import Assignment
from dispatcher.core.case import CaseState
from dispatcher.core.case import evolve as evolve_case
from dispatcher.core.deadline import due_marks
from dispatcher.core.effects import Effect, RingContact
from dispatcher.core.engine import Decision, Hotline
from dispatcher.core.errors import Refused
from dispatcher.core.handover import Handover
from dispatcher.core.handover_fold import evolve as evolve_handover
from dispatcher.core.ids import AgentId, AssignmentId, CallId, CaseClass, CaseId, ChannelId
from dispatcher.core.rules import Rules
from dispatcher.testing.sample_rules import sample_rules

CASE = CaseId("01HZZZZZZZZZZZZZZZZZZZZZZZ")
CALLER = ChannelId("1795305600.1")
AGENT = ChannelId("1795305600.2")
START = 1_795_305_600_000


class Drive:
    """One hotline, driven by inputs."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.now = START
        self.hotline = Hotline(rules or sample_rules())
        self.ledger: dict[CaseId, list[e.CaseEvent]] = {}
        self.effects: list[Effect] = []
        self._folded: dict[CaseId, tuple[CaseState | None, Handover | None]] = {}
        self.wake_at: dict[CaseId, int | None] = {}
        self.hotline.live.apply(f.LinkRestored(()), self.now)

    # ------------------------------------------------------------ inputs

    def give(self, given: Any, actor: str = "agent1") -> list[Decision]:
        """Decide one input and take it over."""
        if not isinstance(given, c.Wake) and type(given) in FACTS:
            self.hotline.live.apply(given, self.now)
        decisions = engine.receive(given, self.hotline, self.now, actor)
        assert len({d.case_id for d in decisions}) == len(decisions)
        for decision in decisions:
            self._take(decision)
        return decisions

    def refused(self, given: Any, actor: str = "agent1") -> str:
        """The code of a refusal; nothing may have changed."""
        before = dict(self.hotline.cases)
        try:
            self.give(given, actor)
        except Refused as refusal:
            assert self.hotline.cases == before
            return refusal.code
        raise AssertionError(f"{given} was allowed")

    def wait(self, ms: int) -> None:
        """Time passes; every wake-up comes at its instant."""
        target = self.now + ms
        while True:
            at, case = min(
                ((at, case) for case, at in self.wake_at.items() if at is not None),
                default=(target + 1, CASE),
            )
            if at > target:
                break
            self.now = max(self.now, at)
            self.give(c.Wake(case), "system")
        self.now = target

    def sleep(self, ms: int) -> None:
        """Time passes and nobody looks."""
        self.now += ms

    def wake(self) -> None:
        for case in list(self.hotline.cases):
            self.give(c.Wake(case), "system")

    def restart(self) -> None:
        """State from the stored rows only."""
        rows = [
            snapshots.row_of(case, self.hotline.handovers.get(case_id), None)
            for case_id, case in self.hotline.cases.items()
        ]
        self.hotline = Hotline(self.hotline.rules)
        for row in rows:
            case, handover = snapshots.restore(row)
            self.hotline.put(case.id, case, handover)

    # ------------------------------------------------------------ the usual beginning

    def call(self, caller: ChannelId = CALLER, agent: ChannelId = AGENT) -> None:
        self.give(f.CallArrived(CallId(caller), "19900000001", "12345"))
        self.give(f.CallQueued(CallId(caller)))
        self.give(f.AgentAnswered(CallId(caller), AgentId("agent1"), agent))

    def open(
        self,
        case_class: CaseClass = CaseClass.EMERGENCY_MAJOR,
        category: str | None = "E2.GAS",
        case: CaseId = CASE,
        **more: Any,
    ) -> CaseState:
        call = CallId(CALLER) if CallId(CALLER) in self.hotline.live.calls else None
        self.give(
            c.OpenEmergency(case, "20261122-000001", call, case_class, category, "xuanzhou", **more)
        )
        return self.case

    @property
    def case(self) -> CaseState:
        return self.hotline.cases[CASE]

    @property
    def handover(self) -> Handover:
        return self.hotline.handovers.get(CASE) or Handover(CASE)

    def assignment(self, n: int = 1) -> Assignment:
        return self.case.assignments[AssignmentId(f"{CASE}/a{n}")]

    def marks(self, case: CaseId = CASE) -> list[e.MarkFired]:
        return [x.event for x in self.ledger[case] if isinstance(x.event, e.MarkFired)]

    def recorded(self, kind: type) -> list[Any]:
        return [x.event for x in self.ledger[CASE] if isinstance(x.event, kind)]

    @property
    def rung(self) -> list[RingContact]:
        return [x for x in self.effects if isinstance(x, RingContact)]

    # ------------------------------------------------------------ what must always hold

    def _take(self, decision: Decision) -> None:
        ledger = self.ledger.setdefault(decision.case_id, [])
        if ledger and decision.expected_seq == 0:
            return  # A closed case is not held any more: the store would refuse its id.
        assert decision.expected_seq == len(ledger)
        ledger.extend(decision.events)
        assert [x.seq for x in ledger] == list(range(1, len(ledger) + 1))
        self._check_fold(decision)
        keys = [x.key for x in decision.effects]
        assert len(set(keys)) == len(keys)
        assert not set(keys) & {x.key for x in self.effects}
        self.effects.extend(decision.effects)
        self._check_time(decision)
        self.wake_at[decision.case_id] = decision.wake_at
        self.hotline.apply(decision)

    def _check_fold(self, decision: Decision) -> None:
        """State is what the events say and nothing else, and survives being stored."""
        case, handover = self._folded.get(decision.case_id, (None, None))
        for recorded in decision.events:
            case = evolve_case(case, recorded)
            handover = evolve_handover(handover, recorded)
        self._folded[decision.case_id] = (case, handover)
        assert case == decision.case
        assert handover == decision.handover
        if case is not None:
            row = snapshots.row_of(case, handover, decision.wake_at)
            assert snapshots.restore(row) == (case, handover)

    def _check_time(self, decision: Decision) -> None:
        """Nothing due is left behind, and the next wake-up lies ahead."""
        assert decision.wake_at is None or decision.wake_at > self.now
        case = decision.case
        if case is None or not case.open or case.policy is None:
            return
        for assignment in case.active:
            left = due_marks(assignment.clock, case.policy, self.now)
            assert not [m for m in left if not (m.code == "B8" and case.taken_over_by)]


FACTS = frozenset(f.Fact.__args__)
