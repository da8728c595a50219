"""What came of an effect, in one word."""

from ...ports import Outcome, Performed

DONE = Performed(Outcome.DONE)


def failed(reason: str) -> Performed:
    """It did not happen, for certain."""
    return Performed(Outcome.FAILED, reason)


def unknown(reason: str) -> Performed:
    """It may or may not have happened."""
    return Performed(Outcome.UNKNOWN, reason)
