"""`ports.Telephony` on a real Asterisk."""

import logging
import time
from collections.abc import Callable
from random import Random
from typing import Any

from ...core.effects import LiveEffect, TelephonyEffect
from ...core.facts import Fact, LinkLost, LinkRefused, LinkRestored
from ...core.ids import LegId
from ...ports import LegPresence, Performed
from . import resync, snapshot
from .actions import Actions
from .channels import Channels
from .errors import NotReadyError
from .legs import Handler
from .link import Link, LinkSettings, Listener
from .moving import Moving
from .placing import Placing
from .protocol import log_fault
from .seats import Seats
from .strays import Strays
from .translate import Translator

log = logging.getLogger(__name__)


class AsteriskTelephony:
    """One PBX. ``hotline_number`` is what contacts see calling.

    While the link is (re)building, events are held; after the resync has told what was missed,
    they are followed in the order they came. A heartbeat (global ``HD_HEARTBEAT``, Unix seconds)
    goes out with every ping: the dialplan acts by itself when it is old.
    """

    def __init__(
        self,
        settings: LinkSettings,
        *,
        hotline_number: str = "12345",
        wall_s: Callable[[], float] = time.time,
        random: Random | None = None,
    ) -> None:
        self._receive: Callable[[Fact], None] | None = None
        self._wall_s = wall_s
        self._started = ""
        self._held: list[tuple[Handler, bytes]] = []
        self.channels = Channels()
        self._translator = Translator(self.channels, self._emit)
        self._strays = Strays(self.channels, self._hang_up)
        self._live = {
            **self._translator.handlers,
            b"Newchannel": self._new_channel,
            b"Shutdown": self._shutdown,
        }
        self._hold = {name: self._holder(handler) for name, handler in self._live.items()}
        listener = Listener(self._hold, self._on_up, self._on_lost, self._on_refused, self._beat)
        self.link = Link(settings, listener, random)
        self._placing = Placing(self.link, self.channels, hotline_number)
        seats = Seats(self.link, self.channels, self._translator, hotline_number)
        moving = Moving(self.link, self.channels)
        self._actions = Actions(self.link, self._placing, moving, seats)

    @property
    def simulated(self) -> bool:
        return False

    async def start(self, receive: Callable[[Fact], None]) -> None:
        """Begin; returns at once. LinkRestored is the first word of a link that is up."""
        self._receive = receive
        self.link.start()

    async def perform(self, effect: TelephonyEffect | LiveEffect) -> Performed:
        return await self._actions.perform(effect)

    async def look_up(self, leg: LegId) -> LegPresence:
        if not self.link.up:
            return LegPresence.UNKNOWN
        return await self._placing.look_up(leg)

    async def close(self) -> None:
        self._receive = None
        await self.link.close()

    # ------------------------------------------------------------ the link's side

    def _emit(self, fact: Fact) -> None:
        if self._receive is None:
            return
        try:
            self._receive(fact)
        except Exception as error:
            log_fault(f"a {type(fact).__name__}", error)

    def _holder(self, handler: Handler) -> Handler:
        return lambda event: self._held.append((handler, event))

    async def _on_up(self) -> None:
        try:
            now = await snapshot.take(self.link)
        except BaseException as error:
            if not isinstance(error, NotReadyError):
                self._held.clear()
            raise
        restarted = bool(self._started) and self._started != now.started
        self._started = now.started
        resync.catch_up(self._translator, now)
        self._emit(LinkRestored(now.live(), restarted))
        self.link.route(self._live)
        held, self._held = self._held, []
        for handler, event in held:
            try:
                handler(event)
            except Exception as error:
                log_fault("a held event", error)

    def _on_lost(self, reason: str) -> None:
        self._down()
        self._emit(LinkLost(reason))

    def _on_refused(self, reason: str) -> None:
        self._down()
        self._emit(LinkRefused(reason))

    def _down(self) -> None:
        self._held.clear()
        self.link.route(self._hold)

    def _new_channel(self, event: bytes) -> None:
        self._strays.look(event)
        self._translator.handlers[b"Newchannel"](event)

    def _hang_up(self, channel: str) -> None:
        """End a call that is none of ours; what the PBX answers changes nothing."""
        log.warning("a telephone forwarded our call: the call that came of it is ended")
        action = {"Action": "Hangup", "Channel": channel, "Cause": "21"}
        self.link.manager.send_action(action, as_list=False)

    def _shutdown(self, _: bytes) -> None:
        if self.link.manager.protocol is not None:
            self.link.manager.protocol.expect_loss("the PBX was shut down")

    def _beat(self) -> list[dict[str, Any]]:
        now = str(int(self._wall_s()))
        return [{"Action": "Setvar", "Variable": "HD_HEARTBEAT", "Value": now}]
