"""The feed of one role: a bounded log that all its consoles read at their own pace.

Each frame is encoded once per role. A console has a cursor; what gathered since its last send
goes out as one message. A console that stops reading costs nothing but its cursor, and when the
log has moved past it, it gets a fresh snapshot. `prev` is the seq before this one in the same
log, so that a console knows when it has missed a frame.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from dispatcher.ports import Frame

from . import rights

KEEP = 4096
"""Frames a slow console may lag behind."""
TICK_S = 0.004
"""Shortest pause between two sends to one console: under load frames travel together."""
TICK_PER_CONSOLE_S = 0.00004

_encode = msgspec.json.Encoder(enc_hook=str).encode


def encode(frame: Frame, prev: int, role: str) -> bytes:
    """One frame as JSON, with what this role may see."""
    body = {
        "kind": frame.kind,
        "seq": frame.seq,
        "prev": prev if frame.seq else 0,
        "key": frame.key,
        "data": rights.render(frame.kind, frame.data, role) or None,
    }
    return _encode(body)


@dataclass(slots=True)
class _Entry:
    frame: Frame
    prev: int
    encoded: bytes | None = None


class RoleLog:
    """What consoles of one role have been and will be sent."""

    def __init__(self, role: str, keep: int = KEEP) -> None:
        self.role = role
        self.readers = 0
        self.last_seq = 0
        self._keep = keep
        self._entries: deque[_Entry] = deque()
        self._base = 0
        self._news = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._joined: tuple[int, int, str] | None = None

    @property
    def end(self) -> int:
        """The cursor of a console that has everything."""
        return self._base + len(self._entries)

    def append(self, frames: Sequence[Frame]) -> None:
        """Add frames; consoles are woken a moment later, together."""
        for frame in frames:
            if not rights.visible(frame.kind, frame.data, self.role):
                continue
            if self.readers:
                self._entries.append(_Entry(frame, self.last_seq))
            if frame.seq:
                self.last_seq = max(self.last_seq, frame.seq)
        while len(self._entries) > self._keep:
            self._entries.popleft()
            self._base += 1
        if self._entries and self._pump is None and self.readers:
            self._pump = asyncio.create_task(self._wake())

    async def _wake(self) -> None:
        """Wake all readers now, and not again before the tick is over."""
        waiting, self._news = self._news, asyncio.Event()
        waiting.set()
        end = self.end
        await asyncio.sleep(TICK_S + TICK_PER_CONSOLE_S * self.readers)
        self._pump = None
        if self.end > end:
            self._pump = asyncio.create_task(self._wake())

    async def wait(self, cursor: int) -> None:
        """Until there is something after ``cursor``."""
        while cursor >= self.end:
            await self._news.wait()

    def since(self, cursor: int) -> str | None:
        """Everything after ``cursor`` as one JSON array; None when the log has moved past it."""
        if cursor < self._base:
            return None
        if self._joined is not None and self._joined[:2] == (cursor, self.end):
            return self._joined[2]
        parts = []
        for index in range(cursor - self._base, len(self._entries)):
            entry = self._entries[index]
            if entry.encoded is None:
                entry.encoded = encode(entry.frame, entry.prev, self.role)
            parts.append(entry.encoded)
        text = (b"[" + b",".join(parts) + b"]").decode()
        self._joined = (cursor, self.end, text)
        return text

    def close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
