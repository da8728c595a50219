"""Commands as consoles send them: names, who may ask, and strict reading of the arguments.

Every mistake is answered with the field at fault and what to do. Texts lose control characters
here, so that nothing typed by anyone reaches a ledger, a screen or a PBX as more than text.
"""

import dataclasses
import functools
import re
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

import msgspec

from .core import commands as c
from .core.errors import Refused
from .core.ids import CaseId
from .ports import Actor

AGENT = frozenset({"agent", "supervisor", "admin"})
LEADER = frozenset({"supervisor", "admin"})
TEXT_LIMIT = 10_000
FIELD_LIMIT = 300
_LONG = frozenset({"text", "line", "situation", "action_taken"})


@dataclasses.dataclass(frozen=True, slots=True)
class Spec:
    """A command's class, who may give it, and whether it opens a new case."""

    command: type
    roles: frozenset[str]
    opens_case: bool = False


SPECS: dict[str, Spec] = {
    "open_emergency": Spec(c.OpenEmergency, AGENT, True),
    "call_line": Spec(c.CallLine, AGENT, True),
    "enter_paper": Spec(c.EnterPaper, AGENT, True),
    "hand_over_by_route": Spec(c.HandOverByRoute, AGENT),
    "record_call": Spec(c.RecordCall, AGENT, True),
    "amend_case": Spec(c.AmendCase, AGENT),
    "reclassify": Spec(c.Reclassify, AGENT),
    "hand_over": Spec(c.HandOver, AGENT),
    "reassign": Spec(c.Reassign, LEADER),
    "withdraw": Spec(c.Withdraw, AGENT),
    "acknowledge_spoken": Spec(c.AcknowledgeSpoken, AGENT),
    "ring_again": Spec(c.RingAgain, AGENT),
    "hold": Spec(c.HoldRequester, AGENT),
    "split": Spec(c.HoldUnit, AGENT),
    "join": Spec(c.JoinAll, AGENT),
    "leave": Spec(c.LeaveCall, AGENT),
    "begin_report": Spec(c.BeginReport, AGENT),
    "take_report": Spec(c.TakeReport, AGENT),
    "accept_report": Spec(c.AcceptReport, AGENT),
    "reject_report": Spec(c.RejectReport, AGENT),
    "keep": Spec(c.Keep, LEADER),
    "take_over": Spec(c.TakeOver, LEADER),
    "clear_alarm": Spec(c.ClearAlarm, AGENT),
    "attach_call": Spec(c.AttachCall, AGENT),
    "end_conversation": Spec(c.EndConversation, AGENT),
    "close_case": Spec(c.CloseCase, AGENT),
}


def read(
    name: str, args: Mapping[str, Any], actor: Actor, new_case: tuple[CaseId, str] | None
) -> Any:
    """The command, or `Refused`. ``new_case`` is (id, number) for commands that open one."""
    spec = SPECS.get(name)
    if spec is None:
        raise Refused(
            "NO_SUCH_COMMAND", f"没有命令 {name[:60]}", f"no command {name[:60]!r}", "cmd"
        )
    if actor.role not in spec.roles:
        raise Refused("NOT_ALLOWED", "您的岗位无权执行此操作", "your role may not do this", "cmd")
    data = _clean(args)
    if "class" in data:
        data["case_class"] = data.pop("class")
    if spec.opens_case and new_case is not None:
        data["case"], data["number"] = new_case
    _check_names(spec.command, data)
    _own_seat(spec.command, data, actor)
    for name in _may_be_missing(spec.command):
        data.setdefault(name, None)
    try:
        return msgspec.convert(data, spec.command, strict=True)
    except msgspec.ValidationError as error:
        field = _field_of(str(error))
        raise Refused(
            "BAD_VALUE", f"字段 {field} 的值不正确:{error}", f"bad value: {error}", field
        ) from error


@functools.cache
def _may_be_missing(command: type) -> tuple[str, ...]:
    """Fields without a default that may be None: a caller, a category, a district not known."""
    hints = get_type_hints(command)
    return tuple(
        field.name
        for field in dataclasses.fields(command)
        if field.default is dataclasses.MISSING and type(None) in get_args(hints[field.name])
    )


def _check_names(command: type, data: Mapping[str, Any]) -> None:
    known = {f.name for f in dataclasses.fields(command)}
    for name in data:
        if name not in known:
            raise Refused(
                "UNKNOWN_FIELD", f"不认识的字段 {name[:60]}", f"unknown field {name[:60]!r}", name
            )


def _own_seat(command: type, data: dict[str, Any], actor: Actor) -> None:
    """The phone that an outbound call rings is that of whoever asks, and no other."""
    if not any(field.name == "seat" for field in dataclasses.fields(command)):
        return
    if data.get("seat") not in (None, actor.seat):
        raise Refused("NOT_YOUR_SEAT", "只能使用自己的坐席话机", "only your own seat", "seat")
    data["seat"] = actor.seat or None


def _clean(args: Mapping[str, Any]) -> dict[str, Any]:
    return {str(k): _clean_value(str(k), v) for k, v in args.items()}


def _clean_value(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        if len(value) > 50:
            raise Refused("TOO_LONG", f"{name} 项数过多", f"{name} has too many items", name)
        return [_clean_value(name, v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _clean_value(str(k), v) for k, v in list(value.items())[:50]}
    if not isinstance(value, str):
        return value
    limit = TEXT_LIMIT if name in _LONG else FIELD_LIMIT
    if len(value) > limit:
        raise Refused(
            "TOO_LONG",
            f"{name} 超过 {limit} 字,请缩短",
            f"{name} has {len(value)} characters, {limit} allowed: shorten it",
            name,
        )
    return clean_text(value)


def clean_text(text: str) -> str:
    """Without control characters; line breaks stay."""
    return "".join(ch for ch in text if ch == "\n" or ch.isprintable())


_PLACE = re.compile(r"`\$\.([A-Za-z_]+)|missing required field `([A-Za-z_]+)`")


def _field_of(message: str) -> str:
    """msgspec names the place as ``$.field``, or the field that is missing."""
    found = _PLACE.search(message)
    field = (found[1] or found[2]) if found else ""
    return "class" if field == "case_class" else field
