"""Calls that nobody asked for are hung up.

A telephone that we ring may answer with a forwarding (SIP 302) of its own choice. Where it names
a number, the dialplan leads it nowhere (`hotline-nowhere`); but Asterisk takes a ``/`` in it for
the end of a technology's name and then dials ``PJSIP/<any number>@trunk`` without asking the
dialplan at all (seen on 22 and 16). Such a channel goes out, has no parent, and its id is
Asterisk's own, while all of ours have ids of our own.
"""

import re
from collections.abc import Callable

from ...core.ids import Party
from .channels import Channels
from .wire import key, value

_CHANNEL = key("Channel")
_STATE = key("ChannelState")
_UNIQUEID = key("Uniqueid")
_LINKED = key("Linkedid")

_GOES_OUT = "0"
"""ChannelState of a channel that is being dialled; one that comes in begins with 4 (Ring)."""
_ASTERISKS_OWN = re.compile(r"(?:.*-)?[0-9]+\.[0-9]+\Z")
_OUTWARD = ("PJSIP/", "Local/")
_OUR_CHECK = "Local/s@hotline-check-"
"""`dispatcher pbx check` (embedded/check.py) looks at the phrases by such a channel."""


class Strays:
    """Looks at each Newchannel; ``hang_up(uniqueid)`` ends what must not be."""

    def __init__(self, channels: Channels, hang_up: Callable[[str], None]) -> None:
        self._channels = channels
        self._hang_up = hang_up

    def look(self, event: bytes) -> None:
        if value(event, _STATE) != _GOES_OUT or not self._we_ring():
            return
        uniqueid, name = value(event, _UNIQUEID), value(event, _CHANNEL)
        alone = value(event, _LINKED) == uniqueid
        outward = name.startswith(_OUTWARD) and not name.startswith(_OUR_CHECK)
        if alone and outward and _ASTERISKS_OWN.match(uniqueid):
            self._hang_up(uniqueid)

    def _we_ring(self) -> bool:
        """Only a phone that is being rung can forward: others' own calls are left alone."""
        return any(
            (x.placed or x.party is Party.UNIT) and not x.ready
            for x in self._channels.live.values()
        )
