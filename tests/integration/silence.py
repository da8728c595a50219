"""How long a silence may last that nobody is to hear: by the same machine's plain talk.

Two Asterisks that share two cores with other work leave gaps of their own. So a silence is
compared with what the same ear heard while nothing was done: a gap of ours, which is a second
(the announcer of an empty room, a bridge that was left too early), stands far above it.
"""

from __future__ import annotations

from dispatcher.testing.city import CityLeg
from dispatcher.testing.city.leg import unix_ms

Part = tuple[int, int]
"""From when to when, in Unix ms."""
BARELY_HEARD_MS = 40
_PLAIN_TALK_MS = 1000
_AT_MOST_MS = 300


async def plain_talk(*legs: CityLeg) -> Part:
    """A second from now on, in which these only talk; it has been recorded at the end."""
    began = unix_ms()
    ended = began + _PLAIN_TALK_MS
    for leg in legs:
        await leg.records_until(ended)
    return began, ended


def allowed_ms(leg: CityLeg, *plain: Part, barely_ms: int = BARELY_HEARD_MS) -> int:
    """The longest silence that is not ours: ``barely_ms`` more than twice what plain talk has.

    Raises:
        AssertionError: the plain talk itself was so broken that nothing can be told.
    """
    longest = max(leg.longest_silence_ms(*part) for part in plain)
    assert longest <= _AT_MOST_MS, f"{leg} heard {longest} ms of silence in plain talk"
    return barely_ms + 2 * longest
