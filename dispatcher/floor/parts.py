"""What the parts of the floor share: asking the PBX, and reading a command's arguments."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.call import LiveCall
from ..core.effects import LiveEffect
from ..core.errors import Refused
from ..core.ids import AgentId, CallId, ChannelId
from ..ports import Actor, Outcome
from ..service import Service

AGENT = frozenset({"agent", "supervisor", "admin"})
LEADER = frozenset({"supervisor", "admin"})
TEXT_LIMIT = 200

Args = Mapping[str, Any]
Handler = Callable[[Args, Actor], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Command:
    """Who may give it, which arguments it knows, and what runs it."""

    roles: frozenset[str]
    names: frozenset[str]
    run: Handler


def new_line(kind: str = "seat") -> ChannelId:
    """A channel id of ours: ``seat-…`` for a seat's line, ``back-…`` for a call back."""
    return ChannelId(f"{kind}-{secrets.token_hex(10)}")


async def perform(service: Service, effect: LiveEffect) -> None:
    """Ask the PBX. Raises `Refused` with its reason when it did not."""
    done = await service.telephony.perform(effect)
    if done.outcome is not Outcome.DONE:
        raise Refused(
            "PHONE_FAILED", f"话路操作未成功:{done.reason}", f"the PBX did not do it: {done.reason}"
        )


def text_of(args: Args, name: str, *, needed: bool = True) -> str:
    """An argument that is a short text. Raises `Refused` that names it."""
    value = args.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or len(value) > TEXT_LIMIT or (needed and not value.strip()):
        raise Refused("BAD_VALUE", f"请填写 {name}", f"{name} is missing or too long", name)
    return "".join(ch for ch in value.strip() if ch.isprintable())


def seat_of(args: Args, actor: Actor) -> AgentId:
    """Whose seat is meant: one's own, or for a shift leader any."""
    seat = text_of(args, "seat", needed=False) or actor.seat
    if not seat:
        raise Refused(
            "NO_SEAT", "您没有登记坐席话机", "no seat is registered for you: name one", "seat"
        )
    if seat != actor.seat and actor.role not in LEADER:
        raise Refused(
            "SUPERVISOR_ONLY",
            "只有值班长可以操作他人坐席",
            "another's seat is the leader's",
            "seat",
        )
    return AgentId(seat)


def live_call(service: Service, args: Args) -> LiveCall:
    """The living call an argument names."""
    call = service.hotline.live.calls.get(CallId(text_of(args, "call")))
    if call is None or call.ended_at is not None:
        raise Refused("NO_SUCH_CALL", "该通话已结束", "the call is over", "call")
    return call


def check_link(service: Service) -> None:
    """Raises `Refused` when nothing can be asked of the PBX."""
    if service.hotline.live.link != "up":
        raise Refused("LINK_DOWN", "与电话系统的连接中断", "the link to the PBX is down")


def check_idle(service: Service, seat: AgentId) -> None:
    """A seat's phone is rung only when it has no call."""
    known = service.hotline.live.agents.get(seat)
    if known is not None and known.state in ("busy", "ringing"):
        raise Refused(
            "SEAT_BUSY",
            f"坐席 {seat} 正在通话,请先挂机",
            f"{seat} has a call: hang up first",
            "seat",
        )
