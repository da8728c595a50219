"""What is known of a call besides its words, for the classification: the number dialled and the
keys pressed before the queue, the number's latest cases, and the bulletins that count now."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..core.call import LiveCall
from ..core.classify import Bulletin, TextContext
from ..core.ids import Instant

HISTORY_MS = 30 * 24 * 3_600_000
"""Cases accepted longer ago say nothing about what the number calls for now."""


def background(
    call: LiveCall | None,
    cases: Iterable[Mapping[str, Any]],
    bulletins: tuple[Bulletin, ...],
    now: Instant,
) -> TextContext:
    """``cases``: rows of the number's cases, newest first, open ones included; an exercise and
    the case the call is bound to do not count."""
    if call is None:
        return TextContext(bulletins=bulletins)
    known = [
        row["category"]
        for row in cases
        if row["category"]
        and row["case"] != call.case
        and not row["exercise"]
        and row["accepted_at"] >= now - HISTORY_MS
    ]
    return TextContext(call.dialled, call.ivr, tuple(dict.fromkeys(known)), bulletins)
