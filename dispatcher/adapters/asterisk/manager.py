"""panoramisk's Manager, with the parts that could hurt callers taken over.

Kept: its configuration, `send_action`, `register_event`, `dispatch`. Replaced: connecting,
reconnecting, logging in, pinging and the queue of actions to send again; `link.Link` does these.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from panoramisk.manager import Manager

from .errors import LoginRefusedError, NotSentError
from .message import AmiMessage
from .protocol import AmiProtocol

log = logging.getLogger(__name__)


# panoramisk has no types: its base class and what it returns are Any to mypy.
class AmiManager(Manager):  # type: ignore[misc]
    """One account on one PBX. `open` makes one attempt; nothing here tries again by itself.

    ``config`` is the base class's (host, port, username, secret, ssl, protocol_factory), with
    ``connect_ms`` and ``login_ms``, the deadlines of the two halves of an attempt.
    """

    def __init__(self, **config: Any) -> None:
        self._wanted: dict[bytes, bool] = {}
        super().__init__(**{"log": log, **config})
        self.callbacks.clear()
        self.patterns.clear()

    def send_awaiting_actions(self, *_: object) -> None:
        """Nothing is ever sent again: what came of it is found out by looking."""

    async def open(self) -> AmiProtocol:
        """Connect and log in. Raises OSError, TimeoutError, LoginRefusedError or a LinkError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self.config["connect_ms"] / 1000):
            _, protocol = await loop.create_connection(
                self.config["protocol_factory"],
                self.config["host"],
                self.config["port"],
                ssl=self.config["ssl"] or None,
            )
        self.protocol = protocol
        protocol.factory = self
        protocol.others = self._dispatch_bytes
        try:
            answer = await protocol.send(
                {
                    "Action": "Login",
                    "Username": self.config["username"],
                    "Secret": self.config["secret"],
                    "Events": self.config["events"],
                },
                as_list=False,
                timeout_ms=self.config["login_ms"],
            )
        except BaseException:
            protocol.abort("the login was not answered")
            raise
        if not answer.success:
            protocol.close()
            raise LoginRefusedError(answer.text("Message") or "refused without a reason")
        self.authenticated = True
        return protocol  # type: ignore[no-any-return]

    def send_action(self, action: Any, as_list: bool | None = None, **kwargs: Any) -> Any:
        """As the base class's, but NotSentError instead of a crash while there is no link."""
        if self.protocol is None:
            future = asyncio.get_running_loop().create_future()
            future.set_exception(NotSentError("the link to the PBX is down; nothing was sent"))
            future.exception()
            return future
        timeout_ms = kwargs.pop("timeout_ms", None)
        return self.protocol.send({**action, **kwargs}, as_list, timeout_ms)

    def register_event(self, pattern: str, callback: Any = None) -> Any:
        """As the base class's. Callbacks are plain functions: a coroutine function is refused,
        loose tasks would lose the order of events."""
        if asyncio.iscoroutinefunction(callback):
            raise TypeError("an event callback must be a plain function that only hands over")
        self._wanted.clear()
        if callback is None:
            return lambda function: self.register_event(pattern, function)
        return super().register_event(pattern, callback)

    def _dispatch_bytes(self, name: bytes, event: bytes) -> None:
        """Give an event to the registered callbacks, if any pattern wants its name."""
        if not self.patterns:
            return
        wanted = self._wanted.get(name)
        if wanted is None:
            text = name.decode("utf-8", "replace")
            wanted = any(regexp.match(text) for _, regexp in self.patterns)
            if len(self._wanted) < 1024:
                self._wanted[name] = wanted
        if wanted:
            message = AmiMessage(event)
            for pattern, regexp in list(self.patterns):
                if regexp.match(message.text("Event")):
                    self._call(pattern, message)

    def _call(self, pattern: str, message: AmiMessage) -> None:
        callback: Callable[[Any, AmiMessage], object]
        for callback in list(self.callbacks[pattern]):
            try:
                callback(self, message)
            except Exception as error:
                log.error("a callback for %s failed with %s", pattern, type(error).__name__)

    def down(self) -> None:
        """The connection is over: nobody is logged in."""
        self.authenticated = False
        self.protocol = None

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        """Not for use: it would reconnect by itself, for ever."""
        raise TypeError("use open(), one attempt, or Link, which keeps trying with back-off")

    def close(self) -> None:
        """End the connection; nothing is left that would open it again."""
        if self.protocol is not None:
            self.protocol.close()
        self.down()
