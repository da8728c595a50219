"""How long to wait before trying again: doubling, bounded, with jitter."""

from random import Random


class Backoff:
    """``first_ms``, doubled each time up to ``most_ms``, each ± a quarter (so that several
    services do not return in step)."""

    def __init__(self, first_ms: int, most_ms: int, random: Random) -> None:
        self._first_ms, self._most_ms, self._random = first_ms, most_ms, random
        self._next_ms = first_ms

    def next_ms(self) -> int:
        wait_ms = self._next_ms
        self._next_ms = min(self._most_ms, self._next_ms * 2)
        return int(wait_ms * self._random.uniform(0.75, 1.25))

    def reset(self) -> None:
        self._next_ms = self._first_ms
