"""The protocol we give to panoramisk's Manager in place of its own, through `protocol_factory`.

Bytes are cut by `wire.Framer`, events go as bytes to the handler of their name, in order, one at
a time. Every action has a deadline; when the link goes, what is pending fails as unknown and is
never sent again.
"""

import asyncio
import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from panoramisk.actions import Action

from .errors import ListRefusedError, NotSentError, OutcomeUnknownError
from .message import AmiMessage
from .wire import EOL, MESSAGE_LIMIT, Framer, encode_action, key, value

Handler = Callable[[bytes], None]

WRITE_LIMIT = 1 << 20
"""Bytes that may wait to be written: more means that the peer has stopped reading."""

_ACTION_ID = key("ActionID")
_EVENT_LIST = key("EventList")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Pending:
    action: Any
    timer: asyncio.TimerHandle
    as_list: bool | None
    rows: list[AmiMessage] = field(default_factory=list)


def log_fault(name: str, error: Exception) -> None:
    """Where following an event failed, without the exception's text: it may be personal."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error(
        "following %s failed with %s; what comes after it goes on\n%s",
        name[:40],
        type(error).__name__,
        where,
    )


class AmiProtocol(asyncio.Protocol):
    """One connection to the manager port.

    ``handlers`` maps event names to functions of the event's bytes; the mapping may be replaced
    at any moment. ``others`` gets (name, bytes) of every event after that, if set. ``lost``
    resolves, with the reason, when the connection is over; what was pending fails after it, so
    that whoever asked finds the link known to be down.
    """

    def __init__(
        self,
        handlers: Mapping[bytes, Handler],
        *,
        action_ms: int = 5000,
        message_limit: int = MESSAGE_LIMIT,
        others: Callable[[bytes, bytes], None] | None = None,
    ) -> None:
        self.handlers = handlers
        self.others = others
        self.factory: object = None
        self.transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._framer = Framer(message_limit)
        self._action_ms = action_ms
        self._pending: dict[str, _Pending] = {}
        self._lists = 0
        self._why = ""

    # ------------------------------------------------------------ asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=WRITE_LIMIT)

    def data_received(self, data: bytes) -> None:
        handlers = self.handlers
        for message in self._framer.feed(data):
            if message[:7] == b"Event: ":
                end = message.find(EOL, 7)
                name = message[7:end] if end >= 0 else message[7:]
                if self._lists and self._row(message):
                    continue
                handler = handlers.get(name)
                if handler is not None:
                    try:
                        handler(message)
                    except Exception as error:
                        log_fault(name.decode("ascii", "replace"), error)
                    handlers = self.handlers
                if self.others is not None:
                    self.others(name, message)
            elif message[:10] == b"Response: ":
                self._response(message)
        if self._framer.error is not None:
            self.abort(str(self._framer.error))

    def pause_writing(self) -> None:
        self.abort("the PBX has stopped reading what we write")

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._why:
            self._why = f"connection lost: {exc}" if exc else "the PBX closed the connection"
        if not self.lost.done():
            self.lost.set_result(self._why)
        for pending in list(self._pending.values()):
            self._fail(pending.action.future, f"{self._why} before the answer")

    # ------------------------------------------------------------ the Manager's side

    @property
    def banner(self) -> str:
        """The greeting, '' before it came or if there is none."""
        return self._framer.banner or ""

    def send(
        self, action: Any, as_list: bool | None = None, timeout_ms: int | None = None
    ) -> "asyncio.Future[Any]":
        """Write an action; the future gives its answer: an AmiMessage, or for a list its rows.

        ``as_list``: True for a list action (an error answer fails the future with
        ListRefusedError), False for the first response only, None to go by the response.
        The future fails with OutcomeUnknownError at the deadline or when the link goes.
        Raises ActionError, with nothing sent, for an action that must not be written.
        """
        if not isinstance(action, Action):
            action = Action(dict(action))
        data = encode_action(action)
        future: asyncio.Future[Any] = action.future
        if self.transport is None or self.transport.is_closing():
            self._refuse(future)
            return future
        limit_ms = self._action_ms if timeout_ms is None else timeout_ms
        timer = future.get_loop().call_later(
            limit_ms / 1000, self._fail, future, f"no answer to {action['Action']} in {limit_ms} ms"
        )
        self._pending[action.id] = _Pending(action, timer, as_list)
        self._lists += as_list is not False
        future.add_done_callback(lambda _: self._forget(action.id))
        self.transport.write(data)
        return future

    def expect_loss(self, why: str) -> None:
        """Remember why the connection is about to end (a Shutdown event)."""
        self._why = self._why or why

    def abort(self, why: str) -> None:
        """Give the connection up at once, whatever is still unwritten."""
        self._why = self._why or why
        if self.transport is not None:
            self.transport.abort()

    def close(self) -> None:
        """End the connection on our own wish."""
        self._why = self._why or "closed by us"
        if self.transport is not None:
            self.transport.close()

    # ------------------------------------------------------------ answers

    def _response(self, message: bytes) -> None:
        pending = self._pending.get(value(message, _ACTION_ID))
        if pending is None:
            return
        response = AmiMessage(message)
        future = pending.action.future
        starts_list = response.text("EventList").lower() == "start"
        if future.done() or (starts_list and pending.as_list is not False):
            return
        if pending.as_list and not response.success:
            future.set_exception(ListRefusedError(response.text("Message")))
            future.exception()
        else:
            future.set_result([response] if pending.as_list else response)

    def _row(self, message: bytes) -> bool:
        """Take an event that belongs to a pending list; others carrying its id stay events."""
        pending = self._pending.get(value(message, _ACTION_ID))
        if pending is None or pending.as_list is False or pending.action.future.done():
            return False
        end = value(message, _EVENT_LIST).lower()
        if end in ("complete", "cancelled"):
            pending.action.future.set_result(pending.rows)
        else:
            pending.rows.append(AmiMessage(message))
        return True

    def _fail(self, future: "asyncio.Future[Any]", why: str) -> None:
        if not future.done():
            future.set_exception(OutcomeUnknownError(why))
            future.exception()

    def _refuse(self, future: "asyncio.Future[Any]") -> None:
        future.set_exception(NotSentError("the link to the PBX is down; nothing was sent"))
        future.exception()

    def _forget(self, action_id: str) -> None:
        pending = self._pending.pop(action_id, None)
        if pending is not None:
            pending.timer.cancel()
            self._lists -= pending.as_list is not False
