"""`SipRelay`: stands between a PBX and the phones of its trunk, all on the loopback.

    phones ⇄ far_port │ relay │ near_port ⇄ PBX

It keeps no state of its own but which call belongs to which phone: each message is passed on as
it is, with the Contact of its own side in place of the sender's, so that the whole call goes
through it. With a weather for sound, the sound goes through it as well.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from dispatcher.testing.relay.message import Sip
from dispatcher.testing.relay.weather import Weather
from dispatcher.testing.relay.wire import Wire


@dataclass(frozen=True)
class Passed:
    """A message that came by. ``to_pbx`` is its direction (as in `SipRelay.swallows`)."""

    to_pbx: bool
    sip: Sip
    lost: bool


class _Sound:
    """The sound of one call, both ways: what comes in at one side goes out at the other."""

    def __init__(self, weather: Weather, call_id: str) -> None:
        self._weather, self._call_id = weather, call_id
        self.pbx_port = self.phone_port = 0
        self.near = Wire(self._from_pbx)
        self.far = Wire(self._from_phone)

    def _from_pbx(self, data: bytes, _: int) -> None:
        if self.phone_port:
            self.far.send_through(self._weather, f">{self._call_id}", data, self.phone_port)

    def _from_phone(self, data: bytes, _: int) -> None:
        if self.pbx_port:
            self.near.send_through(self._weather, f"<{self._call_id}", data, self.pbx_port)

    def close(self) -> None:
        self.near.close()
        self.far.close()


@dataclass
class _Call:
    phone: int
    user: str = ""
    sound: _Sound | None = None


@dataclass
class SipRelay:
    """``async with SipRelay(pbx_port, phones_port, near_port) as relay:``.

    ``phones_port`` gets every call of the PBX but those that `lead` led elsewhere. ``sip`` and
    ``rtp`` are the weather; without ``rtp`` the sound does not come by here. ``swallows`` says
    of a message whether it is lost whatever the weather.
    """

    pbx_port: int
    phones_port: int
    near_port: int = 0
    sip: Weather = field(default_factory=Weather)
    rtp: Weather | None = None
    swallows: Callable[[Sip, bool], bool] | None = None

    def __post_init__(self) -> None:
        self.passed: list[Passed] = []
        self._calls: dict[str, _Call] = {}
        self._led: defaultdict[str, deque[int]] = defaultdict(deque)
        self._news = asyncio.Event()

    async def __aenter__(self) -> SipRelay:
        self._near = Wire(self._from_pbx, self.near_port)
        self._far = Wire(self._from_phone)
        self.near_port, self.far_port = self._near.port, self._far.port
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._near.close()
        self._far.close()
        for call in self._calls.values():
            if call.sound is not None:
                call.sound.close()

    def lead(self, user: str, port: int) -> None:
        """The next call of the PBX to ``user`` that is not led anywhere yet goes to ``port``."""
        self._led[user].append(port)

    async def call_to(self, port: int, deadline_s: float = 40) -> str:
        """The Call-ID of the first call that went to the phone at ``port``.

        Raises:
            TimeoutError: none came.
        """
        async with asyncio.timeout(deadline_s):
            while not (ids := [id for id, call in self._calls.items() if call.phone == port]):
                self._news.clear()
                await self._news.wait()
        return ids[0]

    def calls_to(self, user: str) -> list[str]:
        """The Call-IDs of all calls of the PBX to ``user``."""
        return [id for id, call in self._calls.items() if call.user == user]

    # ------------------------------------------------------------ parts

    def _from_pbx(self, data: bytes, _: int) -> None:
        sip = Sip.of(data)
        if sip is None:
            return
        call = self._calls.get(sip.call_id)
        if call is None:
            led = self._led[sip.user]
            port = led.popleft() if sip.method == "INVITE" and led else self.phones_port
            call = self._calls[sip.call_id] = _Call(port, sip.user)
            self._news.set()
        self._pass(sip, call, to_pbx=False)

    def _from_phone(self, data: bytes, port: int) -> None:
        sip = Sip.of(data)
        if sip is not None:
            call = self._calls.setdefault(sip.call_id, _Call(port))
            self._pass(sip, call, to_pbx=True)

    def _pass(self, sip: Sip, call: _Call, *, to_pbx: bool) -> None:
        given = self._with_sound(sip, call, to_pbx=to_pbx)
        out, port = (self._near, self.pbx_port) if to_pbx else (self._far, call.phone)
        conversation = f"{'<' if to_pbx else '>'}{sip.call_id}"
        sent = not (self.swallows and self.swallows(sip, to_pbx)) and out.send_through(
            self.sip, conversation, given.with_contact(out.port), port
        )
        self.passed.append(Passed(to_pbx, sip, not sent))

    def _with_sound(self, sip: Sip, call: _Call, *, to_pbx: bool) -> Sip:
        if self.rtp is None or not sip.audio_port:
            return sip
        if call.sound is None:
            call.sound = _Sound(self.rtp, sip.call_id)
        if to_pbx:
            call.sound.phone_port = sip.audio_port
            return sip.with_audio(call.sound.near.port)
        call.sound.pbx_port = sip.audio_port
        return sip.with_audio(call.sound.far.port)
