"""Callers who were lost before anything was accepted, and calling them back.

Abandoned in the queue or dropped while talking (Q-R1.2, AMB-26 of the requirements): one call
back within 60 s, three when what was heard looks like an emergency; nothing is closed without
an attempt, and a nuisance only by the shift leader. Only the number the caller called from is
dialled. The list is durable; a finished entry keeps the end of its number only.
"""

from dataclasses import asdict
from typing import Any

import structlog

from ..core.call import LiveCall
from ..core.effects import HangUp, RingCaller, RingSeat
from ..core.errors import Refused
from ..core.facts import (
    AgentAnswered,
    AgentNoAnswer,
    CallerLost,
    CallerNotReached,
    ChannelEnded,
    Fact,
    LinkRestored,
    SeatAnswered,
)
from ..core.ids import CallId, CaseClass, CaseId, ChannelId, Instant
from ..ports import Actor, Frame, Outcome
from ..service import Service
from .entries import Callback, Calling, Try, view
from .errands import Errands
from .parts import (
    AGENT,
    LEADER,
    Args,
    Command,
    check_idle,
    check_link,
    new_line,
    perform,
    seat_of,
    text_of,
)

log = structlog.get_logger()

KIND = "callback"
WITHIN_MS = 60_000
LOST_KEPT_MS = 24 * 3_600_000
"""Who was lost longer ago than this is not called back for it now."""
OUTCOMES = ("reached", "not_reached", "nuisance", "no_number")
CALLED = "back-"


class Callbacks:
    """The list and its commands."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.entries: dict[str, Callback] = {}
        self._calling: dict[str, Calling] = {}
        self._missed: dict[CallId, int] = {}
        self._served: set[CallId] = set()
        self._errands = Errands("call-back not kept")
        self._settled_before: set[str] = set()
        """Calls of entries that were finished before this start."""
        self._early: list[CallerLost] | None = []
        """Who was told as lost before the list was read."""
        self.commands = {
            "call_back": Command(AGENT, frozenset({"callback", "seat"}), self._call_back),
            "callback_done": Command(AGENT, frozenset({"callback", "outcome"}), self._done),
        }

    async def start(self) -> None:
        for key, kept in (await self._service.store.documents(KIND)).items():
            if kept["state"] == "open":
                tries = [Try(**x) for x in kept["tries"]]
                for attempt in tries:
                    if attempt.outcome == "ringing":
                        attempt.outcome = "cancelled"
                self.entries[key] = Callback(**{**kept, "tries": tries})
            else:
                self._settled_before.update(kept.get("calls", ()))
        early, self._early = self._early or [], None
        for lost in early:
            self._lost(lost)

    # ------------------------------------------------------------ what screens show

    def frames(self) -> list[Frame]:
        return [self._frame(entry) for entry in self.entries.values()]

    def missed(self, call: LiveCall) -> dict[str, Any] | None:
        """The open entry of this caller's number: he was lost before."""
        entry = self._of(call.number)
        return view(entry) if entry is not None else None

    def _frame(self, entry: Callback) -> Frame:
        return Frame("callback", 0, entry.id, view(entry) if entry.state == "open" else {})

    def owed(self, number: str) -> bool:
        """Whether a caller from this number is on the list."""
        return self._of(number) is not None

    def _of(self, number: str) -> Callback | None:
        if not number:
            return None
        return next((x for x in self.entries.values() if x.number == number), None)

    # ------------------------------------------------------------ what happens

    def on_fact(self, fact: Fact) -> None:
        if isinstance(fact, AgentNoAnswer):
            self._missed[fact.call] = self._missed.get(fact.call, 0) + 1
        elif isinstance(fact, ChannelEnded):
            self._line_over(fact.channel)
            self._call_over(CallId(fact.channel))
        elif isinstance(fact, CallerLost):
            self._lost(fact)
        elif isinstance(fact, SeatAnswered):
            self._seat_answered(fact.channel)
        elif isinstance(fact, AgentAnswered):
            self._settled(fact.call, "reached")
        elif isinstance(fact, CallerNotReached):
            self._settled(fact.call, fact.outcome)
        elif isinstance(fact, LinkRestored):
            alive = {c.channel for c in fact.channels}
            for calling in list(self._calling.values()):
                if calling.line not in alive:
                    self._line_over(calling.line)

    def _call_over(self, call_id: CallId) -> None:
        """A caller has gone. Was anything accepted from him?"""
        call = self._service.hotline.live.calls.get(call_id)
        missed = self._missed.pop(call_id, 0)
        served = call_id in self._served
        self._served.discard(call_id)
        if call is None or served or call.case is not None or call.recorded_as:
            return
        if call_id.startswith(CALLED):
            return
        if call.answered_at is not None and self._service.hotline.unit_calling(call):
            return
        now = self._service.clock.now()
        kind = "abandoned" if call.answered_at is None else "dropped"
        self._list(call_id, call.number, kind, call.arrived_at, now, missed)

    def _lost(self, fact: CallerLost) -> None:
        """He came and left while nobody of us listened: listed now, each call once."""
        if self._early is not None:
            self._early.append(fact)
            return
        listed = self._settled_before.union(*(x.calls for x in self.entries.values()))
        old = self._service.clock.now() - fact.at > LOST_KEPT_MS
        if not old and fact.call not in listed:
            self._list(fact.call, fact.number, "abandoned", fact.at, fact.at, 0)

    def _list(
        self, call_id: CallId, number: str, kind: str, came_at: Instant, at: Instant, missed: int
    ) -> None:
        entry = self._of(number)
        if entry is None:
            entry = Callback(f"cb-{call_id}", number, kind, came_at, at, None, 0)
            self.entries[entry.id] = entry
        entry.kind, entry.last_at, entry.times = kind, at, entry.times + 1
        entry.missed += missed
        entry.calls = [*entry.calls[-9:], call_id]
        if self._looks_urgent(call_id):
            entry.needed = 3
        self._owe(entry)
        self._changed(entry)

    def _looks_urgent(self, call: CallId) -> bool:
        read = self._service.present.texts.get(call, {}).get("classification") or {}
        said = read.get("class")
        return said in set(CaseClass) and CaseClass(said).is_emergency

    def _owe(self, entry: Callback) -> None:
        """The next attempt is due within a minute; who forgets it is told."""
        if entry.attempts >= entry.needed or not entry.callable:
            entry.due_at = None
            return
        entry.due_at = self._service.clock.now() + WITHIN_MS
        self._errands.begin(self._remind(entry, entry.due_at))

    async def _remind(self, entry: Callback, due_at: Instant) -> None:
        await self._service.clock.sleep_until(due_at)
        if entry.state == "open" and entry.due_at == due_at and entry.id not in self._calling:
            text = f"60秒内未回拨:…{entry.number[-4:]},请立即回拨"
            data = {"case": "", "role": "agent", "text": text}
            self._service.hub.publish([Frame("notice", 0, f"{entry.id}:{due_at}", data)])

    def accepted(self, call: CallId, case: CaseId) -> None:
        """Something was accepted from this caller after all: nobody has to call back."""
        live = self._service.hotline.live.calls.get(call)
        if live is not None and live.ended_at is None:
            self._served.add(call)
        entry = next((x for x in self.entries.values() if call in x.calls), None)
        if entry is None and live is not None:
            entry = self._of(live.number)
        if entry is not None:
            entry.case = case
            self._close(entry, "accepted", "system")
            self._errands.begin(self._save(entry))

    # ------------------------------------------------------------ calling back

    async def _call_back(self, args: Args, actor: Actor) -> dict[str, Any]:
        entry, seat = self._entry(args), seat_of(args, actor)
        if not entry.callable:
            raise Refused(
                "NO_NUMBER",
                "号码隐藏或非国内号码,不能回拨",
                "the number is withheld or foreign: it is not dialled",
                "callback",
            )
        if entry.id in self._calling:
            raise Refused("UNDER_WAY", "正在回拨", "it is being called back already", "callback")
        check_link(self._service)
        check_idle(self._service, seat)
        line = new_line()
        self._calling[entry.id] = Calling(entry, seat, line, actor.id)
        try:
            await perform(self._service, RingSeat(line, line, seat))
        except Refused:
            self._calling.pop(entry.id, None)
            raise
        self._changed(entry)
        return {"callback": entry.id, "line": line}

    def _seat_answered(self, line: ChannelId) -> None:
        calling = next((x for x in self._calling.values() if x.line == line), None)
        if calling is not None and calling.back is None:
            calling.back = new_line("back")
            calling.attempt = Try(self._service.clock.now(), calling.by, calling.seat)
            calling.entry.tries.append(calling.attempt)
            calling.entry.due_at = None
            self._changed(calling.entry)
            self._errands.begin(self._ring(calling, calling.back))

    async def _ring(self, calling: Calling, back: ChannelId) -> None:
        """The number of the list and no other: nothing typed anywhere is dialled."""
        number = calling.entry.number
        effect = RingCaller(back, back, number, calling.line, calling.seat)
        done = await self._service.telephony.perform(effect)
        if done.outcome is not Outcome.DONE:
            log.warning("call back not placed", reason=done.reason)
            self._settled(CallId(back), "failed")

    def _settled(self, call: CallId, outcome: str) -> None:
        calling = next(
            (x for x in self._calling.values() if x.back is not None and CallId(x.back) == call),
            None,
        )
        if calling is None or calling.attempt is None:
            return
        del self._calling[calling.entry.id]
        calling.attempt.outcome = outcome
        if outcome != "reached":
            self._owe(calling.entry)
            line = calling.line
            self._errands.begin(self._let_go(line))
        self._changed(calling.entry)

    async def _let_go(self, line: ChannelId) -> None:
        await self._service.telephony.perform(HangUp(line, line))

    def _line_over(self, line: ChannelId) -> None:
        """The seat hung up before the requester answered: he is not rung any longer."""
        calling = next((x for x in self._calling.values() if x.line == line), None)
        if calling is None:
            return
        del self._calling[calling.entry.id]
        if calling.attempt is not None:
            calling.attempt.outcome = "cancelled"
        if calling.back is not None:
            self._errands.begin(self._let_go(calling.back))
        self._owe(calling.entry)
        self._changed(calling.entry)

    # ------------------------------------------------------------ closing

    async def _done(self, args: Args, actor: Actor) -> dict[str, Any]:
        entry, outcome = self._entry(args), text_of(args, "outcome")
        if outcome not in OUTCOMES:
            raise Refused("BAD_VALUE", f"结果须为 {OUTCOMES}", f"one of {OUTCOMES}", "outcome")
        if entry.id in self._calling:
            raise Refused("UNDER_WAY", "正在回拨", "it is being called back", "callback")
        if outcome == "nuisance" and actor.role not in LEADER:
            raise Refused(
                "SUPERVISOR_ONLY",
                "骚扰来电须由值班长认定",
                "a nuisance is the leader's word",
                "outcome",
            )
        self._check_tried(entry, outcome)
        self._close(entry, outcome, actor.id)
        await self._save(entry)
        return {"callback": entry.id}

    def _check_tried(self, entry: Callback, outcome: str) -> None:
        owed = 0 if not entry.callable else entry.needed if outcome == "not_reached" else 1
        if entry.attempts < owed:
            raise Refused(
                "NOT_TRIED",
                f"须先回拨{owed}次(已{entry.attempts}次)",
                f"call back first: {owed} attempts are owed, {entry.attempts} made",
                "callback",
            )
        if (outcome == "reached" and not entry.reached) or (
            outcome == "no_number" and entry.callable
        ):
            raise Refused("NOT_SO", "与回拨记录不符", "the attempts say otherwise", "outcome")

    def _entry(self, args: Args) -> Callback:
        entry = self.entries.get(text_of(args, "callback"))
        if entry is None:
            raise Refused("NO_SUCH_CALLBACK", "没有这条回拨", "no such call-back", "callback")
        return entry

    def _close(self, entry: Callback, outcome: str, by: str) -> None:
        entry.state, entry.outcome, entry.done_by = "done", outcome, by
        entry.done_at, entry.due_at = self._service.clock.now(), None
        self.entries.pop(entry.id, None)
        self._service.hub.publish([self._frame(entry)])
        entry.number = f"***{entry.number[-4:]}" if len(entry.number) > 6 else "***"

    # ------------------------------------------------------------ keeping

    def _changed(self, entry: Callback) -> None:
        if entry.state == "open":
            self._service.hub.publish([self._frame(entry)])
            self._errands.begin(self._save(entry))

    async def _save(self, entry: Callback) -> None:
        await self._service.store.put_document(KIND, entry.id, asdict(entry))

    def close(self) -> None:
        self._errands.close()
