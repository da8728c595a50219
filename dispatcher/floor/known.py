"""What the open cases say about a number: whose cases it has, and which units may be reporting.

Follows the case frames, so that each look-up is one step however many cases are open.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import structlog

from ..core.call import LiveCall
from ..core.effects import PreferNumber
from ..core.ids import CaseId, UnitId
from ..ports import Frame, Outcome
from ..service import Service
from .parts import new_line

log = structlog.get_logger()


class Known:
    """Open cases by the requester's number; numbers of units that have a case in hand."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._cases: dict[str, set[CaseId]] = {}
        self._number: dict[CaseId, str] = {}
        self._units: dict[CaseId, frozenset[UnitId]] = {}
        self._told: set[str] = set()
        self._sync: asyncio.Task[None] | None = None

    @property
    def numbers(self) -> int:
        """How many numbers have an open case; the others are forgotten."""
        return len(self._cases)

    def start(self) -> None:
        """Take in the cases that are open already."""
        present = self._service.present
        self.follow([present.case_frame(case) for case in self._service.hotline.cases])

    def follow(self, frames: Sequence[Frame]) -> None:
        changed = False
        for frame in frames:
            if frame.kind == "case":
                changed |= self._take(CaseId(frame.key), frame.data)
        if changed:
            self.prefer()

    def _take(self, case: CaseId, view: Any) -> bool:
        number = view["requester"]["number"] if view["open"] else ""
        old = self._number.pop(case, "")
        of_old = self._cases.get(old, set())
        of_old.discard(case)
        if not of_old:
            self._cases.pop(old, None)
        if number:
            self._number[case] = number
            self._cases.setdefault(number, set()).add(case)
        units = frozenset(
            UnitId(a["unit"]) for a in view["assignments"] if view["open"] and a["active"]
        )
        before = self._units.pop(case, frozenset())
        if units:
            self._units[case] = units
        return units != before

    def open_cases(self, call: LiveCall) -> list[dict[str, Any]]:
        """Open cases of this caller's number, newest first; not the one the call is bound to."""
        cases = self._service.hotline.cases
        found = [
            cases[case]
            for case in self._cases.get(call.number, ())
            if case in cases and case != call.case
        ]
        return [
            {
                "case": case.id,
                "number": case.number,
                "class": case.case_class.value,
                "category": case.category,
                "district": case.district,
                "state": case.state,
                "open": case.open,
                "exercise": case.exercise,
                "accepted_at": case.accepted_at,
            }
            for case in sorted(found, key=lambda case: -case.accepted_at)
        ]

    # ------------------------------------------------------------ who goes first

    def wanted(self) -> set[str]:
        """Numbers of the units that have an open assignment: they may be calling to report."""
        units = {unit for of_case in self._units.values() for unit in of_case}
        by_number = self._service.hotline.rules.unit_by_number
        return {number for number, unit in by_number.items() if unit in units and number.isdigit()}

    def link_is_up(self) -> None:
        """The PBX may be a new one: say it all again."""
        self._told.clear()
        self.prefer()

    def prefer(self) -> None:
        if self._service.hotline.live.link == "up" and self._sync is None:
            self._sync = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        """One number after the other until the PBX knows what is wanted; a failure waits."""
        try:
            while changes := self._changes():
                for number, preferred in changes:
                    effect = PreferNumber(new_line(), number, preferred)
                    done = await self._service.telephony.perform(effect)
                    if done.outcome is not Outcome.DONE:
                        log.warning("number not preferred", reason=done.reason)
                        return
                    (self._told.add if preferred else self._told.discard)(number)
        finally:
            self._sync = None

    def _changes(self) -> Iterable[tuple[str, bool]]:
        wanted = self.wanted()
        more = [(number, True) for number in sorted(wanted - self._told)]
        return more + [(number, False) for number in sorted(self._told - wanted)]

    def close(self) -> None:
        if self._sync is not None:
            self._sync.cancel()
