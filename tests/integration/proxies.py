"""A TCP proxy on the loopback that can be cut, stopped up, or slowed."""

import asyncio
from contextlib import suppress
from types import TracebackType


class Proxy:
    """Leads ``port`` (chosen free) to ``target``.

    `cut` breaks every connection and refuses new ones until `mend`; `swallow` keeps them open
    but passes nothing (a half-open link); `stop_reading` leaves what the PBX sends unread.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.accepted = 0
        self.connected = asyncio.Event()
        self._swallowing = False
        self._reading = asyncio.Event()
        self._reading.set()
        self._refusing = False
        self._server: asyncio.Server
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=4096)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break the link; it stays broken until `mend`."""
        self._refusing = True
        for writer in list(self._writers):
            writer.transport.abort()

    def swallow(self) -> None:
        """From now on every byte on the open connections is lost, without a word."""
        self._swallowing = True

    def stop_reading(self) -> None:
        """Stop taking what the PBX sends."""
        self._reading.clear()

    def mend(self) -> None:
        """All is well again."""
        self._refusing = self._swallowing = False
        self._reading.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        self.accepted += 1
        self.connected.set()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target, limit=4096)
        self._writers |= {writer, far_writer}
        ways = [
            asyncio.create_task(self._pass(reader, far_writer, slow=False)),
            asyncio.create_task(self._pass(far_reader, writer, slow=True)),
        ]
        self._tasks.update(ways)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        self._tasks.difference_update(ways)
        for end in (writer, far_writer):
            end.close()
            self._writers.discard(end)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, slow: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(4096):
                if slow:
                    await self._reading.wait()
                if not self._swallowing:
                    writer.write(data)
                    await writer.drain()
