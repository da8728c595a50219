"""Every party's own tone, far enough from the others' to be told apart."""

from __future__ import annotations

_STEP_HZ = 50
_RANGES = {"caller": (440, 850), "agent": (880, 1290), "unit": (1320, 3330)}


class Tones:
    """Callers sound 440 Hz and up, agents 880, units 1320; a party keeps its tone.

    Nine callers, nine agents and forty units differ; after that a range begins anew.
    """

    def __init__(self) -> None:
        self._tones: dict[str, float] = {}
        self._given = dict.fromkeys(_RANGES, 0)

    def of(self, party: str, kind: str) -> float:
        """The tone of ``party`` in Hz; ``kind`` (caller, agent, unit) counts at first sight."""
        if party not in self._tones:
            first, last = _RANGES[kind]
            places = (last - first) // _STEP_HZ + 1
            self._tones[party] = first + self._given[kind] % places * _STEP_HZ
            self._given[kind] += 1
        return self._tones[party]
