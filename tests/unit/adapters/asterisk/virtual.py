"""A world without sockets and without waiting: virtual time, and a scripted manager port.

`VirtualLoop` jumps to the next timer when nothing else is to do; when nothing will ever happen
again it raises `Hung`. Its connections lead to a `FakePbx`. Both stock panoramisk and our link
run on it unchanged, which is how the hazards are shown in the one and absent in the other.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Hung(Exception):
    """Everybody waits for something that nobody will do."""


def listed(*rows: str) -> str:
    """The answer to a list action, with these events as its rows."""
    head = "Response: Success\nEventList: start"
    return "\n\n".join([head, *rows, "Event: ListComplete\nEventList: Complete"])


class FakeTransport(asyncio.Transport):
    """Behaves like asyncio's socket transport, errors in `data_received` included."""

    def __init__(self, loop: "VirtualLoop", protocol: asyncio.Protocol, far: "Connection") -> None:
        super().__init__()
        self._loop, self._protocol, self._far, self._closing = loop, protocol, far, False

    def write(self, data: bytes) -> None:
        if not self._closing:
            self._far.received(bytes(data))

    def is_closing(self) -> bool:
        return self._closing

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def close(self) -> None:
        self.end(None)

    def abort(self) -> None:
        self.end(None)

    def end(self, error: BaseException | None) -> None:
        if not self._closing:
            self._closing = self._far.closed = True
            self._loop.call_soon(self._protocol.connection_lost, error)

    def arrive(self, data: bytes) -> None:
        if self._closing:
            return
        try:
            self._protocol.data_received(data)
        except Exception as error:
            self.end(error)


class Connection:
    """The PBX's end of one connection."""

    def __init__(self, pbx: "FakePbx") -> None:
        self.pbx = pbx
        self.closed = False
        self.bytes = b""
        self.actions: list[dict[str, str]] = []
        self._rest = b""
        self.transport: FakeTransport

    def send(self, *reads: bytes) -> None:
        """Each argument is what one read of the client returns."""
        for data in reads:
            self.pbx.loop.call_soon(self.transport.arrive, data)

    def drop(self) -> None:
        self.pbx.loop.call_soon(self.transport.end, None)

    def received(self, data: bytes) -> None:
        self.bytes += data
        *complete, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for text in complete:
            lines = [line.partition(": ") for line in text.decode().split("\r\n") if line]
            self._act({name: content for name, _, content in lines})

    def _act(self, action: dict[str, str]) -> None:
        self.actions.append(action)
        self.pbx.changed()
        if self.pbx.silent:
            return
        answer = self.pbx.answers.get(action.get("Action", ""), "Response: Success")
        if callable(answer):
            answer = answer(action)
        for message in filter(None, answer.split("\n\n")):
            first, *more = message.split("\n")
            lines = [first, f"ActionID: {action.get('ActionID', '')}", *more]
            self.send("\r\n".join(lines).encode() + b"\r\n\r\n")
        if action.get("Action") == "Login" and "Error" in answer:
            self.drop()


class FakePbx:
    """Accepts connections, greets, answers every action with Success unless told otherwise.

    ``answers`` maps an action to its answer or a function giving it: lines parted by LF, the
    messages of a list by a blank line, '' for no answer.
    ``refuse`` is raised at each attempt to connect; with ``deaf`` attempts never end; when
    ``silent`` it takes everything and says nothing.
    """

    def __init__(self, loop: "VirtualLoop") -> None:
        self.loop = loop
        self.banner = b"Asterisk Call Manager/11.0.0\r\n"
        self.answers: dict[str, str | Callable[[dict[str, str]], str]] = {}
        self.connections: list[Connection] = []
        self.attempts: list[float] = []
        self.refuse: Exception | None = None
        self.deaf = self.silent = False
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def actions(self) -> list[dict[str, str]]:
        return [action for connection in self.connections for action in connection.actions]

    def sent(self, name: str) -> list[dict[str, str]]:
        return [action for action in self.actions if action.get("Action") == name]

    def changed(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def until(self, condition: Callable[[], bool], within_s: float = 600) -> bool:
        """Wait in virtual time for a condition on what has arrived; whether it came true."""
        end = self.loop.time() + within_s
        while not condition():
            waiter = self.loop.create_future()
            self._waiting.append(waiter)
            await asyncio.wait({waiter}, timeout=min(1, end - self.loop.time()))
            if self.loop.time() >= end:
                return condition()
        return True


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only when there is nothing else to do."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1000.0
        self.pbx = FakePbx(self)

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready and not self._stopping:
            live = [timer for timer in self._scheduled if not timer.cancelled()]
            if not live:
                raise Hung("nothing will ever happen again")
            self._now = max(self._now, min(timer.when() for timer in live))
        super()._run_once()

    async def create_connection(self, factory: Any, *_: Any, **__: Any) -> Any:
        pbx = self.pbx
        pbx.attempts.append(self.time())
        if pbx.deaf:
            await self.create_future()
        if pbx.refuse is not None:
            raise pbx.refuse
        connection = Connection(pbx)
        protocol = factory()
        connection.transport = FakeTransport(self, protocol, connection)
        pbx.connections.append(connection)
        protocol.connection_made(connection.transport)
        if pbx.banner:
            connection.send(pbx.banner)
        return connection.transport, protocol


def run(story: Callable[[VirtualLoop], Coroutine[Any, Any, None]]) -> None:
    """Play a story on a loop of its own; nothing of it survives."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    loop.set_exception_handler(lambda *_: None)
    try:
        loop.run_until_complete(story(loop))
    finally:
        _end(loop)
        asyncio.set_event_loop(None)


def _end(loop: VirtualLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()
