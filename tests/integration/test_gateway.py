"""The gateway as a browser and a program meet it: real uvicorn, real websockets, real service."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dispatcher.adapters.memory.store import MemoryStore
from dispatcher.clock import SystemClock
from dispatcher.demo.client import CommandFailed, ConsoleClient
from dispatcher.frontdesk import FrontDesk
from dispatcher.service import Service
from dispatcher.testing.fake_phones import FakePhones
from dispatcher.testing.sample_rules import sample_rules
from ws_console.gateway.app import Gateway

PASSWORD = "test-12345"


@dataclass
class Site:
    address: str
    phones: FakePhones
    gateway: Gateway
    service: Service

    @property
    def ws(self) -> str:
        return self.address.replace("http", "ws") + "/ws"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>12345</title>")
    (tmp_path / "assets" / "a.js").write_text("1")
    clock = SystemClock()
    phones = FakePhones(clock)
    store = MemoryStore()
    service = Service(store, phones, clock, sample_rules())
    desk = FrontDesk(service)
    await desk.start()
    gateway = Gateway(desk, desk, store, tmp_path)
    for user, role in (("agent1", "agent"), ("leader", "supervisor"), ("auditor", "auditor")):
        await gateway.accounts.put_user(user, PASSWORD, user, role, "agent1")
    config = uvicorn.Config(
        gateway.app, port=0, ws="websockets-sansio", log_config=None, lifespan="off",
        ws_max_size=1 << 20, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(40):
        while not server.started:
            await asyncio.wait((serving,), timeout=0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(f"http://127.0.0.1:{port}", phones, gateway, service)
    server.should_exit = True
    await serving
    gateway.close()
    await service.stop()


async def sign_in(site: Site, user: str = "agent1") -> str:
    async with httpx.AsyncClient(base_url=site.address) as http:
        answer = await http.post("/api/session", json={"user": user, "password": PASSWORD})
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        return cookie.split(";")[0]


async def frames_until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(40):
        while True:
            for frame in json.loads(await socket.recv()):
                if frame["kind"] == kind:
                    found: dict[str, Any] = frame
                    return found


async def test_pages_deep_links_and_files(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.address) as http:
        for path in ("/", "/case/01ABC", "/wall"):
            answer = await http.get(path)
            assert "12345" in answer.text
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert (await http.get("/assets/a.js")).text == "1"
        outside = await http.get("/..%2f..%2f..%2fetc/passwd")
        assert "root:" not in outside.text
        missing = await http.get("/api/nothing")
        assert missing.status_code == 404
        assert missing.json()["code"] == "NO_SUCH_PATH"
        assert (await http.get("/api/openapi.json")).json()["paths"]["/api/session"]


async def test_nothing_but_health_without_a_session(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.address) as http:
        assert (await http.get("/api/health")).status_code == 200
        for path in ("/api/session", "/api/directory", "/api/cases", "/api/cases/x"):
            answer = await http.get(path)
            assert (answer.status_code, answer.json()["code"]) == (401, "SIGNED_OUT")


async def test_a_socket_without_session_or_with_a_foreign_origin_is_refused(site: Site) -> None:
    async with connect(site.ws) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
    cookie = await sign_in(site)
    with pytest.raises(InvalidStatus):
        await connect(site.ws, additional_headers={"Cookie": cookie}, origin="http://evil.test")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("not json", "NOT_JSON"),
        ("[1]", "NOT_OBJECT"),
        ('{"id":1,"cmd":7}', "BAD_COMMAND"),
        ('{"id":1,"cmd":"fly","args":{}}', "NO_SUCH_COMMAND"),
        ('{"id":1,"cmd":"withdraw","args":{"case":"x"}}', "BAD_VALUE"),
        ('{"id":1,"cmd":"withdraw","args":{"case":"x","wings":2}}', "UNKNOWN_FIELD"),
        ('{"id":1,"cmd":"take_over","args":{"case":"x","reason":"y"}}', "NOT_ALLOWED"),
        ('{"id":1,"cmd":"close_case","args":{"case":"x","reason":"y"}}', "NO_SUCH_CASE"),
        ('{"id":1,"cmd":"x","args":{"a":"' + "x" * 300_000 + '"}}', "TOO_LARGE"),
    ],
)
async def test_a_bad_message_is_answered_with_its_place_and_the_socket_lives(
    site: Site, message: str, code: str
) -> None:
    cookie = await sign_in(site)
    async with connect(site.ws, additional_headers={"Cookie": cookie}) as socket:
        await frames_until(socket, "snapshot")
        await socket.send(message)
        reply = await frames_until(socket, "reply")
        assert reply["code"] == code
        assert reply["message_zh"]
        await socket.send('{"id":2,"cmd":"fly","args":{}}')
        assert (await frames_until(socket, "reply"))["re"] == 2


async def test_a_call_becomes_a_case_on_every_screen(site: Site) -> None:
    async with (
        ConsoleClient(site.address, "agent1", PASSWORD) as agent,
        ConsoleClient(site.address, "leader", PASSWORD) as leader,
    ):
        call = await _talking(site, agent)
        opened = await agent.command(
            "open_emergency",
            call=call["id"],
            **{"class": "EMERGENCY_MAJOR"},
            category="E2.GAS",
            district="xuanzhou",
            text="<script>alert(1)</script>\r\nAction: Hangup",
        )
        case = await leader.until(lambda: leader.cases.get(opened["case"]))
        assert case["number"] == opened["number"]
        assert case["clock"]["due_at"] - case["clock"]["basis_at"] == 600_000
        assert "\r" not in case["text"]
        with pytest.raises(CommandFailed, match="NO_SUCH_UNIT"):
            await agent.command("hand_over", case=opened["case"], unit="nobody", role="assisting")


async def test_replay_after_a_drop_shows_the_present_under_the_rights_of_now(site: Site) -> None:
    async with ConsoleClient(site.address, "agent1", PASSWORD) as agent:
        call = await _talking(site, agent)
        opened = await agent.command(
            "open_emergency", call=call["id"], **{"class": "EMERGENCY_MAJOR"},
            category="E2.GAS", district="xuanzhou", address="水阳镇一号",
        )  # fmt: skip
        await agent.until(lambda: agent.cases.get(opened["case"]))
    cookie = await sign_in(site, "auditor")
    url = f"{site.ws}?after=1"
    async with connect(url, additional_headers={"Cookie": cookie}) as socket:
        snapshot = await frames_until(socket, "snapshot")
        assert snapshot["live"] is True
        case = await frames_until(socket, "case")
        assert case["key"] == opened["case"]
        assert case["data"]["address"] == "***"
        assert case["seq"] > case["prev"] >= 1


async def test_signing_out_closes_the_door_for_commands(site: Site) -> None:
    cookie = await sign_in(site)
    async with connect(site.ws, additional_headers={"Cookie": cookie}) as socket:
        await frames_until(socket, "snapshot")
        async with httpx.AsyncClient(base_url=site.address, headers={"Cookie": cookie}) as http:
            assert (await http.delete("/api/session")).status_code == 200
        await socket.send('{"id":1,"cmd":"keep","args":{}}')
        assert (await frames_until(socket, "reply"))["code"] == "SIGNED_OUT"


async def test_rest_commands_and_limits(site: Site) -> None:
    cookie = await sign_in(site)
    async with httpx.AsyncClient(base_url=site.address, headers={"Cookie": cookie}) as http:
        big = await http.post("/api/commands/keep", content=b"x" * 300_000)
        assert (big.status_code, big.json()["code"]) == (413, "TOO_LARGE")
        bad = await http.post("/api/commands/withdraw", content=b"{")
        assert (bad.status_code, bad.json()["code"]) == (400, "NOT_JSON")
        missing = await http.post("/api/commands/withdraw", json={"case": "x"})
        assert (missing.status_code, missing.json()["field"]) == (409, "assignment")
        wrong = await http.post("/api/session", json={"user": "agent1"})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "password")


async def test_a_console_that_stops_reading_delays_nobody(site: Site) -> None:
    cookie = await sign_in(site)
    stalled = await connect(site.ws, additional_headers={"Cookie": cookie}, max_queue=1)
    try:
        async with ConsoleClient(site.address, "leader", PASSWORD) as leader:
            for n in range(300):
                site.service.show_status("rules", f"state{n}", "x" * 20_000)
                await asyncio.sleep(0)
            await leader.until(lambda: leader.statuses.get("rules", {}).get("state") == "state299")
    finally:
        stalled.transport.abort()


async def _talking(site: Site, console: ConsoleClient) -> dict[str, Any]:
    """A caller whom agent1 has answered."""
    phone = site.phones.agent("agent1")
    site.phones.call("19900000001")
    await console.until(lambda: (c := console.call_of("19900000001")) and c["state"] == "ringing")
    phone.answer()
    found: dict[str, Any] = await console.until(
        lambda: (c := console.call_of("19900000001")) and c["state"] == "talking" and c
    )
    return found
