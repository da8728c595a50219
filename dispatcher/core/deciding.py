"""Two people decide about one case at once: the first counts, the other is told so.

Nobody reads what another has just decided, and thinks about it, in three seconds: whoever decides
within them has decided about the case as it was before.
"""

from .errors import Refused
from .work import Work

AT_ONCE_MS = 3_000


def first_to_decide(work: Work) -> None:
    """Raises `Refused` when another person has decided about the case's units just now."""
    case = work.open_case()
    if case.decided_at is None or case.decided_by in ("", "system", work.actor):
        return
    if work.now - case.decided_at < AT_ONCE_MS:
        raise Refused(
            "JUST_DECIDED",
            f"{case.decided_by}刚刚已对此单作出决定:请看清最新情况,仍有必要再操作",
            f"{case.decided_by} has just decided about this case: look again, then act if need be",
            "case",
        )
