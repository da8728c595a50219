"""The names of new cases: a ULID, and a number that starts anew every day (YYYYMMDD-NNNNNN)."""

import secrets

from .core.ids import CaseId, Instant

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]
UTC_OFFSET_MS = 8 * 3_600_000
DAY_MS = 86_400_000


def new_ulid(now: Instant) -> str:
    """48 bits of time, 80 of chance, in 26 characters that sort by time."""
    value = (now << 80) | secrets.randbits(80)
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(120, -1, -10)])


def local_day(now: Instant) -> str:
    """YYYYMMDD in China, which has one time zone and no summer time."""
    days = (now + UTC_OFFSET_MS) // DAY_MS
    year, month, day = _civil(days)
    return f"{year:04d}{month:02d}{day:02d}"


def _civil(days: int) -> tuple[int, int, int]:
    """Days since 1970-01-01 to (year, month, day) in the Gregorian calendar."""
    days += 719_468
    era = days // 146_097
    doe = days - era * 146_097
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    return yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) // 5 + 1


class CaseNumbers:
    """Gives each new case its id and its number of the day."""

    def __init__(self, day: str = "", given: int = 0) -> None:
        """``given`` numbers of ``day`` (`local_day`) are taken already."""
        self._day = day
        self._given = given

    def next(self, now: Instant) -> tuple[CaseId, str]:
        """The id and the number of one more case."""
        today = local_day(now)
        if today != self._day:
            self._day, self._given = today, 0
        self._given += 1
        return CaseId(new_ulid(now)), f"{today}-{self._given:06d}"
