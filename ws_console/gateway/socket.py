"""One console's websocket: greeting, what it missed, then the feed; commands the other way.

Protocol: `docs/protocol.md`. A console that sends nonsense is told where; only what cannot be
a console at all (wrong origin, no session) is refused.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import WebSocket, WebSocketDisconnect

from dispatcher.ports import CommandResult, Commands, Feed, Frame

from .accounts import Accounts, Session
from .stream import RoleLog, encode

MAX_MESSAGE = 262_144
REPLAY_LIMIT = 500
TIME_EVERY_S = 5.0
SIGNED_OUT = 4401
WRONG_ORIGIN = 4403


class ConsoleSocket:
    """Serves one accepted websocket until it closes or its session ends."""

    def __init__(
        self,
        websocket: WebSocket,
        session: Session,
        accounts: Accounts,
        log: RoleLog,
        commands: Commands,
        feed: Feed,
        about: Mapping[str, Any],
    ) -> None:
        self._ws = websocket
        self._session = session
        self._accounts = accounts
        self._log = log
        self._commands = commands
        self._feed = feed
        self._about = about
        self._tasks: set[asyncio.Task[Any]] = set()
        self._sending = asyncio.Lock()

    @property
    def seat(self) -> str:
        return self._session.actor.seat

    async def serve(self, after: int | None) -> None:
        self._log.readers += 1
        try:
            cursor = await self._greet(after)
            writer = asyncio.create_task(self._write(cursor))
            ticker = asyncio.create_task(self._tell_time())
            reader = asyncio.create_task(self._read())
            self._tasks |= {writer, ticker, reader}
            await asyncio.wait((writer, ticker, reader), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._log.readers -= 1
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self, code: int) -> None:
        await self._ws.close(code)

    # ------------------------------------------------------------ sending

    async def _greet(self, after: int | None) -> int:
        """Hello, then the missed commits or a snapshot. Returns the log's cursor."""
        cursor, seq = self._log.end, self._log.last_seq
        actor = self._session.actor
        hello = {
            "session": {
                "user": actor.id, "name": actor.name, "role": actor.role, "seat": actor.seat,
            },
            "server_now": self._feed.now(),
            "seq": seq,
            **self._about,
        }  # fmt: skip
        await self._send_frames([_plain("hello", hello)])
        _, present = self._feed.snapshot()
        missed = await self._feed.replay(after, REPLAY_LIMIT) if after and after <= seq else None
        if missed is None:
            await self._send_snapshot(seq, present)
        else:
            await self._send_snapshot(seq, [f for f in present if f.kind != "case"], live=True)
            await self._send_frames(self._rendered([f for f in missed if f.seq <= seq], after or 0))
        return cursor

    async def _send_snapshot(self, seq: int, frames: list[Frame], live: bool = False) -> None:
        """``live`` replaces calls, seats and status only; the cases follow by replay."""
        parts = b",".join(encode(f, 0, self._session.actor.role) for f in frames)
        head = f'[{{"kind":"snapshot","seq":{seq},"prev":0,"live":{str(live).lower()},"frames":['
        await self._send(head + parts.decode() + "]}]")

    def _rendered(self, frames: list[Frame], prev: int) -> list[bytes]:
        """Replayed frames in sequence, as the session may see them now."""
        out = []
        for frame in frames:
            out.append(encode(frame, prev, self._session.actor.role))
            prev = frame.seq
        return out

    async def _send_frames(self, encoded: list[bytes]) -> None:
        if encoded:
            await self._send((b"[" + b",".join(encoded) + b"]").decode())

    async def _send(self, text: str) -> None:
        async with self._sending:
            await self._ws.send_text(text)

    async def _write(self, cursor: int) -> None:
        while True:
            await self._log.wait(cursor)
            if not self._accounts.alive(self._session):
                await self.close(SIGNED_OUT)
                return
            text, end = self._log.since(cursor), self._log.end
            if text is None:
                seq, end = self._log.last_seq, self._log.end
                _, present = self._feed.snapshot()
                await self._send_snapshot(seq, present)
            else:
                await self._send(text)
            cursor = end

    async def _tell_time(self) -> None:
        """The heartbeat, by which a console knows that what it shows is fresh."""
        while True:
            await asyncio.sleep(TIME_EVERY_S)
            if not self._accounts.alive(self._session):
                await self.close(SIGNED_OUT)
                return
            now = self._feed.now()
            await self._send_frames([_plain("time", {"server_now": now})])

    # ------------------------------------------------------------ commands

    async def _read(self) -> None:
        try:
            while True:
                message = await self._ws.receive()
                if message["type"] == "websocket.disconnect":
                    return
                task = asyncio.create_task(self._answer(message))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except WebSocketDisconnect:
            return

    async def _answer(self, message: Mapping[str, Any]) -> None:
        request_id, result = await self._execute(message)
        reply: dict[str, Any] = {"kind": "reply", "re": request_id, "ok": result.ok}
        if result.ok:
            reply["data"] = result.data
        else:
            reply |= {
                "code": result.code,
                "message_zh": result.message_zh,
                "message_en": result.message_en,
                "field": result.field,
            }
        await self._send_frames([msgspec.json.encode(reply)])

    async def _execute(self, message: Mapping[str, Any]) -> tuple[Any, CommandResult]:
        raw = message.get("text") or message.get("bytes") or b""
        if len(raw) > MAX_MESSAGE:
            return None, _bad("TOO_LARGE", "消息过大(上限256KB)", "message over 256 KB", "")
        try:
            request = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return None, _bad("NOT_JSON", f"不是有效的JSON:{error}", f"not JSON: {error}", "")
        if not isinstance(request, dict):
            return None, _bad("NOT_OBJECT", "应为JSON对象", "a JSON object is expected", "")
        request_id, name, args = request.get("id"), request.get("cmd"), request.get("args", {})
        if not isinstance(name, str) or not isinstance(args, dict):
            return request_id, _bad("BAD_COMMAND", "缺少cmd或args", "cmd or args missing", "cmd")
        if not self._accounts.alive(self._session):
            return request_id, _bad("SIGNED_OUT", "请重新登录", "sign in again", "")
        return request_id, await self._commands.execute(name, args, self._session.actor)


def _plain(kind: str, data: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({"kind": kind, "seq": 0, "prev": 0, "key": "", "data": data})


def _bad(code: str, zh: str, en: str, field: str) -> CommandResult:
    return CommandResult(False, {}, code, zh, en, field)
