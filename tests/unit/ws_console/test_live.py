"""Recordings and conversations over HTTP: who may, by which part of a file, and what is shown."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from dispatcher.core.errors import Refused
from dispatcher.ports import Actor, Frame
from ws_console.gateway import rights
from ws_console.gateway.accounts import Accounts
from ws_console.gateway.live import conversations, recordings_router
from ws_console.gateway.rest import COOKIE


class Documents:
    """Users and sessions in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, dict[str, Any]]] = {}

    async def put_document(self, kind: str, key: str, value: Any) -> None:
        self.kept.setdefault(kind, {})[key] = value

    async def documents(self, kind: str) -> dict[str, dict[str, Any]]:
        return dict(self.kept.get(kind, {}))


class Recorded:
    """One recording, for shift leaders only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[tuple[str, str]] = []

    async def recordings(self, case: str, actor: Actor, before: str = "") -> list[dict[str, Any]]:
        found = [{"id": "call-1.1", "case": case}] if actor.role == "supervisor" else []
        return [x for x in found if not before or x["id"] < before]

    async def recording(self, recording: str, actor: Actor) -> Path:
        self.asked.append((recording, actor.id))
        if recording != "call-1.1":
            raise Refused("NO_SUCH_RECORDING", "没有", "none")
        if actor.role != "supervisor":
            raise Refused("NOT_ALLOWED", "无权", "not allowed")
        return self.path


@pytest.fixture
async def accounts() -> Accounts:
    made = Accounts(Documents())
    for role in ("supervisor", "agent"):
        await made.put_user(role, "a long password", "测试甲", role)
    return made


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    path = tmp_path / "x.wav"
    path.write_bytes(bytes(range(200)))
    return Recorded(path)


@pytest.fixture
async def client(accounts: Accounts, recorded: Recorded) -> AsyncIterator[AsyncClient]:
    app = FastAPI()
    app.include_router(recordings_router(accounts, recorded))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as made:
        yield made


async def sign_in(client: AsyncClient, accounts: Accounts, user: str) -> None:
    token, _ = await accounts.sign_in(user, "a long password", "test")
    client.cookies.set(COOKIE, token)


async def test_nobody_hears_anything_without_a_session(client: AsyncClient) -> None:
    assert (await client.get("/api/recordings")).status_code == 401
    assert (await client.get("/api/recordings/call-1.1")).status_code == 401


async def test_a_part_of_a_file_may_be_asked_for(client: AsyncClient, accounts: Accounts) -> None:
    await sign_in(client, accounts, "supervisor")
    assert (await client.get("/api/recordings", params={"case": "C"})).json() == [
        {"id": "call-1.1", "case": "C"}
    ]
    older = await client.get("/api/recordings", params={"before": "call-1.1"})
    assert (older.status_code, older.json()) == (200, [])
    whole = await client.get("/api/recordings/call-1.1")
    assert (whole.status_code, len(whole.content)) == (200, 200)
    assert whole.headers["content-type"] == "audio/wav"
    assert whole.headers["cache-control"] == "no-store"
    part = await client.get("/api/recordings/call-1.1", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert part.headers["content-range"] == "bytes 10-19/200"


async def test_refusals_say_which(
    client: AsyncClient, accounts: Accounts, recorded: Recorded
) -> None:
    await sign_in(client, accounts, "agent")
    assert (await client.get("/api/recordings")).json() == []
    refused = await client.get("/api/recordings/call-1.1")
    assert (refused.status_code, refused.json()["detail"]["code"]) == (403, "NOT_ALLOWED")
    assert (await client.get("/api/recordings/call-9")).status_code == 404
    assert recorded.asked == [("call-1.1", "agent"), ("call-9", "agent")]


def call(**more: Any) -> dict[str, Any]:
    view = {"id": "1.1", "number": "19900000001", "case": None, "agent": "agent1"}
    times = {"state": "talking", "arrived_at": 1, "answered_at": 2, "listeners": []}
    return {**view, **times, **more}


def test_a_conversation_lists_its_parties_and_since_when() -> None:
    ear = [{"seat": "agent4", "name": "测试班长", "mode": "listen", "since": 9}]
    frames = [Frame("call", 0, "1.1", call(listeners=ear)), Frame("call", 0, "1.2", {})]
    (talk,) = conversations(frames, "supervisor")
    assert [(x["party"], x["who"], x["since"]) for x in talk["parties"]] == [
        ("requester", "19900000001", 1),
        ("agent", "agent1", 2),
        ("supervisor", "agent4", 9),
    ]


def test_an_auditor_sees_no_number() -> None:
    (talk,) = conversations([Frame("call", 0, "1.1", call())], "auditor")
    assert talk["parties"][0]["who"] == "***0001"
    shown = rights.render("callback", {"number": "19900000001"}, "auditor")
    assert shown["number"] == "***0001"
    assert not rights.visible("recording", {}, "agent")


def test_a_waiting_call_is_no_conversation() -> None:
    assert conversations([Frame("call", 0, "1.1", call(state="queued"))], "agent") == []
