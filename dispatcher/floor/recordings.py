"""The catalogue of recordings: closed, digested, linked to case and leg, kept for a time.

The PBX records every call and every leg from first to last party (`asterisk_config/`). When a
line has ended and its file is whole, the file's SHA-256, length and duration are kept beside the
ledger and noted in the case's own ledger, so that an altered or missing recording is found.
Every access is kept. After the days of the settings the file is deleted, and that is recorded.
"""

import asyncio
import hashlib
import re
import secrets
import wave
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from ..core.commands import NoteRecording, NoteRecordingDeleted
from ..core.errors import DispatcherError, Refused
from ..core.facts import ChannelEnded, Fact, LegEnded, LegOutcome, LinkRestored
from ..core.ids import CallId, CaseId, LegId
from ..ports import Actor, Frame
from ..service import Service
from .errands import Errands

log = structlog.get_logger()

KIND = "recording"
ACCESS = "recording_access"
KEEP_DAYS = 365
DAY_MS = 86_400_000
SWEEP_S = 3600.0
POLL_S = 0.1
WHOLE_WITHIN_S = 20.0
APPEAR_WITHIN_S = 3.0
CALLS_KEPT = 10_000
"""Calls whose case is remembered until their recording is whole."""
_HEADER = 44
_ID = re.compile(r"(call|leg)-([0-9A-Za-z.\-]{1,80})\Z")
_FOLDERS = {"call": "calls", "leg": "legs"}
ALL = frozenset({"supervisor", "admin", "auditor"})


@dataclass(frozen=True, slots=True)
class Digest:
    """What is told of a whole file. ``began_at`` follows from its end and its duration."""

    sha256: str
    bytes: int
    duration_ms: int
    began_at: int


def whole(path: Path) -> bool:
    """Whether the PBX has closed this wave file: only then its header tells its length."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
        size = path.stat().st_size
    except OSError:
        return False
    riff = int.from_bytes(header[4:8], "little")
    return len(header) == _HEADER and riff == size - 8


def digest(path: Path) -> Digest:
    """SHA-256, length and duration of a whole file."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    with wave.open(str(path), "rb") as sound:
        duration_ms = sound.getnframes() * 1000 // sound.getframerate()
    stat = path.stat()
    began_at = int(stat.st_mtime * 1000) - duration_ms
    return Digest(sha.hexdigest(), stat.st_size, duration_ms, began_at)


def path_of(folder: Path, recording: str) -> Path | None:
    """Where a recording's file is; None for an id that cannot be one."""
    found = _ID.match(recording)
    if found is None or ".." in found[2]:
        return None
    return folder / _FOLDERS[found[1]] / f"{found[2]}.wav"


class Catalogue:
    """Implements `ports.Recordings`. Without a folder (simulated telephony) it is empty."""

    def __init__(self, service: Service, folder: Path | None, keep_days: int) -> None:
        self._service, self._folder, self._keep_ms = service, folder, keep_days * DAY_MS
        self.entries: dict[str, dict[str, Any]] = {}
        self._cases: OrderedDict[CallId, CaseId] = OrderedDict()
        self._closing: set[str] = set()
        self._errands = Errands("recording not kept", (DispatcherError, OSError, wave.Error))

    async def start(self) -> None:
        if self._folder is not None:
            self.entries = await self._service.store.documents(KIND)
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
        entry = self.entries.get(f"call-{call}")
        if entry is not None and entry["case"] is None:
            entry["case"] = case
            self._errands.begin(self._keep(entry))

    def _end(self, recording: str, case: CaseId | None, leg: LegId | None) -> None:
        if recording not in self.entries and recording not in self._closing:
            self._closing.add(recording)
            self._errands.begin(self._close(recording, case, leg))

    async def _close(self, recording: str, case: CaseId | None, leg: LegId | None) -> None:
        try:
            assert self._folder is not None
            path = path_of(self._folder, recording)
            if path is None or not await _until_whole(path):
                return
            told = await asyncio.to_thread(digest, path)
            call = CallId(recording.removeprefix("call-")) if leg is None else None
            if case is None and call is not None:
                case = self._cases.get(call)
            entry: dict[str, Any] = {
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
            self.entries[recording] = entry
            await self._keep(entry)
            self._service.hub.publish([Frame("recording", 0, recording, entry)])
        finally:
            self._closing.discard(recording)

    async def _keep(self, entry: dict[str, Any]) -> None:
        """Beside the ledger, and noted in the case's own, closed or not."""
        await self._service.store.put_document(KIND, entry["id"], entry)
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
        if self._folder is None:
            return
        for recording in await asyncio.to_thread(found, self._folder):
            if recording not in self.entries and not self._lives(recording):
                leg = LegId(recording.removeprefix("leg-"))
                is_leg = recording.startswith("leg-")
                self._end(recording, self._case_of(recording), leg if is_leg else None)
        before = self._service.clock.now() - self._keep_ms
        for entry in list(self.entries.values()):
            if entry["deleted_at"] is None and entry["closed_at"] < before:
                await self._delete(entry)

    async def _delete(self, entry: dict[str, Any]) -> None:
        case = self._service.hotline.cases.get(entry["case"]) if entry["case"] else None
        if case is not None and case.open:
            return
        assert self._folder is not None
        path = path_of(self._folder, entry["id"])
        if path is not None:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        entry["deleted_at"] = self._service.clock.now()
        log.info("recording deleted", recording=entry["id"], reason="retention")
        await self._service.store.put_document(KIND, entry["id"], entry)
        if entry["case"] is not None:
            note = NoteRecordingDeleted(CaseId(entry["case"]), entry["id"], "retention")
            await self._service.submit_late(note, "system")

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

    async def recordings(self, case: str, actor: Actor) -> list[dict[str, Any]]:
        """The recordings of a case (all without one) that this person may hear, oldest first."""
        found = [
            dict(entry)
            for entry in self.entries.values()
            if (not case or entry["case"] == case) and self._may_hear(entry, actor)
        ]
        return sorted(found, key=lambda entry: int(entry["began_at"]))

    async def recording(self, recording: str, actor: Actor) -> Path:
        """The file, after the access was kept. Raises `Refused`."""
        entry = self.entries.get(recording)
        path = path_of(self._folder, recording) if entry and self._folder else None
        if entry is None or path is None or entry["deleted_at"] is not None:
            raise Refused("NO_SUCH_RECORDING", "没有这条录音", "no such recording", "id")
        if not self._may_hear(entry, actor):
            raise Refused("NOT_ALLOWED", "无权调听此录音", "you may not hear this one", "id")
        now = self._service.clock.now()
        access = {"at": now, "user": actor.id, "role": actor.role, "recording": recording}
        key = f"{now}-{secrets.token_hex(4)}"
        await self._service.store.put_document(ACCESS, key, access)
        if not path.is_file():
            raise Refused("NO_SUCH_RECORDING", "录音文件缺失", "the file is missing", "id")
        return path

    def _may_hear(self, entry: dict[str, Any], actor: Actor) -> bool:
        """Agents hear their own open cases; leaders, administrators and auditors all."""
        if actor.role in ALL:
            return True
        case = self._service.hotline.cases.get(entry["case"]) if entry["case"] else None
        if actor.role != "agent" or case is None or not case.open:
            return False
        hand = self._service.hotline.handovers.get(case.id)
        took = hand is not None and bool(actor.seat) and hand.agent == actor.seat
        return case.accepted_by == actor.id or took


async def _until_whole(path: Path) -> bool:
    """Wait for the PBX to close the file; a leg that nobody answered has none."""
    waited = 0.0
    while not await asyncio.to_thread(whole, path):
        there = await asyncio.to_thread(path.exists)
        if waited >= (WHOLE_WITHIN_S if there else APPEAR_WITHIN_S):
            return False
        await asyncio.sleep(POLL_S)
        waited += POLL_S
    return True


def found(folder: Path) -> list[str]:
    """Every recording there is, by id."""
    return [
        f"{kind}-{path.stem}"
        for kind, name in _FOLDERS.items()
        for path in sorted((folder / name).glob("*.wav"))
        if _ID.match(f"{kind}-{path.stem}")
    ]
