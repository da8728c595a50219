"""Every party's own tone, far enough from the others' to be told apart."""

from __future__ import annotations

from collections.abc import Collection

_STEP_HZ = 50
_RANGES = {"caller": (440, 850), "agent": (880, 1290), "unit": (1320, 3330)}


class Tones:
    """Callers sound 440 Hz and up, agents 880, units 1320; a party keeps its tone.

    There are nine tones for callers, nine for agents and forty-one for units. A party is given
    another one than before only when its own is sounding from somebody else's phone.
    """

    def __init__(self) -> None:
        self._tones: dict[str, float] = {}
        self._given = dict.fromkeys(_RANGES, 0)

    def of(self, party: str, kind: str, sounding: Collection[float] = ()) -> float:
        """The tone of ``party`` in Hz; ``kind`` (caller, agent, unit) counts at first sight.

        ``sounding`` are the tones of the others who are on the line now: none of these is given
        as long as its range has another.
        """
        if self._tones.get(party) is None or self._tones[party] in sounding:
            self._tones[party] = self._next(kind, sounding)
        return self._tones[party]

    def _next(self, kind: str, sounding: Collection[float]) -> float:
        first, last = _RANGES[kind]
        places = (last - first) // _STEP_HZ + 1
        for _ in range(places):
            tone = float(first + self._given[kind] % places * _STEP_HZ)
            self._given[kind] += 1
            if tone not in sounding:
                break
        return tone
