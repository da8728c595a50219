"""What the consoles use: commands by name, the directory, the feed and its replay.

Implements `ports.Commands` and `ports.Feed` on top of the `Service`. Gives new cases their ULID
and their number (YYYYMMDD-NNNNNN, local day).
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import msgspec
import structlog

from . import __version__, requests, snapshots
from .core import commands as c
from .core import views
from .core.classify import TextContext
from .core.engine import Reclassified
from .core.errors import DispatcherError, Refused
from .core.facts import CallArrived, ChannelEnded, Fact
from .core.ids import CallId, CaseClass, CaseId, Instant
from .core.lines import was_linked
from .core.routing import propose
from .floor import Floor
from .floor.background import background
from .opened import Openings
from .ports import Actor, CaseRow, Classifier, CommandResult, Frame, Restored
from .service import Service

log = structlog.get_logger()

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]
UTC_OFFSET_MS = 8 * 3_600_000
DAY_MS = 86_400_000
HISTORY = 5


def new_ulid(now: Instant) -> str:
    """48 bits of time, 80 of chance, in 26 characters that sort by time."""
    value = (now << 80) | secrets.randbits(80)
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(120, -1, -10)])


def local_day(now: Instant) -> str:
    """YYYYMMDD in China, which has one time zone and no summer time."""
    days = (now + UTC_OFFSET_MS) // DAY_MS
    year, month, day = _civil(days)
    return f"{year:04d}{month:02d}{day:02d}"


def _civil(days: int) -> tuple[int, int, int]:
    """Days since 1970-01-01 to (year, month, day) in the Gregorian calendar."""
    days += 719_468
    era = days // 146_097
    doe = days - era * 146_097
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    return yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) // 5 + 1


class FrontDesk:
    """`ports.Commands` and `ports.Feed`."""

    def __init__(
        self, service: Service, classifier: Classifier | None = None, floor: Floor | None = None
    ) -> None:
        self.service = service
        self.floor = floor or Floor(service)
        self._classifier = classifier
        self._openings = Openings(service)
        self._day = ""
        self._given = 0
        self._tasks: set[asyncio.Task[None]] = set()
        service.on_fact = self._on_fact
        self.floor.bulletins.changed = self._bulletins_changed

    async def start(self) -> None:
        """Start the service and go on with today's case numbers."""
        self._day = local_day(self.service.clock.now())
        restored: Restored = await self.service.start(self._day)
        self._given = restored.numbers_today
        await self.floor.start()

    # ------------------------------------------------------------ commands

    async def execute(self, name: str, args: Mapping[str, Any], actor: Actor) -> CommandResult:
        """Run one command for a signed-in person; answers after the commit."""
        try:
            spoken = self._SPOKEN.get(name)
            if spoken is not None:
                return spoken(self, args, actor)
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
        self._log_override(command, actor)
        data = {"case": new_case[0], "number": new_case[1]} if new_case else {}
        return CommandResult(True, data)

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

    def _next_case(self) -> tuple[CaseId, str]:
        now = self.service.clock.now()
        today = local_day(now)
        if today != self._day:
            self._day, self._given = today, 0
        self._given += 1
        return CaseId(new_ulid(now)), f"{today}-{self._given:06d}"

    def _log_override(self, command: Any, actor: Actor) -> None:
        """What an agent made of a call teaches the classification (a suggestion, no more)."""
        if self._classifier is None or not isinstance(command, c.OpenEmergency | c.RecordCall):
            return
        category = command.category if isinstance(command, c.OpenEmergency) else None
        taken = (command.case_class, category, command.district)
        try:
            now = self.service.clock.now()
            self._classifier.overridden(str(command.call), now, actor.id, taken)
        except OSError as error:
            log.warning("override not logged", reason=str(error))

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

    # ------------------------------------------------------------ classification

    def _call_fact(self, args: Mapping[str, Any], actor: Actor) -> CommandResult:
        """One key corrects a fact before acceptance: {call, fact, stands}; logged by its actor."""
        classifier, call = self._reading(args, actor)
        stands = args.get("stands")
        if not isinstance(stands, bool):
            raise Refused("BAD_VALUE", "stands 应为是或否", "stands is true or false", "stands")
        return self._shown(call, classifier.correct(call, str(args.get("fact")), stands, actor.id))

    def _call_lower(self, args: Mapping[str, Any], actor: Actor) -> CommandResult:
        """The proposed lower class is taken: {call}."""
        classifier, call = self._reading(args, actor)
        return self._shown(call, classifier.accept_lower(call))

    def _reading(self, args: Mapping[str, Any], actor: Actor) -> tuple[Classifier, CallId]:
        if actor.role not in requests.AGENT:
            raise Refused(
                "NOT_ALLOWED", "您的岗位无权执行此操作", "your role may not do this", "cmd"
            )
        if self._classifier is None:
            raise Refused("NO_CLASSIFIER", "分类规则未加载", "no classification is loaded")
        return self._classifier, CallId(str(args.get("call")))

    def _shown(self, call: CallId, view: Mapping[str, Any]) -> CommandResult:
        routed = self._with_route(dict(view))
        text = self.service.present.texts.get(call, {}).get("text", "")
        self.service.present.texts[call] = {"text": text, "classification": routed}
        self.service.hub.publish([self.service.present.call_frame(call)])
        return CommandResult(True, routed)

    def _call_text(self, args: Mapping[str, Any], actor: Actor) -> CommandResult:
        self._reading(args, actor)
        call_id, text = args.get("call"), args.get("text")
        if not isinstance(text, str) or len(text) > requests.TEXT_LIMIT:
            raise Refused("TOO_LONG", "文字过长或缺失", "text is missing or too long", "text")
        known = CallId(str(call_id)) if call_id else None
        view = self.classify(requests.clean_text(text), known)
        if known is not None and known in self.service.hotline.live.calls:
            self.service.present.texts[known] = {"text": text, "classification": view}
            self.service.hub.publish([self.service.present.call_frame(known)])
        return CommandResult(True, view)

    def _transcript(self, args: Mapping[str, Any], actor: Actor) -> CommandResult:
        """One message of a speech engine's feed, as over MQTT (`docs/classification.md`)."""
        if actor.role not in requests.AGENT or self._classifier is None:
            raise Refused(
                "NOT_ALLOWED", "您的岗位无权执行此操作", "your role may not do this", "cmd"
            )
        known = self._background(CallId(str(args.get("call"))))
        key, view = self._classifier.hear(args, known)
        call = CallId(key)
        if view is None or call not in self.service.hotline.live.calls:
            return CommandResult(True, {"changed": view is not None})
        heard = dict(view)
        kept = self.service.present.texts.setdefault(call, {"text": ""})
        kept["transcript"] = heard.pop("transcript")
        kept["classification"] = self._with_route(heard)
        self.service.hub.publish([self.service.present.call_frame(call)])
        return CommandResult(True, {"changed": True})

    _SPOKEN: ClassVar[dict[str, Callable[..., CommandResult]]] = {
        "call_text": _call_text,
        "call_fact": _call_fact,
        "call_lower": _call_lower,
        "transcript": _transcript,
    }

    def classify(self, text: str, call: CallId | None = None) -> dict[str, Any]:
        """Class, category, district, unit and the reasons, for what is typed so far."""
        if self._classifier is None:
            raise Refused("NO_CLASSIFIER", "分类规则未加载", "no classification is loaded")
        known = self._background(call)
        return self._with_route(
            dict(self._classifier.classify(text, key=str(call or ""), known=known))
        )

    def _background(self, call: CallId | None) -> TextContext:
        """What is known of a call besides its words."""
        live = self.service.hotline.live.calls.get(call) if call else None
        cases: list[dict[str, Any]] = []
        if live is not None:
            earlier = self.service.present.history.get(live.id, [])
            cases = [*self.floor.known.open_cases(live), *earlier]
        return background(live, cases, self.floor.bulletins.active(), self.now())

    def _know(self, call: CallId) -> bool:
        """Something has become known of the call: what was said is read again with it."""
        if self._classifier is None or not self.service.present.texts.get(call):
            return False
        view = self._classifier.know(str(call), self._background(call))
        if view is None:
            return False
        self.service.present.texts[call]["classification"] = self._with_route(dict(view))
        return True

    def _bulletins_changed(self) -> None:
        live = self.service.hotline.live.calls
        changed = [call for call, of in live.items() if of.ended_at is None and self._know(call)]
        self.service.hub.publish([self.service.present.call_frame(call) for call in changed])

    def _with_route(self, view: dict[str, Any]) -> dict[str, Any]:
        """The unit that would be handed to, and the advice for the caller."""
        rules = self.service.hotline.rules
        if not CaseClass(view["class"]).is_emergency:
            return view
        route = propose(rules, view["category"], view["district"])
        lead = rules.units.get(route.lead) if route.lead else None
        view["unit"] = {"id": lead.id, "name": lead.name} if lead else None
        view["matched"] = route.matched
        view["advice"] = route.advice
        view["links"] = list(route.link)
        view["assisting"] = [
            {"id": u, "name": rules.units[u].name, "role": r.value} for u, r in route.others
        ]
        return view

    # ------------------------------------------------------------ live calls

    def _on_fact(self, fact: Fact) -> None:
        self.floor.on_fact(fact)
        if isinstance(fact, ChannelEnded) and self._classifier is not None:
            self._classifier.forget(str(fact.channel))
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
            self._know(call)
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
