"""Bulletins: outages, warnings and incidents that are known, for everybody to see.

The shift leader enters and ends them (A4.3 of the requirements); one ends by itself at its
``until``. While it counts, every seat sees it, and the classification of a call takes it into
account. The list is durable, ended ones included.
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import structlog

from ..core.classify import Bulletin
from ..core.errors import DispatcherError, Refused
from ..core.ids import CATEGORIES, DISTRICTS, Instant
from ..ports import Actor, Frame
from ..service import Service
from .parts import AGENT, LEADER, Args, Command, new_line, text_of

log = structlog.get_logger()

KIND = "bulletin"
KINDS = {"outage": "停供抢修", "planned": "计划停供", "weather": "天气预警", "incident": "已知事件"}
LONGEST_MS = 60 * 24 * 3_600_000
MOST = 200
_FIELDS = frozenset({"kind", "category", "district", "text", "since", "until"})


@dataclass(slots=True)
class Entry:
    """``category`` "" (a warning that names none) is shown and does not count; ``district`` ""
    is the whole city. It counts from ``since`` to ``until``, unless a person ends it before."""

    id: str
    kind: str
    category: str
    district: str
    text: str
    since: Instant
    until: Instant
    by: str
    entered_at: Instant
    ended_at: Instant | None = None
    ended_by: str = ""


class Bulletins:
    """The list and its commands. ``changed`` is called when another set counts."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.entries: dict[str, Entry] = {}
        self.changed: Callable[[], None] = lambda: None
        self._waits: dict[str, asyncio.Task[None]] = {}
        self.commands = {
            "bulletin_add": Command(LEADER, _FIELDS, self._add),
            "bulletin_end": Command(LEADER, frozenset({"bulletin"}), self._end),
            "bulletins": Command(AGENT, frozenset(), self._list),
        }

    async def start(self) -> None:
        now = self._service.clock.now()
        for key, kept in (await self._service.store.documents(KIND)).items():
            entry = Entry(**kept)
            if entry.ended_at is None and entry.until > now:
                self.entries[key] = entry
                self._wait(entry)

    def close(self) -> None:
        for task in self._waits.values():
            task.cancel()

    # ------------------------------------------------------------ what is known

    def frames(self) -> list[Frame]:
        return [Frame("bulletin", 0, entry.id, asdict(entry)) for entry in self.entries.values()]

    def active(self) -> tuple[Bulletin, ...]:
        """Those that count now."""
        now = self._service.clock.now()
        return tuple(
            Bulletin(entry.category, entry.district or None, f"{KINDS[entry.kind]}:{entry.text}")
            for entry in self.entries.values()
            if entry.category and entry.since <= now < entry.until
        )

    # ------------------------------------------------------------ commands

    async def _list(self, args: Args, actor: Actor) -> dict[str, Any]:
        return {"bulletins": [asdict(entry) for entry in self.entries.values()]}

    async def _add(self, args: Args, actor: Actor) -> dict[str, Any]:
        if len(self.entries) >= MOST:
            raise Refused("TOO_MANY", f"通告已有{MOST}条,请先结束过期的", f"{MOST} already", "kind")
        now = self._service.clock.now()
        kind = _one_of(args, "kind", KINDS)
        since = _instant(args, "since", now) if args.get("since") is not None else now
        until = _instant(args, "until", now)
        if until <= max(now, since):
            raise Refused(
                "BAD_VALUE", "截止时间须在现在和开始时间之后", "until lies in the past", "until"
            )
        entry = Entry(
            id=new_line("bulletin"),
            kind=kind,
            category=_one_of(args, "category", CATEGORIES, needed=kind != "weather"),
            district=_one_of(args, "district", DISTRICTS, needed=False),
            text=text_of(args, "text"),
            since=since,
            until=until,
            by=actor.id,
            entered_at=now,
        )
        await self._save(entry)
        self.entries[entry.id] = entry
        self._wait(entry)
        self._tell(entry)
        return {"bulletin": entry.id}

    async def _end(self, args: Args, actor: Actor) -> dict[str, Any]:
        entry = self.entries.get(text_of(args, "bulletin"))
        if entry is None:
            raise Refused(
                "NO_SUCH_BULLETIN", "没有这条通告,或已结束", "no such bulletin", "bulletin"
            )
        entry.ended_at, entry.ended_by = self._service.clock.now(), actor.id
        self._waits.pop(entry.id).cancel()
        del self.entries[entry.id]
        self._tell(entry)
        await self._save(entry)
        return {"bulletin": entry.id}

    async def _save(self, entry: Entry) -> None:
        await self._service.store.put_document(KIND, entry.id, asdict(entry))

    # ------------------------------------------------------------ time

    def _wait(self, entry: Entry) -> None:
        self._waits[entry.id] = asyncio.create_task(self._run(entry))

    async def _run(self, entry: Entry) -> None:
        """It begins and ends by itself."""
        clock = self._service.clock
        if entry.since > clock.now():
            await clock.sleep_until(entry.since)
            self._tell(entry)
        await clock.sleep_until(entry.until)
        del self.entries[entry.id], self._waits[entry.id]
        entry.ended_at, entry.ended_by = entry.until, "system"
        self._tell(entry)
        try:
            await self._save(entry)
        except DispatcherError as error:
            log.warning("end of a bulletin not kept", reason=str(error))

    def _tell(self, entry: Entry) -> None:
        shown = asdict(entry) if entry.id in self.entries else {}
        self._service.hub.publish([Frame("bulletin", 0, entry.id, shown)])
        self.changed()


def _one_of(args: Args, name: str, known: Any, *, needed: bool = True) -> str:
    value = text_of(args, name, needed=needed)
    if value and value not in known:
        names = ", ".join(known)
        raise Refused("BAD_VALUE", f"{name} 须为 {names}", f"{name} is one of {names}", name)
    return value


def _instant(args: Args, name: str, now: Instant) -> Instant:
    value = args.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value > now + LONGEST_MS:
        raise Refused(
            "BAD_VALUE",
            f"{name} 须为毫秒时间,且在60天之内",
            f"{name} is an instant in milliseconds, within 60 days",
            name,
        )
    return value
