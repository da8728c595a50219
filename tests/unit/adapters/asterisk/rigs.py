"""The same story on our link and on stock panoramisk: one set of words for both."""

from typing import Any

from panoramisk import Manager

from dispatcher.adapters.asterisk.errors import LinkError
from dispatcher.adapters.asterisk.link import Link, LinkSettings, Listener

from .virtual import Connection, VirtualLoop


async def _nothing() -> None:
    """No resync."""


class OurRig:
    """Our link, its manager registered for every event."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop, self.pbx = loop, loop.pbx
        self.events: list[Any] = []
        self.lost: list[str] = []
        self.refused: list[str] = []
        self.link = Link(
            LinkSettings(secret="not-a-secret"),
            Listener({}, _nothing, self.lost.append, self.refused.append),
        )
        self.manager = self.link.manager

    def on_login(self, function: Any) -> None:
        async def on_up() -> None:
            await function(self.manager)

        self.link._listener.on_up = on_up

    async def start(self) -> Connection:
        self.manager.register_event("*", lambda _, event: self.events.append(event))
        self.link.start()
        assert await self.pbx.until(lambda: bool(self.pbx.sent("Ping")))
        return self.pbx.connections[-1]

    def begin(self) -> None:
        self.link.start()

    async def close(self) -> None:
        await self.link.close()

    def buffered(self) -> int:
        protocol = self.manager.protocol
        return len(protocol._framer._buffer) if protocol else 0

    def pending(self) -> int:
        return len(self.manager.protocol._pending)

    def version(self) -> str:
        return str(self.manager.protocol.banner)

    failures = LinkError


class StockRig:
    """panoramisk as it comes."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop, self.pbx = loop, loop.pbx
        self.events: list[Any] = []
        self.refused: list[str] = []
        self.config: dict[str, Any] = {"loop": loop, "username": "u", "secret": "not-a-secret"}
        self.manager = Manager(**self.config)

    def on_login(self, function: Any) -> None:
        self.manager.on_login = function

    async def start(self) -> Connection:
        self.manager.register_event("*", lambda _, event: self.events.append(event))
        self.manager.connect()
        assert await self.pbx.until(lambda: self.manager.authenticated)
        return self.pbx.connections[-1]

    def begin(self) -> None:
        self.manager.connect()

    async def close(self) -> None:
        self.manager.close()

    def buffered(self) -> int:
        return sum(map(len, self.manager.protocol.queue))

    def pending(self) -> int:
        return len(self.manager.protocol.responses)

    def version(self) -> str:
        return str(self.manager.protocol.version or "")

    failures = LinkError
