"""The sound of a phone that SIPp plays: a tone out, what is heard in, and keys.

G.711 (both laws) over RTP (RFC 3550, RFC 3551), keys as RFC 4733.
"""

from __future__ import annotations

import asyncio
import struct

import numpy as np
import numpy.typing as npt

from dispatcher.adapters.speech.waves import RATE
from dispatcher.testing.city.leg import unix_ms
from dispatcher.testing.hearing import Hearing
from dispatcher.testing.relay.wire import Wire

_FRAME_S = 0.02
_FRAME = int(RATE * _FRAME_S)
_ULAW, _ALAW, _KEYS = 0, 8, 101
_KEY_FRAMES, _KEY_ENDS = 6, 3
_LOUDNESS = 0.3


def _alaw(code: int) -> int:
    """G.711 A-law → 16 bit."""
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 15
    level = (mantissa << 4) + 8
    if exponent:
        level = (level + 0x100) << (exponent - 1)
    return level if code & 0x80 else -level


def _ulaw(code: int) -> int:
    """G.711 µ-law → 16 bit."""
    code ^= 0xFF
    level = (((code & 15) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return -level if code & 0x80 else level


Levels = npt.NDArray[np.int16]
_LEVELS: dict[int, Levels] = {
    kind: np.array([law(code) for code in range(256)], dtype=np.int16)
    for kind, law in ((_ALAW, _alaw), (_ULAW, _ulaw))
}


def _encode(samples: npt.NDArray[np.float64]) -> bytes:
    """Samples in -1 … 1 as A-law: the nearest level of each."""
    order = np.argsort(_LEVELS[_ALAW], kind="stable")
    levels = _LEVELS[_ALAW][order].astype(np.float64)
    found = np.searchsorted((levels[1:] + levels[:-1]) / 2, samples * 32768)
    return order[found].astype(np.uint8).tobytes()


class RtpParty:
    """Sounds ``tone_hz`` towards whoever sends it anything, and keeps what it hears."""

    def __init__(self, tone_hz: float) -> None:
        self._wire = Wire(self._take)
        self.port = self._wire.port
        second = 0.8 * _LOUDNESS * np.sin(2 * np.pi * tone_hz * np.arange(RATE) / RATE)
        self._tone = _encode(second)
        self._heard: list[bytes] = []
        self._began_at = 0
        self._peer = 0
        self._key: list[bytes] = []
        self._spoke = asyncio.create_task(self._speak())

    def close(self) -> None:
        self._spoke.cancel()
        self._wire.close()

    def hearing(self) -> Hearing:
        """What it heard since the first sound."""
        samples = np.frombuffer(b"".join(self._heard), dtype="<i2").astype(np.float64) / 32768
        return Hearing(samples, self._began_at)

    def press(self, key: str) -> None:
        """Press 0-9 * or #: the next frames are the key's."""
        event = "0123456789*#".index(key)
        for n in range(_KEY_FRAMES + _KEY_ENDS):
            last = n >= _KEY_FRAMES
            duration = min(n + 1, _KEY_FRAMES) * _FRAME
            self._key.append(struct.pack("!BBH", event, 0x80 * last | 10, duration))

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        key_at = 0
        for number in range(2**31):
            await asyncio.sleep(max(0.0, began + number * _FRAME_S - loop.time()))
            if not self._peer:
                continue
            at = number * _FRAME
            if self._key:
                key_at = key_at or at
                first = at == key_at
                self._send(number, key_at, _KEYS | 0x80 * first, self._key.pop(0))
            else:
                key_at, start = 0, at % RATE
                self._send(number, at, _ALAW, self._tone[start : start + _FRAME])

    def _send(self, number: int, at: int, kind: int, payload: bytes) -> None:
        head = struct.pack("!BBHII", 0x80, kind, number & 0xFFFF, at & 0xFFFFFFFF, 0x12345)
        self._wire.send(head + payload, self._peer)

    def _take(self, data: bytes, port: int) -> None:
        self._peer = port
        levels = _LEVELS.get(data[1] & 0x7F) if len(data) > 12 else None
        if levels is None:
            return
        if not self._heard:
            self._began_at = unix_ms()
        self._heard.append(levels[np.frombuffer(data[12:], dtype=np.uint8)].tobytes())
