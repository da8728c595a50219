"""The gateway: puts REST, websocket and the built web application on one port."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, HTTPException, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

from dispatcher.ports import Commands, Documents, Feed, Frame, Recordings

from .accounts import Accounts
from .live import conversations_router, recordings_router
from .rest import COOKIE, make_router
from .socket import SIGNED_OUT, WRONG_ORIGIN, ConsoleSocket
from .stream import RoleLog

_NOT_BUILT = """<!doctype html><meta charset="utf-8"><title>12345</title>
<p>控制台网页尚未构建。请在源码目录运行 <code>make web</code>。
<p>The console's pages are not built yet: run <code>make web</code> in the source tree."""


class Gateway:
    """Owns the role logs and the open sockets. ``app`` is the ASGI application."""

    def __init__(
        self,
        commands: Commands,
        feed: Feed,
        documents: Documents,
        static: Path | None,
        recordings: Recordings | None = None,
    ) -> None:
        self.commands = commands
        self.feed = feed
        self.recordings = recordings
        self.accounts = Accounts(documents)
        self.app = FastAPI(
            title="12345 hotline dispatcher",
            docs_url=None,
            redoc_url=None,
            openapi_url="/api/openapi.json",
        )
        self._logs: dict[str, RoleLog] = {}
        self._sockets: set[ConsoleSocket] = set()
        self._static = static
        self._unsubscribe = feed.subscribe(self._publish)
        self._routes()

    def close(self) -> None:
        self._unsubscribe()
        for log in self._logs.values():
            log.close()

    def seats_taken(self, seat: str) -> int:
        """How many consoles are open for a seat."""
        return sum(1 for socket in self._sockets if socket.seat == seat)

    # ------------------------------------------------------------ feed

    def _publish(self, frames: Sequence[Frame]) -> None:
        for log in self._logs.values():
            log.append(frames)

    def _log(self, role: str) -> RoleLog:
        log = self._logs.get(role)
        if log is None:
            log = self._logs[role] = RoleLog(role)
            log.last_seq = self.feed.snapshot_seq()
        return log

    async def _serve(self, websocket: WebSocket) -> None:
        if not same_origin(websocket.headers):
            await websocket.close(WRONG_ORIGIN)
            return
        session = self.accounts.session(websocket.cookies.get(COOKIE))
        await websocket.accept()
        if session is None:
            await websocket.close(SIGNED_OUT)
            return
        after = websocket.query_params.get("after", "")
        health = self.feed.health()
        about = {k: health[k] for k in ("version", "time_scale", "simulated")}
        socket = ConsoleSocket(
            websocket,
            session,
            self.accounts,
            self._log(session.actor.role),
            self.commands,
            self.feed,
            about,
        )
        self._sockets.add(socket)
        try:
            await socket.serve(int(after) if after.isdigit() and len(after) < 16 else None)
        finally:
            self._sockets.discard(socket)

    # ------------------------------------------------------------ routes

    def _routes(self) -> None:
        app = self.app
        app.include_router(make_router(self.accounts, self.commands, self.feed))
        if self.recordings is not None:
            app.include_router(recordings_router(self.accounts, self.recordings))
        app.include_router(conversations_router(self.accounts, self.feed))
        app.add_api_websocket_route("/ws", self._serve)
        app.add_exception_handler(HTTPException, _http_error)
        app.add_exception_handler(RequestValidationError, _validation_error)
        app.add_api_route("/{path:path}", self._page, include_in_schema=False)

    async def _page(self, path: str) -> Response:
        """A file of the web application; any other path is a deep link into it."""
        if path.startswith("api/"):
            raise HTTPException(404, _problem("NO_SUCH_PATH", "没有此接口", "no such path"))
        index = self._static / "index.html" if self._static else None
        if index is None or not index.is_file():
            return HTMLResponse(_NOT_BUILT, 503)
        assert self._static is not None
        root = self._static.resolve()
        wanted = (root / path).resolve()
        if wanted.is_file() and wanted.is_relative_to(root):
            cache = (
                "public, max-age=31536000, immutable" if "/assets/" in str(wanted) else "no-cache"
            )
            return FileResponse(wanted, headers={**_SAFE, "Cache-Control": cache})
        return FileResponse(index, headers={**_SAFE, "Cache-Control": "no-cache"})


_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self' ws: wss:; frame-ancestors 'none'"
    ),
}


def same_origin(headers: Mapping[str, str]) -> bool:
    """A browser names its page's origin; it must be ours. Programs without one are let in."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _problem(code: str, zh: str, en: str, field: str = "") -> dict[str, str]:
    return {"code": code, "message_zh": zh, "message_en": en, "field": field}


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail: Any = error.detail
    if not isinstance(detail, dict):
        detail = _problem(f"HTTP_{error.status_code}", str(detail), str(detail))
    return JSONResponse(detail, error.status_code)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(p) for p in first["loc"][1:])
    text = f"{field}: {first['msg']}"
    return JSONResponse(_problem("BAD_VALUE", f"字段不正确:{text}", text, field), 422)
