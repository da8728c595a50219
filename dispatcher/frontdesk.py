"""What the consoles use: commands by name, the directory, the feed and its replay.

Implements `ports.Commands` and `ports.Feed` on top of the `Service`.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from . import __version__, requests, snapshots
from .call_texts import CallTexts
from .case_numbers import CaseNumbers, local_day
from .core import commands as c
from .core import views
from .core.engine import Reclassified
from .core.errors import DispatcherError, Refused
from .core.facts import CallArrived, ChannelEnded, Fact
from .core.ids import CallId, CaseId, Instant
from .core.lines import was_linked
from .floor import Floor
from .opened import Openings
from .ports import Actor, CaseRow, Classifier, CommandResult, Frame, Restored
from .service import Service

log = structlog.get_logger()

HISTORY = 5


class FrontDesk:
    """`ports.Commands` and `ports.Feed`."""

    def __init__(
        self, service: Service, classifier: Classifier | None = None, floor: Floor | None = None
    ) -> None:
        self.service = service
        self.floor = floor or Floor(service)
        self._texts = CallTexts(service, classifier, self.floor)
        self._openings = Openings(service)
        self._numbers = CaseNumbers()
        self._tasks: set[asyncio.Task[None]] = set()
        service.on_fact = self._on_fact
        self.floor.bulletins.changed = self._texts.bulletins_changed

    async def start(self) -> None:
        """Start the service and go on with today's case numbers."""
        day = local_day(self.service.clock.now())
        restored: Restored = await self.service.start(day)
        self._numbers = CaseNumbers(day, restored.numbers_today)
        await self.floor.start()

    # ------------------------------------------------------------ commands

    async def execute(self, name: str, args: Mapping[str, Any], actor: Actor) -> CommandResult:
        """Run one command for a signed-in person; answers after the commit."""
        try:
            answered = self._texts.execute(name, args, actor)
            if answered is not None:
                return answered
            if name in self.floor.commands:
                return await self.floor.execute(name, args, actor)
            return await self._execute(name, args, actor)
        except DispatcherError as error:
            return CommandResult(
                False, {}, error.code, error.message_zh, error.message_en, error.field
            )

    async def _execute(self, name: str, args: Mapping[str, Any], actor: Actor) -> CommandResult:
        spec = requests.SPECS.get(name)
        opens = spec is not None and spec.opens_case
        new_case = (self._open_case(name, args) or self._next_case()) if opens else None
        command: Any = requests.read(name, args, actor, new_case)
        if isinstance(command, c.Reclassify):
            command = Reclassified(command, actor.role in requests.LEADER)
        if isinstance(command, c.CloseCase) and actor.role not in requests.LEADER:
            self._check_reported(command.case)
        with self._openings.alone(command):
            touched = await self.service.submit(command, actor.id)
            if isinstance(command, c.RecordCall):
                self._mark_recorded(command)
        if isinstance(command, c.CallLine):
            return self._line_called(command, touched)
        if isinstance(command, c.OpenEmergency | c.RecordCall | c.AttachCall):
            self.floor.accepted(command.call, command.case)
            if command.call in self.service.hotline.live.calls:
                # The call's other open cases: it may be switched to one of them.
                self.service.hub.publish([self.service.present.call_frame(command.call)])
        self._texts.taken_as(command, actor)
        data = {"case": new_case[0], "number": new_case[1]} if new_case else {}
        return CommandResult(True, data)

    def _next_case(self) -> tuple[CaseId, str]:
        return self._numbers.next(self.service.clock.now())

    def _open_case(self, name: str, args: Mapping[str, Any]) -> tuple[CaseId, str] | None:
        """The open case that a line is called for: no number is spent on a new one."""
        if name != "call_line":
            return None
        call = self.service.hotline.live.calls.get(CallId(str(args.get("call"))))
        named = args.get("case") or (call.case if call is not None else None)
        held = self.service.hotline.cases.get(CaseId(str(named)))
        return (held.id, held.number) if held is not None and held.open else None

    def _line_called(self, command: c.CallLine, touched: list[CaseId]) -> CommandResult:
        case = touched[0] if touched else command.case
        self.floor.accepted(command.call, case)
        held = self.service.hotline.cases.get(case)
        number = held.number if held is not None else command.number
        return CommandResult(True, {"case": case, "number": number, "line": command.line})

    def _check_reported(self, case_id: CaseId) -> None:
        """An agent closes what was reported, or what an emergency line alone has taken over."""
        case = self.service.hotline.cases.get(case_id)
        if case is None or case.state == "reported":
            return
        if not case.assignments and was_linked(self.service.hotline.handovers.get(case_id)):
            return
        raise Refused(
            "SUPERVISOR_ONLY",
            "最终反馈前只有值班长可以结案",
            "before a final report only a shift leader closes a case",
            "case",
        )

    def _mark_recorded(self, command: c.RecordCall) -> None:
        call = self.service.hotline.live.calls.get(command.call)
        if call is not None:
            call.recorded_as = command.number
            self.service.hub.publish([self.service.present.call_frame(call.id)])

    def classify(self, text: str, call: CallId | None = None) -> dict[str, Any]:
        """Class, category, district, unit and the reasons, for what is typed so far."""
        return self._texts.classify(text, call)

    # ------------------------------------------------------------ live calls

    def _on_fact(self, fact: Fact) -> None:
        self.floor.on_fact(fact)
        if isinstance(fact, ChannelEnded):
            self._texts.forget(CallId(fact.channel))
        if isinstance(fact, CallArrived) and fact.number:
            task = asyncio.create_task(self._look_up(fact.call, fact.number))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _look_up(self, call: CallId, number: str) -> None:
        """Earlier cases of the number, on the screen within a second (Q-R2.1d-11)."""
        try:
            rows = await self.service.store.rows(requester=number, limit=HISTORY)
        except DispatcherError as error:
            log.warning("history not read", reason=error.code)
            return
        self.service.present.history[call] = [_row_view(row) for row in rows]
        if rows and call in self.service.hotline.live.calls:
            self._texts.know(call)
            self.service.hub.publish([self.service.present.call_frame(call)])

    # ------------------------------------------------------------ feed

    def subscribe(self, receive: Callable[[Sequence[Frame]], None]) -> Callable[[], None]:
        return self.service.hub.subscribe(receive)

    def now(self) -> Instant:
        return self.service.clock.now()

    def snapshot_seq(self) -> int:
        return self.service.present.seq

    def snapshot(self) -> tuple[int, list[Frame]]:
        present = self.service.present
        return present.seq, [*present.everything(), *self.floor.frames()]

    async def replay(self, after: int, limit: int) -> list[Frame] | None:
        """Frames of cases committed after ``after``, as they are now; None when too far behind."""
        changed = await self.service.store.changed_since(after, limit)
        if changed is None:
            return None
        latest = {case: seq for seq, case in changed}
        frames = []
        for case, seq in sorted(latest.items(), key=lambda item: item[1]):
            frame = await self._case_frame(case, seq)
            if frame is not None:
                frames.append(frame)
        return frames

    async def case(self, case: CaseId) -> dict[str, Any] | None:
        """One case as a view, closed ones included; None when there is no such case."""
        frame = await self._case_frame(case, 0)
        return dict(frame.data) if frame else None

    async def _case_frame(self, case: CaseId, seq: int) -> Frame | None:
        if case in self.service.hotline.cases:
            return self.service.present.case_frame(case, seq)
        events = await self.service.store.events(case)
        if not events:
            return None
        state, handover = snapshots.restore(snapshots.fold(events))
        rules = self.service.hotline.rules
        return Frame("case", seq, case, views.case_view(state, handover, rules))

    async def ledger(self, case: CaseId) -> list[Mapping[str, Any]]:
        return [
            {
                "seq": line.seq,
                "at": line.at,
                "actor": line.actor,
                "type": type(line.event).__name__,
                "clause": line.event.clause,
                "payload": msgspec.to_builtins(line.event),
            }
            for line in await self.service.store.events(case)
        ]

    async def find(self, number: str, requester: str, open_only: bool) -> list[Mapping[str, Any]]:
        rows = await self.service.store.rows(
            number=number, requester=requester, open_only=open_only
        )
        return [_row_view(row) for row in rows]

    def health(self) -> Mapping[str, Any]:
        service = self.service
        store = service.present.statuses.get("store", ("up",))[0]
        link = service.hotline.live.link
        return {
            "ok": link == "up" and store == "up",
            "link": link,
            "store": store,
            "version": __version__,
            "simulated": service.telephony.simulated,
            "time_scale": self.time_scale,
            "cases": len(service.hotline.cases),
        }

    @property
    def time_scale(self) -> int:
        policies = self.service.hotline.rules.policies.values()
        return max((p.time_scale for p in policies), default=1)

    def directory(self) -> Mapping[str, Any]:
        return views.directory_view(self.service.hotline.rules)


def _row_view(row: CaseRow) -> dict[str, Any]:
    return {
        "case": row.case,
        "number": row.number,
        "class": row.case_class,
        "category": row.category,
        "district": row.district,
        "state": row.state,
        "open": row.open,
        "exercise": bool(row.snapshot.get("case", {}).get("exercise")),
        "accepted_at": row.accepted_at,
    }
