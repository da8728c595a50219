"""One call, one matter at a time: two people, or one press too many, open no case twice.

A second matter told in the same call is a case of its own, but nobody takes one down within
three seconds of the first: what comes that soon was meant for the call as it was before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .core import commands as c
from .core.deciding import AT_ONCE_MS
from .core.errors import Refused
from .core.ids import CallId
from .service import Service


class Openings:
    """Keeps apart the commands that make a case of a live call."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._under_way: set[CallId] = set()

    @contextmanager
    def alone(self, command: Any) -> Iterator[None]:
        """While ``command`` is decided no other makes a case of its call. Raises `Refused`."""
        call = command.call if isinstance(command, c.OpenEmergency | c.RecordCall) else None
        if call is None:
            yield
            return
        self._check(command, call)
        self._under_way.add(call)
        try:
            yield
        finally:
            self._under_way.discard(call)

    def _check(self, command: Any, call: CallId) -> None:
        hotline, now = self._service.hotline, self._service.clock.now()
        live = hotline.live.calls.get(call)
        case = hotline.cases.get(live.case) if live is not None and live.case else None
        if call in self._under_way:
            raise _just_opened("", "", "")
        if case is not None and now - case.accepted_at < AT_ONCE_MS:
            raise _just_opened(f"(工单{case.number})", f" as {case.number}", case.accepted_by)
        if isinstance(command, c.RecordCall) and live is not None and live.recorded_as:
            raise Refused(
                "ALREADY_RECORDED",
                f"本通话已登记为工单{live.recorded_as},不再重复登记;如有另一事项请新建应急工单或待下次来电",
                f"this call is recorded as {live.recorded_as} already",
                "call",
            )


def _just_opened(zh: str, en: str, by: str) -> Refused:
    return Refused(
        "JUST_OPENED",
        f"本通话刚刚由{by or '他人'}立案{zh}:请看该工单,不再重复立案",
        f"a case was opened from this call just now{en}: see that one",
        "call",
    )
