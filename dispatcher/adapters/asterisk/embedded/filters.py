"""The manager events the service needs, as event filters of manager.conf.

The two spellings are those of Asterisk's manager.conf.sample: since 18.27, 20.12, 21.7 and
22.2 the match is named; before, it is a regular expression over the whole event.
"""

from __future__ import annotations

from dispatcher.adapters.asterisk.translate import WANTED_EVENTS

# Major version → the minor one that first knew filters by name; 19 and 17 never did.
_NAMED_SINCE = {18: 27, 20: 12, 21: 7, 22: 2}


def event_filters(version: str) -> str:
    """Lines of manager.conf that let exactly `WANTED_EVENTS` pass, as ``version`` spells them."""
    if _filters_by_name(version):
        lines = [f"eventfilter(action(include),name({name})) =" for name in WANTED_EVENTS]
    else:
        lines = [f"eventfilter = Event: {name}[^A-Za-z]" for name in WANTED_EVENTS]
    return "\n".join(lines)


def _filters_by_name(version: str) -> bool:
    major, minor = (int(part) for part in (*version.split("."), "0")[:2])
    return major > max(_NAMED_SINCE) or minor >= _NAMED_SINCE.get(major, minor + 1)
