"""Small readings of header texts that hold digits."""

import re

_NOT_DIALLABLE = re.compile(r"[^0-9+*#]")
_NOT_KEYS = re.compile(r"[^0-9*#]")
_NOT_DIGITS = re.compile(r"[^0-9]")
_SIP_STATUS = re.compile(r"\b([3-6][0-9]{2})\b")
_PRESENCE = {"1": "free", "2": "busy", "3": "busy", "6": "ringing", "7": "busy", "8": "busy"}


def digits(text: str) -> str:
    """A telephone number as others may see it: a hostile caller id keeps only its digits."""
    return _NOT_DIALLABLE.sub("", text)[:32]


def pressed_keys(text: str) -> str:
    """Keys pressed in a menu: at most 32 of 0-9, * and #, anything else is left out."""
    return _NOT_KEYS.sub("", text)[:32]


def typed_digits(text: str) -> str:
    """What was typed on a telephone: at most twelve digits, anything else is left out."""
    return _NOT_DIGITS.sub("", text)[:12]


def number(text: str) -> int:
    """A small decimal number, 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def sip_status(tech_cause: str) -> int:
    """The failing SIP status inside ``TechCause``, 0 when there is none."""
    found = _SIP_STATUS.search(tech_cause)
    return int(found[1]) if found else 0


def presence(status: str, paused: str) -> str:
    """A seat's state from a queue member's device state (``Status`` of QueueMemberStatus) and
    its pause flag. Unknown, invalid and unavailable devices are offline."""
    state = _PRESENCE.get(status, "offline")
    return "paused" if state == "free" and paused == "1" else state
