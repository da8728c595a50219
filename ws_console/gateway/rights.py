"""What a role may see. The service's frames are complete; nothing leaves without passing here.

Agents and shift leaders see who calls (domain rules §3.4); auditors see the case with every
personal field masked, and numbers of contacts masked too. Messages for an office are shown to
that office and to shift leaders.
"""

from collections.abc import Mapping
from typing import Any

FULL = frozenset({"agent", "supervisor", "admin"})
_CASE_PERSONAL = ("address", "text", "why", "line")
_REPORT_PERSONAL = ("who_responds", "action_taken", "arrival", "situation")


def sees_personal(role: str) -> bool:
    return role in FULL


def visible(kind: str, data: Mapping[str, Any], role: str) -> bool:
    """Whether this role gets the frame at all."""
    if kind == "recording":
        return role != "agent"
    if kind == "status":
        return not data.get("role") or role in ("supervisor", "admin")
    if kind != "notice":
        return True
    return role in ("supervisor", "admin") or data.get("role") == role


def render(kind: str, data: Mapping[str, Any], role: str) -> Mapping[str, Any]:
    """The frame's data as this role may see it."""
    if sees_personal(role) or not data:
        return data
    if kind == "case":
        return _masked_case(data)
    if kind == "call":
        masked = {"number": mask(str(data["number"])), "text": "", "classification": None}
        return {**data, **masked, "missed": None, "transcript": ""}
    if kind == "callback":
        return {**data, "number": mask(str(data["number"]))}
    return data


def mask(text: str) -> str:
    """The last four characters at most, so that two callers can be told apart."""
    return f"***{text[-4:]}" if len(text) > 6 else "***" if text else ""


def _masked_case(case: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(case)
    for name in _CASE_PERSONAL:
        shown[name] = "***" if case[name] else ""
    requester = case["requester"]
    shown["requester"] = {
        **requester,
        "number": mask(requester["number"]),
        "name": "***" if requester["name"] else "",
    }
    shown["assignments"] = [
        {**a, "feedback": [_masked_report(f) for f in a["feedback"]]} for a in case["assignments"]
    ]
    if case["call"] is not None:
        legs = [{**leg, "number": mask(leg["number"])} for leg in case["call"]["legs"]]
        shown["call"] = {**case["call"], "legs": legs}
    return shown


def _masked_report(feedback: Mapping[str, Any]) -> dict[str, Any]:
    return {**feedback, **{name: "***" for name in _REPORT_PERSONAL if feedback[name]}}
