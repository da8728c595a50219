"""The shift leader on a live call: listen, whisper, barge, and take it over.

The leader's own phone is rung. What is done on a case's call is written into its ledger before
the phone rings, so that nobody ever listened without a trace; the end is written when the line
ends. Source: `asterisk_config/dialplan_seat.conf`.
"""

from dataclasses import dataclass
from typing import Any

import structlog

from ..core.call import LiveCall
from ..core.commands import NoteOversight, NoteTakenOver
from ..core.effects import HangUp, ListenIn, RingSeat, TakeCaller
from ..core.errors import Refused
from ..core.facts import ChannelEnded, Fact, LinkRestored, SeatAnswered
from ..core.ids import AgentId, CallId, CaseId, ChannelId, Instant
from ..ports import Actor
from ..service import Service
from .errands import Errands
from .parts import (
    LEADER,
    Args,
    Command,
    check_idle,
    check_link,
    live_call,
    new_line,
    perform,
    seat_of,
)

log = structlog.get_logger()


@dataclass(slots=True)
class Ear:
    """A leader's line on a call. ``mode``: listen, whisper, barge, or take."""

    line: ChannelId
    seat: AgentId
    call: CallId
    case: CaseId | None
    mode: str
    by: str
    name: str
    since: Instant
    answered: bool = False
    left: bool = False


class Oversight:
    """Commands of the shift leader; `listeners` is what screens show of a call."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.ears: dict[ChannelId, Ear] = {}
        self._taking: dict[CallId, AgentId] = {}
        """Calls that are being taken over, and by which seat: one at a time."""
        self._errands = Errands("not noted")
        names = frozenset({"call", "seat"})
        self.commands = {
            "listen": Command(LEADER, names, self._listen),
            "whisper": Command(LEADER, names, self._whisper),
            "barge": Command(LEADER, names, self._barge),
            "stop_listening": Command(LEADER, frozenset({"seat"}), self._stop),
            "take_over_call": Command(LEADER, names, self._take_over),
        }

    def listeners(self, call: CallId) -> list[dict[str, Any]]:
        return [
            {"seat": x.seat, "name": x.name, "mode": x.mode, "since": x.since}
            for x in self.ears.values()
            if x.call == call and x.answered
        ]

    # ------------------------------------------------------------ commands

    async def _listen(self, args: Args, actor: Actor) -> dict[str, Any]:
        return await self._hear(args, actor, "listen")

    async def _whisper(self, args: Args, actor: Actor) -> dict[str, Any]:
        return await self._hear(args, actor, "whisper")

    async def _barge(self, args: Args, actor: Actor) -> dict[str, Any]:
        return await self._hear(args, actor, "barge")

    async def _hear(self, args: Args, actor: Actor, mode: str) -> dict[str, Any]:
        call, seat = self._asked(args, actor)
        target = call.agent_channel or ChannelId(call.id)
        if mode == "whisper" and call.agent_channel is None:
            raise Refused("NO_AGENT", "没有话务员可以耳语", "no agent is on this call", "call")
        room = call.case if call.state in ("room", "held") else None
        here = await self._one_line(seat, call)
        line = here.line if here else new_line()
        await self._note(call.case, call.id, mode, seat, actor.id)
        ear = Ear(line, seat, call.id, call.case, mode, actor.id, actor.name, self._now())
        if here is not None:
            ear.answered = here.answered
            self._note_end(here)
        self.ears[line] = ear
        try:
            await perform(self._service, ListenIn(line, line, seat, target, mode, room))
        except Refused:
            self._over(line)
            raise
        self._show(call.id)
        return {"line": line, "mode": mode}

    async def _stop(self, args: Args, actor: Actor) -> dict[str, Any]:
        seat = seat_of(args, actor)
        mine = [x for x in self.ears.values() if x.seat == seat]
        if not mine:
            raise Refused("NOT_LISTENING", "当前没有旁听", "no call is being listened to", "seat")
        for ear in mine:
            await perform(self._service, HangUp(ear.line, ear.line))
        return {}

    async def _take_over(self, args: Args, actor: Actor) -> dict[str, Any]:
        call, seat = self._asked(args, actor)
        if call.id in self._taking:
            raise Refused(
                "UNDER_WAY",
                "另一值班长正在接管此通话",
                "another shift leader is taking this call over",
                "call",
            )
        self._taking[call.id] = seat
        try:
            return await self._take_call(call, seat, actor)
        except BaseException:
            self._taking.pop(call.id, None)
            raise

    async def _take_call(self, call: LiveCall, seat: AgentId, actor: Actor) -> dict[str, Any]:
        here = await self._one_line(seat, call)
        line = here.line if here else new_line()
        if call.case in self._service.hotline.cases and call.case is not None:
            note = NoteTakenOver(call.case, call.id, seat, call.agent)
            await self._service.submit(note, actor.id)
        log.info("call taken over", call=call.id, by=actor.id, seat=seat, before=call.agent)
        if here is not None and here.answered:
            await self._take(here)
            return {"line": line}
        self.ears[line] = Ear(line, seat, call.id, None, "take", actor.id, actor.name, self._now())
        try:
            await perform(self._service, RingSeat(line, line, seat))
        except Refused:
            self._over(line)
            raise
        return {"line": line}

    def _asked(self, args: Args, actor: Actor) -> tuple[LiveCall, AgentId]:
        seat = seat_of(args, actor)
        check_link(self._service)
        call = live_call(self._service, args)
        if call.agent == seat and call.agent_channel is not None:
            raise Refused("OWN_CALL", "这是您自己的通话", "this is your own call", "call")
        return call, seat

    async def _one_line(self, seat: AgentId, call: LiveCall) -> Ear | None:
        """The line this seat has on the call; one on another call is ended first."""
        mine = next((x for x in self.ears.values() if x.seat == seat), None)
        if mine is None:
            check_idle(self._service, seat)
            return None
        if mine.call == call.id and mine.mode != "take" and mine.answered:
            return mine
        raise Refused("SEAT_BUSY", "请先结束当前旁听", "end the present listening first", "seat")

    # ------------------------------------------------------------ what happens

    def on_fact(self, fact: Fact) -> None:
        if isinstance(fact, SeatAnswered):
            self._answered(fact.channel)
        elif isinstance(fact, ChannelEnded):
            self._over(fact.channel)
        elif isinstance(fact, LinkRestored):
            alive = {c.channel for c in fact.channels}
            for line in [x for x in self.ears if x not in alive]:
                self._over(line)

    def bound(self, call: CallId, case: CaseId) -> None:
        """A call that is listened to has become a case's: from here on it is noted there."""
        for ear in self.ears.values():
            if ear.call == call and ear.case is None and ear.mode != "take":
                ear.case = case
                self._errands.begin(self._note(case, call, ear.mode, ear.seat, ear.by))

    def _answered(self, line: ChannelId) -> None:
        ear = self.ears.get(line)
        if ear is None or ear.answered:
            return
        ear.answered, ear.since = True, self._now()
        if ear.mode == "take":
            self._errands.begin(self._take(ear))
        else:
            self._show(ear.call)

    async def _take(self, ear: Ear) -> None:
        """From here on the leader's line is the call's agent: no ear any more."""
        effect = TakeCaller(ear.line, ChannelId(ear.call), ear.line, ear.seat)
        try:
            await perform(self._service, effect)
        except Refused as refused:
            log.warning("call not taken over", call=ear.call, reason=refused.message_en)
            await self._service.telephony.perform(HangUp(ear.line, ear.line))
        finally:
            self._over(ear.line)

    def _over(self, line: ChannelId) -> None:
        ear = self.ears.pop(line, None)
        if ear is not None:
            if self._taking.get(ear.call) == ear.seat:
                del self._taking[ear.call]
            self._note_end(ear)
            self._show(ear.call)

    # ------------------------------------------------------------ the trace

    async def _note(
        self, case: CaseId | None, call: CallId, mode: str, seat: AgentId, by: str
    ) -> None:
        log.info("oversight", call=call, mode=mode, seat=seat, by=by)
        if case is not None and case in self._service.hotline.cases:
            await self._service.submit(NoteOversight(case, call, mode, seat), by)

    def _note_end(self, ear: Ear) -> None:
        if ear.left or ear.mode == "take":
            return
        ear.left = True
        log.info("oversight ended", call=ear.call, mode=ear.mode, seat=ear.seat, by=ear.by)
        if ear.case is None or ear.case not in self._service.hotline.cases:
            return
        lasted = max(0, self._now() - ear.since) if ear.answered else 0
        note = NoteOversight(ear.case, ear.call, ear.mode, ear.seat, True, lasted)
        self._errands.begin(self._submit(note, ear.by))

    async def _submit(self, note: NoteOversight, by: str) -> None:
        await self._service.submit(note, by)

    def _show(self, call: CallId) -> None:
        if call in self._service.hotline.live.calls:
            self._service.hub.publish([self._service.present.call_frame(call)])

    def _now(self) -> Instant:
        return self._service.clock.now()

    def close(self) -> None:
        self._errands.close()
