"""The manager events the service needs, as event filters of manager.conf.

The two spellings are those of Asterisk's manager.conf.sample: since 18.27, 20.12, 21.7 and
22.2 the match is named; before, it is a regular expression over the whole event.
"""

from __future__ import annotations

from dispatcher.adapters.asterisk.translate import WANTED_EVENTS


def event_filters(major: int) -> str:
    """Lines of manager.conf that let exactly `WANTED_EVENTS` pass, in the spelling of ``major``."""
    if major >= 22:
        lines = [f"eventfilter(action(include),name({name})) =" for name in WANTED_EVENTS]
    else:
        lines = [f"eventfilter = Event: {name}[^A-Za-z]" for name in WANTED_EVENTS]
    return "\n".join(lines)
