"""A small manager client for starting, checking and playing the city.

The service's own link (`dispatcher.adapters.asterisk`) is another thing: this one knows no
reconnecting and serves tools and tests. Source: Asterisk's AMI v2 specification.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TypeVar

from dispatcher.adapters.asterisk.embedded.errors import AmiError

Message = dict[str, str]
Predicate = Callable[[Message], bool]
T = TypeVar("T")
_BANNER = b"Asterisk Call Manager/"


class Ami:
    """One session. Repeated headers of a message are joined with line feeds.

    Events reach each function of ``listeners`` in order; ``history`` keeps all of them.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._answers: dict[str, asyncio.Future[Message]] = {}
        self._lists: dict[str, list[Message]] = {}
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._read())
        self.history: list[Message] = []
        self.listeners: list[Callable[[Message], None]] = []
        self.closed = asyncio.Event()

    @classmethod
    async def connect(
        cls, host: str, port: int, user: str, secret: str, deadline_s: float = 10
    ) -> Ami:
        """Connect and log in.

        Raises:
            AmiError: nothing answers, another protocol does, or the login is refused.
        """
        try:
            async with asyncio.timeout(deadline_s):
                reader, writer = await asyncio.open_connection(host, port)
                banner = await reader.readline()
        except (OSError, TimeoutError) as error:
            raise AmiError(f"no manager interface at {host}:{port}: {error}") from error
        if not banner.startswith(_BANNER):
            writer.close()
            raise AmiError(f"{host}:{port} is not an Asterisk manager (it says {banner!r})")
        ami = cls(reader, writer)
        answer = await ami.action("Login", Username=user, Secret=secret, deadline_s=deadline_s)
        if answer.get("Response") != "Success":
            await ami.close()
            raise AmiError(f"{host}:{port} refused the login of {user}: {answer.get('Message')}")
        return ami

    async def action(
        self,
        name: str,
        variables: Mapping[str, str] | None = None,
        deadline_s: float = 10,
        **headers: str,
    ) -> Message:
        """Send an action and return its answer.

        Raises:
            AmiError: no answer within ``deadline_s``, the session is gone, or a value holds
                a line break.
        """
        number = f"p{next(self._numbers)}"
        return await self._send(name, number, variables, deadline_s, headers)

    async def list(self, name: str, deadline_s: float = 10, **headers: str) -> Sequence[Message]:
        """The events of a list action, without its closing one; an error answer gives none."""
        number = f"p{next(self._numbers)}"
        self._lists[number] = []
        try:
            answer = await self._send(name, number, None, deadline_s, headers)
            if answer.get("Response") != "Success":
                return []
            await self._until(lambda: self._list_ended(number), deadline_s, name)
            return self._lists[number][:-1]
        finally:
            self._lists.pop(number, None)

    async def event(
        self, predicate: Predicate, deadline_s: float = 10, since: int = 0, what: str = "an event"
    ) -> Message:
        """The first event from ``history[since:]`` on that fits, waiting for it if need be."""
        position = since

        def found() -> Message | None:
            nonlocal position
            while position < len(self.history):
                position += 1
                if predicate(self.history[position - 1]):
                    return self.history[position - 1]
            return None

        return await self._until(found, deadline_s, what)

    async def get_variable(self, name: str, channel: str = "") -> str:
        """A global variable, a channel's, or a dialplan function's value; empty if none."""
        headers = {"Variable": name, **({"Channel": channel} if channel else {})}
        number = f"p{next(self._numbers)}"
        return (await self._send("Getvar", number, None, 10, headers)).get("Value", "")

    async def close(self) -> None:
        """End the session; pending actions fail."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)

    async def __aenter__(self) -> Ami:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _send(
        self,
        name: str,
        number: str,
        variables: Mapping[str, str] | None,
        deadline_s: float,
        headers: Mapping[str, str],
    ) -> Message:
        lines = [("Action", name), ("ActionID", number), *headers.items()]
        lines += [("Variable", f"{key}={value}") for key, value in (variables or {}).items()]
        if any(set(key + value) & set("\r\n\0") for key, value in lines):
            raise AmiError(f"{name}: a value holds a line break or NUL")
        if self.closed.is_set():
            raise AmiError(f"{name}: the manager session has ended")
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[number] = future
        text = "".join(f"{key}: {value}\r\n" for key, value in lines) + "\r\n"
        try:
            self._writer.write(text.encode())
            async with asyncio.timeout(deadline_s):
                return await future
        except (OSError, TimeoutError) as error:
            raise AmiError(f"{name}: no answer within {deadline_s} s") from error
        finally:
            self._answers.pop(number, None)

    async def _until(self, found: Callable[[], T | None], deadline_s: float, what: str) -> T:
        try:
            async with asyncio.timeout(deadline_s):
                while (value := found()) is None:
                    if self.closed.is_set():
                        raise AmiError(f"{what}: the manager session has ended")
                    self._changed.clear()
                    await self._changed.wait()
                return value
        except TimeoutError:
            raise AmiError(f"{what} did not come within {deadline_s} s") from None

    def _list_ended(self, number: str) -> bool | None:
        events = self._lists[number]
        return True if events and events[-1].get("EventList") == "Complete" else None

    async def _read(self) -> None:
        try:
            while True:
                raw = await self._reader.readuntil(b"\r\n\r\n")
                self._take(_parse(raw))
                self._changed.set()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self.closed.set()
            self._changed.set()
            for future in self._answers.values():
                if not future.done():
                    future.set_exception(AmiError("the manager session has ended"))

    def _take(self, message: Message) -> None:
        number = message.get("ActionID", "")
        if "Response" in message and number in self._answers:
            if not self._answers[number].done():
                self._answers[number].set_result(message)
        elif number in self._lists:
            self._lists[number].append(message)
        elif "Event" in message:
            self.history.append(message)
            for listener in self.listeners:
                listener(message)


def _parse(raw: bytes) -> Message:
    message: Message = {}
    for line in raw.decode("utf-8", errors="replace").split("\r\n"):
        key, colon, value = line.partition(":")
        if not colon:
            continue
        value = value.removeprefix(" ")
        message[key] = f"{message[key]}\n{value}" if key in message else value
    return message
