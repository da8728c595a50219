"""Why a leg ended, from the Q.850 cause and, where the PBX tells it, the SIP status.

Asterisk maps SIP to Q.850 when it hangs up (486 → 17, 603 → 21, 480 → 19, 408 → 18, 404 → 1 …).
The SIP status is told by Asterisk 22 only (``TechCause``) and is the sharper of the two: an
outgoing call that we gave up has cause 19 on 22 and 0 on 16, and no status.
"""

from ...core.facts import LegOutcome

_BY_SIP = {
    486: LegOutcome.BUSY,
    600: LegOutcome.BUSY,
    603: LegOutcome.REJECTED,
    403: LegOutcome.REJECTED,
    480: LegOutcome.NO_ANSWER,
    408: LegOutcome.NO_ANSWER,
    487: LegOutcome.NO_ANSWER,
    404: LegOutcome.NO_SUCH_NUMBER,
    410: LegOutcome.NO_SUCH_NUMBER,
    484: LegOutcome.NO_SUCH_NUMBER,
    604: LegOutcome.NO_SUCH_NUMBER,
}
_UNANSWERED = {
    0: LegOutcome.NO_ANSWER,
    1: LegOutcome.NO_SUCH_NUMBER,
    16: LegOutcome.NO_ANSWER,
    17: LegOutcome.BUSY,
    18: LegOutcome.NO_ANSWER,
    19: LegOutcome.NO_ANSWER,
    20: LegOutcome.NO_ANSWER,
    21: LegOutcome.REJECTED,
    22: LegOutcome.NO_SUCH_NUMBER,
    28: LegOutcome.NO_SUCH_NUMBER,
    26: LegOutcome.NO_ANSWER,
}
_WENT = frozenset((0, 16, 17, 19, 21, 26, 31))
"""Causes with which a person leaves an answered call; every other one is the network's."""


def outcome_of(*, answered: bool, no_key: bool, released: bool, q850: int, sip: int) -> LegOutcome:
    """``released``: by us. ``no_key``: the brief ended without a key, voicemail perhaps."""
    if released:
        return LegOutcome.RELEASED
    if no_key:
        return LegOutcome.NO_KEY
    if answered:
        return LegOutcome.HUNG_UP if q850 in _WENT else LegOutcome.NETWORK
    if sip >= 300:
        return _BY_SIP.get(sip, LegOutcome.UNREACHABLE)
    return _UNANSWERED.get(q850, LegOutcome.UNREACHABLE)
