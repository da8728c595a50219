"""A console without a screen: signs in, follows the feed, gives commands. As any console would.

The demo's robots and the benches use it, so what they show went through the real gateway.
"""

import asyncio
import json
import urllib.request
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect


class CommandFailed(Exception):
    """The service refused; the message is what a person would read."""

    def __init__(self, reply: dict[str, Any]) -> None:
        super().__init__(f"{reply.get('code')}: {reply.get('message_en')}")
        self.code = str(reply.get("code"))


class ConsoleClient:
    """``async with ConsoleClient(address, user, password) as console``.

    ``cases`` and ``calls`` hold the newest views by id; ``hello`` the greeting.
    """

    def __init__(self, address: str, user: str, password: str) -> None:
        self._address = address
        self._user = user
        self._password = password
        self.cases: dict[str, dict[str, Any]] = {}
        self.calls: dict[str, dict[str, Any]] = {}
        self.agents: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, dict[str, Any]] = {}
        self.hello: dict[str, Any] = {}
        self._changed = asyncio.Event()
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._sent = 0
        self._socket: ClientConnection
        self._reader: asyncio.Task[None]

    async def __aenter__(self) -> "ConsoleClient":
        cookie = await asyncio.to_thread(self._sign_in)
        address = self._address.replace("http", "ws", 1) + "/ws"
        self._socket = await connect(
            address, additional_headers={"Cookie": cookie}, max_size=None, compression=None
        )
        self._reader = asyncio.create_task(self._read())
        await self.until(lambda: bool(self.hello))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        await self._socket.close()

    async def command(self, name: str, **args: Any) -> dict[str, Any]:
        """Returns the reply's data; raises `CommandFailed`."""
        self._sent += 1
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._replies[self._sent] = future
        await self._socket.send(json.dumps({"id": self._sent, "cmd": name, "args": args}))
        reply = await future
        if not reply["ok"]:
            raise CommandFailed(reply)
        data: dict[str, Any] = reply["data"]
        return data

    async def until(self, holds: Callable[[], Any], deadline_s: float | None = 20) -> Any:
        """Wait until ``holds()`` is true after some frame; returns its value.

        Raises TimeoutError, and ConnectionError when no frame can come any more.
        """
        async with asyncio.timeout(deadline_s):
            while not (value := holds()):
                if self._reader.done():
                    raise ConnectionError("the console's connection has ended")
                self._changed.clear()
                await self._changed.wait()
        return value

    def call_of(self, number: str) -> dict[str, Any] | None:
        """The newest live call of a number."""
        found = [c for c in self.calls.values() if c["number"] == number and not c["ended_at"]]
        return max(found, key=lambda c: c["arrived_at"], default=None)

    # ------------------------------------------------------------ parts

    def _sign_in(self) -> str:
        body = json.dumps({"user": self._user, "password": self._password}).encode()
        request = urllib.request.Request(
            f"{self._address}/api/session", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return str(response.headers["Set-Cookie"]).split(";", 1)[0]

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                for frame in json.loads(message):
                    self._take(frame)
                self._changed.set()
        finally:
            self._changed.set()
            for future in self._replies.values():
                if not future.done():
                    future.set_exception(ConnectionError("the console's connection has ended"))
                    future.exception()  # whoever asked may be gone already

    def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["kind"]
        if kind == "reply":
            future = self._replies.pop(frame["re"], None)
            if future is not None and not future.done():
                future.set_result(frame)
        elif kind == "snapshot":
            for part in frame["frames"]:
                self._take(part)
        elif kind == "hello":
            self.hello = frame["data"]
        else:
            self._store(kind, frame["key"], frame["data"])

    def _store(self, kind: str, key: str, data: dict[str, Any] | None) -> None:
        book = {
            "case": self.cases,
            "call": self.calls,
            "agent": self.agents,
            "status": self.statuses,
        }.get(kind)
        if book is None:
            return
        if data is None:
            book.pop(key, None)
        else:
            book[key] = data
