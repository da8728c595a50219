"""Taking one step of ladder A: its mark, its contacts, its alarms."""

from . import events as e
from .hunt import call_contacts
from .ladder import STEPS, step_contacts
from .work import Work


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
