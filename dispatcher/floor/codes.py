"""What the agents' phones may dial by themselves, kept at the PBX as the rules are now.

The dialplan dials for ``*9NN`` and ``*110`` only what was told here or rendered from the rules, so
that the codes work, and nothing else does, while the service is down.
"""

import asyncio

import structlog

from ..core.dialling import dial_codes
from ..core.effects import SetDialCode
from ..ports import Outcome
from ..service import Service
from .parts import new_line

log = structlog.get_logger()


class DialCodes:
    """Tells the PBX each code's number: all of them after a (re)connect, then what changes."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._told: dict[str, str] = {}
        self._sync: asyncio.Task[None] | None = None

    def link_is_up(self) -> None:
        """The PBX may be a new one, rendered from older rules: say it all again."""
        self._told = dict.fromkeys(self._told, "?")
        self.sync()

    def sync(self) -> None:
        if self._service.hotline.live.link == "up" and self._sync is None:
            self._sync = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        try:
            while changes := self._changes():
                for code, number in changes:
                    effect = SetDialCode(new_line("code"), code, number)
                    done = await self._service.telephony.perform(effect)
                    if done.outcome is not Outcome.DONE:
                        log.warning("dial code not told", code=code, reason=done.reason)
                        return
                    self._told[code] = number
        finally:
            self._sync = None

    def _changes(self) -> list[tuple[str, str]]:
        wanted = dial_codes(self._service.hotline.rules)
        gone = {code: "" for code in self._told if code not in wanted}
        return [x for x in sorted((wanted | gone).items()) if self._told.get(x[0]) != x[1]]

    def close(self) -> None:
        if self._sync is not None:
            self._sync.cancel()
