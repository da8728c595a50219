"""A speech engine's transcripts over MQTT: each message is one command of the front desk.

Messages are JSON as `docs/classification.md` describes. A bad one is answered on
``<topic>/errors`` with its reason and stops nothing. The broker acknowledges before our code has
run, so a lost message is a lost fragment: the engine's next one of that segment replaces it.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiomqtt
import msgspec
import structlog

from ...ports import Actor, Commands

log = structlog.get_logger()

ENGINE = Actor("speech-engine", "语音转写", "agent")
ERRORS_TOPIC = "hotline/transcript-errors"
RETRY_FIRST_S, RETRY_MOST_S = 0.5, 30.0


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is. ``tls`` None: plain TCP, for a trusted network only."""

    host: str
    port: int = 1883
    user: str = ""
    secret: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None


async def follow_transcripts(
    broker: Broker,
    topic: str,
    commands: Commands,
    tell: Callable[[str, str, str], None],
) -> None:
    """Until cancelled: subscribe, feed, reconnect with back-off.

    ``tell(key, state, reason)`` shows on every screen whether the feed is up.
    """
    pause = RETRY_FIRST_S
    while True:
        try:
            async with _client(broker) as client:
                await client.subscribe(topic, qos=1)
                tell("transcripts", "up", "")
                pause = RETRY_FIRST_S
                async for message in client.messages:
                    await _take(client, message, commands)
        except aiomqtt.MqttError as error:
            log.warning("transcripts: broker not reached", reason=str(error))
            tell("transcripts", "down", f"{broker.host}:{broker.port}: {error}")
        await asyncio.sleep(pause)
        pause = min(pause * 2, RETRY_MOST_S)


def _client(broker: Broker) -> aiomqtt.Client:
    return aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.user or None,
        password=broker.secret or None,
        tls_context=broker.tls,
        protocol=aiomqtt.ProtocolVersion.V5,
    )


async def _take(client: aiomqtt.Client, message: aiomqtt.Message, commands: Commands) -> None:
    raw = message.payload if isinstance(message.payload, bytes) else str(message.payload).encode()
    reason = await _feed(raw, commands)
    if reason:
        answer: dict[str, Any] = {"topic": str(message.topic), "error": reason}
        await client.publish(ERRORS_TOPIC, msgspec.json.encode(answer), qos=1)


async def _feed(raw: bytes, commands: Commands) -> str:
    """'' or why the message cannot be used."""
    try:
        row = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"is not JSON: {error}"
    if not isinstance(row, dict):
        return "is not a JSON object"
    result = await commands.execute("transcript", row, ENGINE)
    return "" if result.ok else result.message_en
