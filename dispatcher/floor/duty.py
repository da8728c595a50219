"""Agents at their seats: in and out of the queue, pause with a reason, wrap-up.

What a seat is doing is told by the PBX (`AgentPresence`), never assumed from a command. After
a call a seat wraps up for as long as the queue leaves it alone; the board follows by a timer.
"""

import structlog

from ..core.effects import SetSeat
from ..core.facts import AgentPresence, ChannelEnded, Fact
from ..core.ids import AgentId, Instant
from ..ports import Actor
from ..service import Service
from .errands import Errands
from .parts import AGENT, Args, Command, check_link, new_line, perform, seat_of, text_of

log = structlog.get_logger()

_EMPTY = "有来电在等候,但没有坐席可以接听:请立即签入或恢复接听"


class Duty:
    """Commands of seats. ``wrapup_ms`` is the queue's."""

    def __init__(self, service: Service, wrapup_ms: int) -> None:
        self._service = service
        self._wrapping: dict[AgentId, Instant] = {}
        self._errands = Errands("wrap-up not ended")
        service.hotline.live.wrapup_ms = wrapup_ms
        own = frozenset({"seat"})
        self.commands = {
            "seat_in": Command(AGENT, own, self._in),
            "seat_out": Command(AGENT, own, self._out),
            "seat_pause": Command(AGENT, own | {"reason"}, self._pause),
            "seat_resume": Command(AGENT, own, self._resume),
        }

    async def _in(self, args: Args, actor: Actor) -> dict[str, str]:
        return await self._set(args, actor, "in")

    async def _out(self, args: Args, actor: Actor) -> dict[str, str]:
        return await self._set(args, actor, "out")

    async def _pause(self, args: Args, actor: Actor) -> dict[str, str]:
        return await self._set(args, actor, "paused", text_of(args, "reason"))

    async def _resume(self, args: Args, actor: Actor) -> dict[str, str]:
        return await self._set(args, actor, "resumed")

    async def _set(self, args: Args, actor: Actor, duty: str, reason: str = "") -> dict[str, str]:
        seat = seat_of(args, actor)
        check_link(self._service)
        await perform(self._service, SetSeat(new_line(), seat, duty, reason))
        log.info("seat", seat=seat, duty=duty, by=actor.id)
        return {"seat": seat, "duty": duty}

    # ------------------------------------------------------------ wrap-up

    def on_fact(self, fact: Fact) -> None:
        self._watch_seats()
        if not isinstance(fact, ChannelEnded | AgentPresence):
            return
        for seat in self._service.hotline.live.agents.values():
            until = seat.wrapup_until
            if until is not None and self._wrapping.get(seat.id) != until:
                self._wrapping[seat.id] = until
                self._errands.begin(self._end(seat.id, until))

    def _watch_seats(self) -> None:
        """Callers wait and nobody is there to answer: said on every screen until it is over."""
        live, told = self._service.hotline.live, self._service.present.statuses
        empty = told.get("seats", ("up",))[0] == "empty"
        if live.staffed:
            if empty:
                self._service.show_status("seats", "up", "")
            return
        waits = any(c.state in ("queued", "ringing") for c in live.calls.values())
        if waits and not empty and live.link == "up":
            self._service.show_status("seats", "empty", _EMPTY)
        elif empty and not waits:
            self._service.show_status("seats", "up", "")

    async def _end(self, seat: AgentId, until: Instant) -> None:
        await self._service.clock.sleep_until(until)
        if self._wrapping.get(seat) == until:
            del self._wrapping[seat]
        changed = self._service.hotline.live.wrapped_up(seat, until)
        self._service.hub.publish(self._service.present.live(changed, self._service.clock.now()))

    def close(self) -> None:
        self._errands.close()
