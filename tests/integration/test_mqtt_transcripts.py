"""A speech engine speaks over a real Mosquitto: the class stands on the screen as it listens."""

import asyncio
import json
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from dispatcher import resources
from dispatcher.adapters.memory.store import MemoryStore
from dispatcher.adapters.mqtt.transcripts import ERRORS_TOPIC, Broker, follow_transcripts
from dispatcher.adapters.text.classifier import TextClassifier
from dispatcher.clock import SystemClock
from dispatcher.frontdesk import FrontDesk
from dispatcher.ports import Frame
from dispatcher.service import Service
from dispatcher.testing.fake_phones import FakePhones
from dispatcher.testing.sample_rules import sample_rules

DEADLINE_S = 10


@dataclass
class Mosquitto:
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/sbin")
        assert program, (
            "mosquitto is missing: python tests/servers.py (or apt-get install mosquitto)"
        )
        self.process = subprocess.Popen(
            [program, "-p", str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@dataclass
class Site:
    broker: Mosquitto
    phones: FakePhones
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, frames: Any) -> None:
        for frame in frames:
            assert isinstance(frame, Frame)
            if frame.kind == "call":
                self.calls[frame.key] = dict(frame.data)
        self.changed.set()

    def tell(self, key: str, state: str, reason: str) -> None:
        self.states.append(state)
        self.changed.set()

    async def until(self, holds: Any) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not holds():
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    broker = Mosquitto(port)
    broker.start()
    clock = SystemClock()
    phones = FakePhones(clock)
    service = Service(MemoryStore(), phones, clock, sample_rules())
    desk = FrontDesk(service, TextClassifier.load(Path(resources.folder("rules"))))
    await desk.start()
    site = Site(broker, phones)
    service.hub.subscribe(site.take)
    feed = asyncio.create_task(
        follow_transcripts(Broker("127.0.0.1", port), "hotline/transcripts/#", desk, site.tell)
    )
    await site.until(lambda: "up" in site.states)
    yield site
    feed.cancel()
    await asyncio.gather(feed, return_exceptions=True)
    await service.stop()
    broker.stop()


async def call_of(site: Site) -> str:
    site.phones.call("19900000001")
    await site.until(lambda: site.calls)
    return next(iter(site.calls))


async def test_fragments_and_corrections_change_the_class_as_they_come(site: Site) -> None:
    call = await call_of(site)
    async with aiomqtt.Client("127.0.0.1", site.broker.port) as engine:
        for seq, text in enumerate(("喂你好", "厨房一股臭鸡蛋", "厨房一股臭鸡蛋味头晕")):
            said = {"call": call, "segment": "u1", "seq": seq, "text": text}
            await engine.publish("hotline/transcripts/engine1", json.dumps(said))
    await site.until(lambda: "臭鸡蛋味" in site.calls[call].get("transcript", ""))
    shown = site.calls[call]["classification"]
    assert (shown["class"], shown["category"]) == ("EMERGENCY_MAJOR", "E2.GAS")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff\xfe", "JSON"),
        (b"[1]", "object"),
        (b'{"call":"x"}', "segment"),
        (b'{"call":"x","segment":"u","seq":1,"wings":2}', "wings"),
    ],
)
async def test_a_bad_message_is_answered_and_stops_nothing(
    site: Site, payload: bytes, reason: str
) -> None:
    call = await call_of(site)
    async with aiomqtt.Client("127.0.0.1", site.broker.port) as engine:
        await engine.subscribe(ERRORS_TOPIC)
        await engine.publish("hotline/transcripts/engine1", payload)
        async with asyncio.timeout(DEADLINE_S):
            answer = await anext(aiter(engine.messages))
        assert reason in json.loads(bytes(answer.payload))["error"]  # type: ignore[arg-type]
        good = {"call": call, "segment": "u1", "seq": 1, "text": "电梯里关着人"}
        await engine.publish("hotline/transcripts/engine1", json.dumps(good))
    await site.until(lambda: site.calls[call].get("classification"))


async def test_a_broker_that_restarts_is_found_again(site: Site) -> None:
    site.broker.stop()
    await site.until(lambda: site.states[-1] == "down")
    site.broker.start()
    await site.until(lambda: site.states[-1] == "up")
