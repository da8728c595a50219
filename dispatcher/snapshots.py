"""The row beside the ledger: the two aggregates as plain data, and back.

`fold` recomputes a row from the events alone; `dispatcher verify` compares it with the stored
one, so nothing in a row may come from anywhere but the ledger.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from .core.case import CaseState
from .core.case import evolve as evolve_case
from .core.events import CaseEvent, CasePerson
from .core.handover import Handover
from .core.handover_fold import evolve as evolve_handover
from .core.ids import Instant
from .core.views import least_due_at
from .core.watch import next_wake
from .ports import CaseRow


def row_of(case: CaseState, handover: Handover | None, wake_at: Instant | None) -> CaseRow:
    """The row of a case as it stands."""
    person = case.personal or CasePerson()
    return CaseRow(
        case=case.id,
        number=case.number,
        case_class=case.case_class.value,
        category=case.category,
        district=case.district,
        state=case.state,
        open=case.open,
        accepted_at=case.accepted_at,
        due_at=least_due_at(case),
        wake_at=wake_at,
        requester_number=person.requester_number,
        snapshot=msgspec.to_builtins({"case": case, "handover": handover}),
    )


def restore(row: CaseRow) -> tuple[CaseState, Handover | None]:
    """The aggregates of a stored row."""
    snapshot: Any = row.snapshot
    case = msgspec.convert(snapshot["case"], CaseState)
    handover = snapshot.get("handover")
    return case, msgspec.convert(handover, Handover) if handover is not None else None


def fold(events: Sequence[CaseEvent]) -> CaseRow:
    """The row that these events lead to. Raises ValueError for an impossible ledger."""
    case: CaseState | None = None
    handover: Handover | None = None
    for recorded in events:
        case = evolve_case(case, recorded)
        handover = evolve_handover(handover, recorded)
    if case is None:
        raise ValueError("a ledger without events")
    return row_of(case, handover, next_wake(case, events[-1].at))
