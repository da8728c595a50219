"""The link to one PBX: connect, log in, resynchronise, watch, and do it again when it breaks.

    down ──connected, logged in──▶ syncing ──on_up returned──▶ up
     ▲                                │                         │
     └────── lost, ping unanswered ───┴─────────────────────────┘
    refused: the PBX said no to our account. Its own state, its own longer back-off, an alarm.

`on_lost` and `on_refused` are called once per outage, not once per attempt.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any

from .backoff import Backoff
from .errors import LinkError, LoginRefusedError, NotReadyError, OutcomeUnknownError
from .manager import AmiManager
from .message import AmiMessage
from .protocol import AmiProtocol, Handler
from .wire import MESSAGE_LIMIT

log = logging.getLogger(__name__)


class LinkState(StrEnum):
    DOWN = "down"
    REFUSED = "refused"
    SYNCING = "syncing"
    UP = "up"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Where the PBX is and how long to wait. ``tls`` None: plain TCP, for loopback only."""

    host: str = "127.0.0.1"
    port: int = 5038
    username: str = "dispatcher"
    secret: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None
    connect_ms: int = 3000
    login_ms: int = 3000
    action_ms: int = 5000
    ping_every_ms: int = 5000
    ping_ms: int = 4000
    ready_every_ms: int = 500
    retry_first_ms: int = 250
    retry_most_ms: int = 5000
    refused_first_ms: int = 5000
    refused_most_ms: int = 300_000
    message_limit: int = MESSAGE_LIMIT


def _nothing(*_: object) -> None:
    """No listener."""


@dataclass(slots=True)
class Listener:
    """Whom the link tells. ``on_up`` runs after each login, before the link counts as up: it
    resynchronises, and raises NotReadyError while the PBX is still starting. ``beat`` gives the
    actions sent with each ping."""

    handlers: Mapping[bytes, Handler]
    on_up: Callable[[], Awaitable[None]]
    on_lost: Callable[[str], None] = _nothing
    on_refused: Callable[[str], None] = _nothing
    beat: Callable[[], list[dict[str, Any]]] = list


class Link:
    """Keeps one connection alive until `close`.

    ``round_trip_ms`` is the last ping's; ``why`` the reason of the last loss or refusal.
    """

    def __init__(
        self, settings: LinkSettings, listener: Listener, random: Random | None = None
    ) -> None:
        self.settings = settings
        self.state = LinkState.DOWN
        self.why = ""
        self.round_trip_ms = 0.0
        self._listener = listener
        self._random = random or Random()
        self._task: asyncio.Task[None] | None = None
        self._told: LinkState | None = None
        self._up = asyncio.Event()
        self.manager = AmiManager(
            host=settings.host,
            port=settings.port,
            username=settings.username,
            secret=settings.secret,
            ssl=settings.tls,
            connect_ms=settings.connect_ms,
            login_ms=settings.login_ms,
            protocol_factory=self._protocol,
        )

    def start(self) -> None:
        """Begin to keep the link; returns at once."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep(), name="ami-link")

    async def close(self) -> None:
        """Stop for good: no connection and no attempt is left behind."""
        self.state = LinkState.CLOSED
        self._up.clear()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.manager.close()

    @property
    def up(self) -> bool:
        """Logged in, resynchronised, and not known to be lost."""
        return self._up.is_set()

    async def until_up(self, within_ms: int) -> bool:
        """Wait for the link; whether it is up in time."""
        try:
            async with asyncio.timeout(within_ms / 1000):
                await self._up.wait()
        except TimeoutError:
            return False
        return True

    async def act(self, fields: Mapping[str, Any], timeout_ms: int | None = None) -> AmiMessage:
        """Send one action, wait for its response (which may be an error: see `success`).

        Raises NotSentError, OutcomeUnknownError, ActionError.
        """
        future = self.manager.send_action(fields, as_list=False, timeout_ms=timeout_ms)
        answer: AmiMessage = await future
        return answer

    async def rows(self, fields: Mapping[str, Any]) -> list[AmiMessage]:
        """Send a list action, wait for all its rows. Raises ListRefusedError too."""
        rows: list[AmiMessage] = await self.manager.send_action(fields, as_list=True)
        return rows

    def route(self, handlers: Mapping[bytes, Handler]) -> None:
        """Send events to other handlers from the next message on (holding them in a resync)."""
        self._listener.handlers = handlers
        if self.manager.protocol is not None:
            self.manager.protocol.handlers = handlers

    # ------------------------------------------------------------ keeping it

    def _protocol(self) -> AmiProtocol:
        return AmiProtocol(
            self._listener.handlers,
            action_ms=self.settings.action_ms,
            message_limit=self.settings.message_limit,
        )

    async def _keep(self) -> None:
        s = self.settings
        retry = Backoff(s.retry_first_ms, s.retry_most_ms, self._random)
        refused = Backoff(s.refused_first_ms, s.refused_most_ms, self._random)
        while True:
            try:
                protocol = await self.manager.open()
            except LoginRefusedError as error:
                self._tell(LinkState.REFUSED, str(error))
                wait_ms = refused.next_ms()
            except Exception as error:
                self._tell(LinkState.DOWN, _reason(error))
                wait_ms = retry.next_ms()
            else:
                refused.reset()
                was_up, why = await self._serve(protocol)
                if was_up:
                    retry.reset()
                self._tell(LinkState.DOWN, why)
                wait_ms = retry.next_ms()
            await asyncio.sleep(wait_ms / 1000)

    async def _serve(self, protocol: AmiProtocol) -> tuple[bool, str]:
        """Work on a fresh login until it is lost; whether it ever was up, and why it ended."""
        self.state = LinkState.SYNCING
        protocol.lost.add_done_callback(lambda _: self._up.clear())
        work = asyncio.get_running_loop().create_task(self._work(), name="ami-work")
        over: set[asyncio.Future[Any]] = {work, protocol.lost}
        try:
            await asyncio.wait(over, return_when=asyncio.FIRST_COMPLETED)
            if work.done() and not protocol.lost.done():
                protocol.abort(_reason(work.exception()))
            why = await protocol.lost
        finally:
            was_up = self.state is LinkState.UP
            work.cancel()
            protocol.abort("closed by us")
            self.manager.down()
            await asyncio.wait(over)
        return was_up, why

    async def _work(self) -> None:
        while True:
            try:
                await self._listener.on_up()
                break
            except NotReadyError as error:
                if self.why != (why := f"the PBX is not ready: {error}"):
                    log.warning("%s", why)
                self.why = why
                await asyncio.sleep(self.settings.ready_every_ms / 1000)
        self.state, self._told, self.why = LinkState.UP, None, ""
        self._up.set()
        log.info("link to the PBX is up")
        while True:
            await self._ping()
            await asyncio.sleep(self.settings.ping_every_ms / 1000)

    async def _ping(self) -> None:
        loop = asyncio.get_running_loop()
        for action in self._listener.beat():
            self.manager.send_action(action, as_list=False)
        sent = loop.time()
        try:
            await self.act({"Action": "Ping"}, self.settings.ping_ms)
        except OutcomeUnknownError as error:
            raise LinkError(f"the PBX does not answer: {error}") from error
        self.round_trip_ms = (loop.time() - sent) * 1000

    def _tell(self, state: LinkState, why: str) -> None:
        """Enter a state of outage; the listener hears of it when it is a new one."""
        self.state, self.why = state, why
        if self._told is state:
            return
        self._told = state
        if state is LinkState.REFUSED:
            log.error(
                "the PBX refuses the account %r: %s; check the secret and the permit list in "
                "manager.conf",
                self.settings.username,
                why,
            )
            self._listener.on_refused(why)
        else:
            log.warning("link to the PBX is down: %s", why)
            self._listener.on_lost(why)


def _reason(error: BaseException | None) -> str:
    if isinstance(error, TimeoutError):
        return "no answer to the connection in time"
    if isinstance(error, LinkError | OSError):
        return str(error)
    return f"{type(error).__name__}"
