"""A unit's PIN for the telephone desk: filed as a salted hash, so that nobody can read it.

``pbkdf2-sha256$<rounds>$<salt, hex>$<hash, hex>`` (RFC 8018). Six digits can be tried out by
whoever has the file and hours of time: the file is to be kept as the registration it stands in.
"""

import hashlib
import hmac
import re
from itertools import pairwise

ROUNDS = 60_000
"""About 30 ms on one core: a pause nobody notices, and a wall for whoever tries them all."""
SALT_BYTES = 16
FILED = re.compile(r"pbkdf2-sha256\$([1-9][0-9]{3,6})\$([0-9a-f]{32})\$([0-9a-f]{64})\Z")
_PIN = re.compile(r"[0-9]{6,8}\Z")


def weakness(pin: str) -> str:
    """Why a PIN is not to be used; '' for a good one. The PIN itself is not quoted."""
    if not _PIN.match(pin):
        return "a PIN has 6 to 8 digits"
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if len(steps) == 1:
        return "a PIN is no single digit repeated and no counting up or down"
    return ""


def filed(pin: str, salt: bytes, rounds: int = ROUNDS) -> str:
    """The PIN as it is filed. Raises ValueError for one not to be used."""
    reason = weakness(pin)
    if reason:
        raise ValueError(reason)
    return f"pbkdf2-sha256${rounds}${salt.hex()}${_hash(pin, salt, rounds).hex()}"


def fits(pin: str, form: str) -> bool:
    """Whether this PIN is the filed one; takes as long when nothing is filed."""
    found = FILED.match(form)
    if found is None:
        _hash(pin, bytes(SALT_BYTES), ROUNDS)
        return False
    expected = bytes.fromhex(found[3])
    given = _hash(pin, bytes.fromhex(found[2]), int(found[1]))
    return hmac.compare_digest(given, expected)


def _hash(pin: str, salt: bytes, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), salt, rounds)
