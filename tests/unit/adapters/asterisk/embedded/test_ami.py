"""The small manager client against a server of the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from dispatcher.adapters.asterisk.embedded.ami import Ami
from dispatcher.adapters.asterisk.embedded.errors import AmiError

Answer = Callable[[dict[str, str], asyncio.StreamWriter], Awaitable[None]]


async def say(writer: asyncio.StreamWriter, *lines: str) -> None:
    writer.write("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n")
    await writer.drain()


async def accept(action: dict[str, str], writer: asyncio.StreamWriter) -> None:
    await say(writer, "Response: Success", f"ActionID: {action['ActionID']}")


@asynccontextmanager
async def server(answer: Answer, banner: str = "Asterisk Call Manager/11") -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{banner}\r\n".encode())
        try:
            while True:
                raw = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = (line.partition(": ") for line in raw.splitlines())
                pairs = [(key, value) for key, colon, value in lines if colon]
                await answer(dict(pairs), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with running:
        yield running.sockets[0].getsockname()[1]


async def connect(port: int) -> Ami:
    return await Ami.connect("127.0.0.1", port, "u", "s", deadline_s=2)


async def test_a_list_gathers_its_events_and_an_error_gives_none() -> None:
    async def answer(action: dict[str, str], writer: asyncio.StreamWriter) -> None:
        number = f"ActionID: {action['ActionID']}"
        if action["Action"] == "ConfbridgeList":
            await say(writer, "Response: Error", number)
            return
        await accept(action, writer)
        if action["Action"] == "Status":
            await say(writer, "Event: Status", number, "Channel: 宣城")
            await say(writer, "Event: StatusComplete", number, "EventList: Complete")

    async with server(answer) as port, await connect(port) as ami:
        assert [event["Channel"] for event in await ami.list("Status")] == ["宣城"]
        assert await ami.list("ConfbridgeList", Conference="x") == []


async def test_an_event_of_the_past_is_found_and_a_missing_one_is_named() -> None:
    async def answer(action: dict[str, str], writer: asyncio.StreamWriter) -> None:
        await accept(action, writer)
        await say(writer, "Event: Hangup", "Cause: 16", "Variable: a=1", "Variable: b=2")

    async with server(answer) as port, await connect(port) as ami:
        event = await ami.event(lambda event: event["Event"] == "Hangup")
        assert event["Variable"] == "a=1\nb=2"
        with pytest.raises(AmiError, match="the moon did not come"):
            await ami.event(lambda event: False, deadline_s=0.01, what="the moon")


async def test_a_line_break_in_a_value_is_refused() -> None:
    async with server(accept) as port, await connect(port) as ami:
        with pytest.raises(AmiError, match="line break"):
            await ami.action("Setvar", Variable="A", Value="x\r\n\r\nAction: Hangup")


async def test_a_refused_login_a_stranger_and_silence_are_told_apart() -> None:
    async def refuse(action: dict[str, str], writer: asyncio.StreamWriter) -> None:
        number = f"ActionID: {action['ActionID']}"
        await say(writer, "Response: Error", number, "Message: Authentication failed")

    async with server(refuse) as port:
        with pytest.raises(AmiError, match="refused the login of u: Authentication failed"):
            await connect(port)
    async with server(accept, "SSH-2.0-x") as port:
        with pytest.raises(AmiError, match="is not an Asterisk manager"):
            await connect(port)
    with pytest.raises(AmiError, match="no manager interface"):
        await connect(1)


async def test_a_session_that_ends_fails_what_is_pending() -> None:
    async def hang_up(action: dict[str, str], writer: asyncio.StreamWriter) -> None:
        if action["Action"] == "Login":
            await accept(action, writer)
        else:
            writer.close()

    async with server(hang_up) as port, await connect(port) as ami:
        with pytest.raises(AmiError, match="ended"):
            await ami.action("Ping")
        with pytest.raises(AmiError, match="ended"):
            await ami.action("Ping")
