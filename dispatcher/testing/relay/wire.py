"""A UDP socket on the loopback that an event loop reads."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from dispatcher.testing.relay.weather import Weather

_HOST = "127.0.0.1"
_MOST_BYTES = 65_535


class Wire:
    """``take(data, port)`` gets each datagram and the port it came from; `send` sends one.

    Must be made and used in the thread of the running loop.
    """

    def __init__(self, take: Callable[[bytes, int], None], port: int = 0) -> None:
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind((_HOST, port))
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        self._loop.add_reader(self._socket, self._read)

    def send(self, data: bytes, port: int) -> None:
        """Send now. After `close` nothing is sent, as what comes too late."""
        if self._socket.fileno() >= 0:
            self._socket.sendto(data, (_HOST, port))

    def send_through(self, weather: Weather, conversation: str, data: bytes, port: int) -> bool:
        """Send as the weather lets it; False when it was lost."""
        late_s = weather.fate(conversation)
        if late_s is None:
            return False
        if late_s:
            self._loop.call_later(late_s, self.send, data, port)
        else:
            self.send(data, port)
        return True

    def close(self) -> None:
        """Doing it twice is harmless."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _read(self) -> None:
        while self._socket.fileno() >= 0:
            try:
                data, (_, port) = self._socket.recvfrom(_MOST_BYTES)
            except BlockingIOError:
                return
            self._take(data, port)
