"""Ports for sound (RTP) of one Asterisk among many on this machine.

Two Asterisks with one range hand the same port to two calls one after the other, and the last
packets of the first call fall into the second.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from dispatcher.adapters.asterisk.embedded.errors import PortTakenError

_HOST = "127.0.0.1"
_FIRST, _LAST = 10000, 28000
BLOCK = 400
"""Two ports a leg: enough for 199 legs at once."""


@contextmanager
def sound_ports(blocks: int = 1) -> Iterator[tuple[int, int]]:
    """The first and last UDP port of so many blocks that nobody else takes while it lasts.

    Raises:
        PortTakenError: there are not so many free ones in a row.
    """
    firsts = list(range(_FIRST, _LAST - blocks * BLOCK + 1, BLOCK))
    random.shuffle(firsts)
    for first in firsts:
        with ExitStack() as claims:
            try:
                for block in range(blocks):
                    claims.enter_context(_claimed(first + block * BLOCK))
            except OSError:
                continue
            yield first + 2, first + blocks * BLOCK - 1
            return
    raise PortTakenError(f"no free ports for sound between {_FIRST} and {_LAST}")


@contextmanager
def _claimed(port: int) -> Iterator[None]:
    """A block's first port, bound: the sign that the block is taken."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as claim:
        claim.bind((_HOST, port))
        yield
