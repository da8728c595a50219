"""Many consoles in one cheap process; a few of them note when each frame arrived.

    python -m bench.consoles ws://host:port/ws LOG [--count 200] [--cookie hotline_session=…]

Prints ``ready`` once all are connected. At the end of standard input it writes to ``LOG`` what the
noting consoles got, as (kind, key, state, call, arrived at in CLOCK_MONOTONIC ns), and how many
bytes all of them got. The others read and throw away, but answer the server's pings.
"""

import argparse
import asyncio
import base64
import functools
import json
import os
import struct
import sys
import time
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

NOTING = 8
PING, PONG = 0x9, 0xA


class Console(asyncio.Protocol):
    """One websocket, read by hand: a browser's costs are not the server's."""

    def __init__(self, host: str, path: str, cookie: str, notes: bool) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
        ]  # fmt: skip
        self._request = "\r\n".join([*lines, *([f"Cookie: {cookie}"] if cookie else []), "", ""])
        self._buffer = bytearray()
        self._notes = notes
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.messages: list[tuple[int, bytes]] = []
        self.received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request.encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self.received += len(data)
        self._buffer += data
        if not self.open.done() and not self._greeted():
            return
        while self._message(now):
            pass

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.open.done():
            self.open.set_exception(ConnectionError(f"refused: {bytes(self._buffer[:200])!r}"))

    def _greeted(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        if b" 101 " not in self._buffer[:20]:
            self._transport.close()
            return False
        del self._buffer[: end + 4]
        self.open.set_result(None)
        return True

    def _message(self, now: int) -> bool:
        """Take one frame off the buffer (RFC 6455 §5.2; a server's frames are unmasked)."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        head, length = 2, buffer[1]
        if length == 126:
            head = 4
            length = struct.unpack_from("!H", buffer, 2)[0] if len(buffer) >= head else 1 << 62
        elif length == 127:
            head = 10
            length = struct.unpack_from("!Q", buffer, 2)[0] if len(buffer) >= head else 1 << 62
        if len(buffer) < head + length:
            return False
        kind = buffer[0] & 0xF
        if kind == PING:
            self._transport.write(bytes((0x80 | PONG, 0x80 | length)) + bytes(4)
                                  + buffer[head : head + length])  # fmt: skip
        elif self._notes:
            self.messages.append((now, bytes(buffer[head : head + length])))
        del buffer[: head + length]
        return True


def noted(console: Console) -> list[tuple[str, str, str, str, int]]:
    """The calls' and seats' frames of one console."""
    found = []
    for at, message in console.messages:
        frames = json.loads(message)
        for frame in frames if isinstance(frames, list) else [frames]:
            data = frame.get("data") or {}
            if frame["kind"] in ("call", "agent"):
                call = str(data.get("call") or "")
                found.append((frame["kind"], frame["key"], str(data.get("state")), call, at))
    return found


async def run(address: str, log: Path, count: int, cookie: str) -> None:
    where = urlsplit(address)
    host, port = where.hostname or "127.0.0.1", where.port or 80
    loop = asyncio.get_running_loop()
    consoles: list[Console] = []
    every = max(1, count // NOTING)
    for n in range(count):
        notes = n % every == every // 2
        made = functools.partial(Console, where.netloc, where.path, cookie, notes)
        _, console = await loop.create_connection(made, host, port)
        await console.open
        consoles.append(console)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    heard = [noted(console) for console in consoles if console.messages]
    written = json.dumps({"heard": heard, "bytes": sum(c.received for c in consoles)})
    await asyncio.to_thread(log.write_text, written)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("address")
    options.add_argument("log", type=Path)
    options.add_argument("--count", type=int, default=200)
    options.add_argument("--cookie", default="")
    given = options.parse_args()
    asyncio.run(run(given.address, given.log, given.count, given.cookie))
