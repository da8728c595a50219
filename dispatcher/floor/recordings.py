"""The catalogue of recordings: closed, digested, linked to case and leg, kept for a time.

The PBX records every call and every leg from first to last party (`asterisk_config/`). When a
line has ended and its file is whole, the file's SHA-256, length and duration are kept beside the
ledger and noted in the case's own ledger, so that an altered or missing recording is found.
Every access is kept. After the days of the settings the file is deleted, and that is recorded.
"""

import asyncio
import secrets
import wave
from collections import OrderedDict
from pathlib import Path
from typing import Any

from ..core.commands import NoteRecording
from ..core.errors import DispatcherError, Refused
from ..core.facts import ChannelEnded, Fact, LegEnded, LegOutcome, LinkRestored
from ..core.ids import CallId, CaseId, LegId
from ..ports import Actor, Frame
from ..service import Service
from .errands import Errands
from .recording_files import digest, path_of, until_whole
from .shelf import Entry, Shelf
from .sweep import Sweep

ACCESS = "recording_access"
KEEP_DAYS = 365
DAY_MS = 86_400_000
SWEEP_S = 3600.0
CALLS_KEPT = 10_000
"""Calls whose case is remembered until their recording is whole."""
ALL = frozenset({"supervisor", "admin", "auditor"})


class Catalogue:
    """Implements `ports.Recordings`. Without a folder (simulated telephony) it is empty."""

    def __init__(self, service: Service, folder: Path | None, keep_days: int) -> None:
        self._service, self._folder = service, folder
        self._shelf = Shelf(service.store)
        self._sweep = (
            Sweep(service, self._shelf, folder, keep_days * DAY_MS, self._missed)
            if folder is not None
            else None
        )
        self._cases: OrderedDict[CallId, CaseId] = OrderedDict()
        self._closing: set[str] = set()
        self._errands = Errands("recording not kept", (DispatcherError, OSError, wave.Error))

    async def start(self) -> None:
        """Nothing is read: what is asked for is in the store."""
        if self._folder is not None:
            self._errands.begin(self._sweep_daily())

    def close(self) -> None:
        self._errands.close()

    # ------------------------------------------------------------ closing

    def on_fact(self, fact: Fact) -> None:
        if self._folder is None:
            return
        if isinstance(fact, LegEnded) and CallId(fact.leg) in self._service.hotline.live.calls:
            # A unit that had called in: its recording is the call's.
            if fact.outcome is not LegOutcome.TO_AGENT:
                call_id = CallId(fact.leg)
                self._end(f"call-{call_id}", self._cases.get(call_id), None)
        elif isinstance(fact, LegEnded):
            self._end(f"leg-{fact.leg}", CaseId(fact.leg.split(".", 1)[0]), LegId(fact.leg))
        elif isinstance(fact, ChannelEnded):
            call = self._service.hotline.live.calls.get(CallId(fact.channel))
            if call is not None:
                self._end(f"call-{call.id}", call.case or self._cases.get(call.id), None)
        elif isinstance(fact, LinkRestored):
            self._errands.begin(self.sweep())

    def belongs(self, call: CallId, case: CaseId) -> None:
        """This call's recording is the case's, also when it was closed before."""
        self._cases[call] = case
        if len(self._cases) > CALLS_KEPT:
            self._cases.popitem(last=False)
        if self._folder is not None:
            self._errands.begin(self._give(f"call-{call}", case))

    async def _give(self, recording: str, case: CaseId) -> None:
        entry = await self._shelf.get(recording)
        if entry is not None and entry["case"] is None:
            entry = {**entry, "case": case}
            await self._shelf.replace(entry)
            await self._note(entry)

    def _end(
        self, recording: str, case: CaseId | None, leg: LegId | None
    ) -> asyncio.Task[None] | None:
        if self._shelf.recent(recording) is not None or recording in self._closing:
            return None
        self._closing.add(recording)
        return self._errands.begin(self._close(recording, case, leg))

    async def _close(self, recording: str, case: CaseId | None, leg: LegId | None) -> None:
        try:
            assert self._folder is not None
            path = path_of(self._folder, recording)
            if path is None or await self._shelf.get(recording) is not None:
                return
            if not await until_whole(path):
                return
            told = await asyncio.to_thread(digest, path)
            call = CallId(recording.removeprefix("call-")) if leg is None else None
            if case is None and call is not None:
                case = self._cases.get(call)
            entry: Entry = {
                "id": recording,
                "file": str(path.relative_to(self._folder)),
                "call": call,
                "leg": leg,
                "case": case,
                "began_at": told.began_at,
                "duration_ms": told.duration_ms,
                "bytes": told.bytes,
                "sha256": told.sha256,
                "closed_at": self._service.clock.now(),
                "deleted_at": None,
            }
            await self._shelf.put(entry)
            await self._note(entry)
            self._service.hub.publish([Frame("recording", 0, recording, entry)])
        finally:
            self._closing.discard(recording)

    async def _note(self, entry: Entry) -> None:
        """In the case's own ledger, closed or not."""
        if entry["case"] is not None:
            note = NoteRecording(
                CaseId(entry["case"]),
                entry["id"],
                entry["file"],
                entry["leg"],
                entry["sha256"],
                entry["duration_ms"],
                entry["bytes"],
                entry["began_at"],
            )
            await self._service.submit_late(note, "system")

    # ------------------------------------------------------------ sweeping

    async def _sweep_daily(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            await self.sweep()

    async def sweep(self) -> None:
        """Catalogue what was missed; delete what is older than the settings allow."""
        if self._sweep is not None:
            await self._sweep.run()

    def _missed(self, recording: str) -> asyncio.Task[None] | None:
        if self._lives(recording):
            return None
        leg = LegId(recording.removeprefix("leg-")) if recording.startswith("leg-") else None
        return self._end(recording, self._case_of(recording), leg)

    def _lives(self, recording: str) -> bool:
        hotline = self._service.hotline
        kind, _, name = recording.partition("-")
        if kind == "call":
            call = hotline.live.calls.get(CallId(name))
            return call is not None and call.ended_at is None
        hand = hotline.handovers.get(CaseId(name.split(".", 1)[0]))
        return hand is not None and LegId(name) in hand.legs

    def _case_of(self, recording: str) -> CaseId | None:
        kind, _, name = recording.partition("-")
        if kind == "leg":
            case = CaseId(name.split(".", 1)[0])
            return case if len(case) == 26 else None
        hands = self._service.hotline.handovers.values()
        return next((h.case for h in hands if h.call == name), None)

    # ------------------------------------------------------------ ports.Recordings

    async def recordings(self, case: str, actor: Actor, before: str = "") -> list[dict[str, Any]]:
        """A case's that this person may hear, oldest first; without one the newest of all (of an
        agent's own cases), newest first. ``before``: see `Shelf.newest`."""
        if self._folder is None:
            return []
        if case:
            allowed = self._may_hear(case, actor)
            return _by_time(await self._shelf.of_case(CaseId(case))) if allowed else []
        if actor.role in ALL:
            return _by_time(await self._shelf.newest(before))[::-1]
        mine = [key for key in self._service.hotline.cases if self._may_hear(key, actor)]
        found = [entry for key in mine for entry in await self._shelf.of_case(key)]
        return _by_time(found)[::-1]

    async def recording(self, recording: str, actor: Actor) -> Path:
        """The file, after the access was kept. Raises `Refused`."""
        path = path_of(self._folder, recording) if self._folder else None
        entry = await self._shelf.get(recording) if path else None
        if entry is None or path is None or entry["deleted_at"] is not None:
            raise Refused("NO_SUCH_RECORDING", "没有这条录音", "no such recording", "id")
        if not self._may_hear(entry["case"], actor):
            raise Refused("NOT_ALLOWED", "无权调听此录音", "you may not hear this one", "id")
        now = self._service.clock.now()
        access = {"at": now, "user": actor.id, "role": actor.role, "recording": recording}
        key = f"{now}-{secrets.token_hex(4)}"
        await self._service.store.put_document(ACCESS, key, access)
        if not path.is_file():
            raise Refused("NO_SUCH_RECORDING", "录音文件缺失", "the file is missing", "id")
        return path

    def _may_hear(self, case_id: str | None, actor: Actor) -> bool:
        """Agents hear their own open cases; leaders, administrators and auditors all."""
        if actor.role in ALL:
            return True
        case = self._service.hotline.cases.get(CaseId(case_id)) if case_id else None
        if actor.role != "agent" or case is None or not case.open:
            return False
        hand = self._service.hotline.handovers.get(case.id)
        took = hand is not None and bool(actor.seat) and hand.agent == actor.seat
        return case.accepted_by == actor.id or took


def _by_time(entries: list[Entry]) -> list[dict[str, Any]]:
    return sorted(map(dict, entries), key=lambda entry: int(entry["began_at"]))
