"""Sample cases for tests and benches of a store: believable commits without the engine.

`SampleCase` hands out one commit after another; `fold` is the row they imply, so that `verify`
can be tried on them. Names and numbers are visibly fictitious.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dispatcher.core.effects import Brief, Effect, NotifyDesk, RingContact
from dispatcher.core.events import (
    CaseAccepted,
    CaseAnswered,
    CaseEvent,
    CaseHandedOver,
    CasePerson,
    ContactPerson,
    DeadlineStarted,
    Event,
    LegPlaced,
    MarkFired,
    Said,
)
from dispatcher.core.ids import (
    AssignmentId,
    CaseClass,
    CaseId,
    ContactId,
    DeadlineId,
    Instant,
    LegId,
    Means,
    Role,
    UnitId,
)
from dispatcher.core.rules import Policy
from dispatcher.ports import CaseRow, Commit

START: Instant = 1_790_000_000_000
"""An instant of 21 September 2026 at which the samples begin."""

POLICY = Policy("sample", 600_000, 1_200_000, (0, 60_000, 120_000, 180_000, 240_000))


def fold(events: Sequence[CaseEvent]) -> CaseRow:
    """The row these events imply: simple, but touched by every event."""
    first = events[0].event
    assert isinstance(first, CaseAccepted)
    closed = any(isinstance(e.event, CaseAnswered) for e in events)
    due_at = next((e.event.due_at for e in events if isinstance(e.event, DeadlineStarted)), None)
    person = first.personal or CasePerson()
    return CaseRow(
        case=events[0].case,
        number=first.number,
        case_class=first.case_class,
        category=first.category,
        district=first.district,
        state="answered" if closed else "handed_over",
        open=not closed,
        accepted_at=events[0].at,
        due_at=due_at,
        wake_at=None if closed or due_at is None else due_at + len(events),
        requester_number=person.requester_number,
        snapshot={
            "seq": len(events),
            "text": person.text,
            "address": person.address,
            "legs": [e.event.leg for e in events if isinstance(e.event, LegPlaced)],
            "marks": {e.event.code: e.at for e in events if isinstance(e.event, MarkFired)},
        },
    )


@dataclass(slots=True)
class SampleCase:
    """The ``n``-th sample case and everything committed of it so far."""

    n: int
    requester: str = "0563-5550101"
    fold: Callable[[Sequence[CaseEvent]], CaseRow] = fold
    events: list[CaseEvent] = field(default_factory=list)

    @property
    def id(self) -> CaseId:
        return CaseId(f"01SAMPLE{self.n:018d}")

    @property
    def number(self) -> str:
        return f"20260921{self.n:06d}"

    @property
    def deadline(self) -> DeadlineId:
        return DeadlineId(f"{self.id}/case")

    def open(self) -> Commit:
        """Accept, start the clock, hand over and ring: three events, two effects."""
        assignment = AssignmentId(f"{self.id}/a1")
        due_at = START + 600_000
        return self.commit(
            self._accepted(),
            DeadlineStarted(self.deadline, START, due_at, START + 1_200_000),
            CaseHandedOver(
                assignment=assignment,
                unit=UnitId("lift-rescue"),
                unit_name="测试救援队",
                role=Role.LEAD,
                means=Means.THREE_WAY,
                proposed_by="rule",
                reason="",
            ),
            effects=(self.ring(1), self.notify("opened")),
        )

    def _accepted(self) -> CaseAccepted:
        return CaseAccepted(
            number=self.number,
            case_class=CaseClass.EMERGENCY_MAJOR,
            category="E2.LIFT",
            district="xuanzhou",
            township="",
            source="phone",
            rules_version="sample",
            policy=POLICY,
            casualties=0,
            hazards=("trapped",),
            exercise=False,
            anonymous=False,
            personal=CasePerson(
                self.requester,
                "测试甲",
                "测试路1号3幢2单元",
                "电梯停在七楼,里面有两个人",
                "电梯困人",
            ),
        )

    def place_leg(self, n: int) -> Commit:
        """Ring a contact: one event with personal data, one effect."""
        event = LegPlaced(
            leg=LegId(f"{self.id}.{n}"),
            assignment=AssignmentId(f"{self.id}/a1"),
            contact=ContactId("lift-rescue:duty"),
            purpose="handover",
            mode="key",
            about="",
            personal=ContactPerson("测试乙", "0563-5550102"),
        )
        return self.commit(event, effects=(self.ring(n),))

    def fire(self, code: str, ordinal: int = 1) -> Commit:
        """Fire a mark of the case's clock."""
        return self.commit(MarkFired(self.deadline, 1, code, ordinal, START + 300_000, 0))

    def close(self) -> Commit:
        """Answered: the case is closed, and nothing is left in the outbox."""
        keys = (self.ring(1).key, self.notify("opened").key)
        return self.commit(
            CaseAnswered(Said("已答复")), finished=tuple((key, "done") for key in keys)
        )

    def commit(
        self,
        *events: Event,
        effects: tuple[Effect, ...] = (),
        finished: tuple[tuple[str, str], ...] = (),
    ) -> Commit:
        """These events as the next commit; the case has gone on."""
        before = len(self.events)
        new = tuple(
            CaseEvent(self.id, before + i, START + before + i, "agent1", event)
            for i, event in enumerate(events, 1)
        )
        self.events.extend(new)
        return Commit(self.id, before, new, self.fold(self.events), effects, finished)

    def ring(self, n: int) -> RingContact:
        leg = LegId(f"{self.id}.{n}")
        brief = Brief("重大应急,电梯困人", "测试路1号3幢2单元")
        return RingContact(leg, leg, self.id, "0563-5550102", "key", brief, 20_000)

    def notify(self, what: str) -> NotifyDesk:
        return NotifyDesk(f"{self.id}/{what}", self.id, "supervisor", None, "新的重大应急")
