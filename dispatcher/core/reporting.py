"""What counts as a substantive report, and what a phrase like 正在联系处理中 does not (R2.2b).

An emergency report needs who responds, what was done, when they arrive, the situation, and when
the next report comes (Q-R2.2b-02). A complete report stops the clock at once; an incomplete or
perfunctory one is kept as pending and the clock runs on, until a person decides.
"""

import unicodedata
from dataclasses import dataclass

from . import events as e
from .assignment import Assignment
from .ids import AssignmentId, Instant
from .rules import Rules
from .work import Work

BANNED = ("正在联系处理中", "已前去执法", "将现场核实", "已解释")
"""The four phrases the regulation quotes; `rules/` adds more."""

FIELDS = ("who_responds", "action_taken", "arrival", "situation", "next_report_at")


@dataclass(frozen=True, slots=True)
class Judgement:
    """``missing`` fields, or the banned phrase that is the whole substance."""

    missing: tuple[str, ...] = ()
    banned: str = ""

    @property
    def complete(self) -> bool:
        return not self.missing and not self.banned

    @property
    def objection(self) -> str:
        if self.banned:
            return f"PERFUNCTORY:{self.banned}"
        return "INCOMPLETE:" + ",".join(self.missing) if self.missing else ""


def judge(
    rules: Rules,
    who_responds: str,
    action_taken: str,
    arrival: str,
    situation: str,
    next_report_at: int | None,
) -> Judgement:
    """Whether the report may stop an emergency clock."""
    given = dict(
        zip(FIELDS, (who_responds, action_taken, arrival, situation, next_report_at), strict=True)
    )
    missing = tuple(
        name
        for name, value in given.items()
        if value is None or (isinstance(value, str) and not _bare(value))
    )
    phrases = {_bare(p): p for p in (*BANNED, *rules.banned_phrases)}
    said = {_bare(t) for t in (action_taken, situation) if _bare(t)}
    hollow = [phrases[t] for t in said if t in phrases]
    if said and len(hollow) == len(said):
        return Judgement(missing, hollow[0])
    return Judgement(missing)


def _bare(text: str) -> str:
    """Letters and digits only: white space and punctuation do not make a report."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join(ch for ch in normal if unicodedata.category(ch)[0] in "LN")


def begin_report(work: Work, assignment_id: AssignmentId, how: str) -> None:
    """The unit reports from this instant (AMB-05); what was begun before goes on."""
    assignment = work.case.assignments[assignment_id]
    if assignment.active and report_begun(work, assignment) is None:
        work.emit(e.ReportBegun(assignment_id, how))


def report_begun(work: Work, assignment: Assignment) -> Instant | None:
    """When the report in progress began; one begun over 5 minutes ago is none any more."""
    begun, policy = assignment.report_begun_at, work.policy
    if begun is None or policy is None or work.now - begun > policy.report_grace_ms:
        return None
    return begun
