"""Free ports for a PBX on this machine."""

from __future__ import annotations

import random
import socket
from contextlib import closing

from dispatcher.adapters.asterisk.embedded.errors import PortTakenError

# Below the range from which the kernel hands out ports by itself, above those for sound.
_FIRST, _LAST = 28000, 32000


def free_tcp_port(host: str = "127.0.0.1") -> int:
    """A TCP port nobody listens on at this moment."""
    return _free(host, socket.SOCK_STREAM)


def free_udp_port(host: str = "127.0.0.1") -> int:
    """A UDP port nobody is bound to at this moment."""
    return _free(host, socket.SOCK_DGRAM)


def require_free(host: str, sip_port: int, ami_port: int) -> None:
    """Raise `PortTakenError`, naming the port, unless both can be bound."""
    for name, kind, port in (
        ("SIP", socket.SOCK_DGRAM, sip_port),
        ("manager", socket.SOCK_STREAM, ami_port),
    ):
        if not _can_bind(host, kind, port):
            raise PortTakenError(
                f"the {name} port {host}:{port} is in use by another program "
                "(a PBX that is still running?): stop it or choose another port"
            )


def _free(host: str, kind: socket.SocketKind) -> int:
    for _ in range(200):
        port = random.randint(_FIRST, _LAST)
        if _can_bind(host, kind, port):
            return port
    raise PortTakenError(f"no free port of {host} found between {_FIRST} and {_LAST}")


def _can_bind(host: str, kind: socket.SocketKind, port: int) -> bool:
    with closing(socket.socket(socket.AF_INET, kind)) as attempt:
        if kind == socket.SOCK_STREAM:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except OSError:
            return False
        return True
