"""Which datagrams a bad line loses, and how late the others come; from a seed, so it can be
played again."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Weather:
    """A line's quality.

    ``loss`` is the share lost (0 … 1), ``delay_ms`` the least and the greatest delay: what is
    sent closer together than their difference may arrive in another order. ``in_a_row`` is the
    most that one conversation loses one after the other (0 any number): a line that loses all
    that somebody repeats is a dead one, and another case.
    """

    loss: float = 0.0
    delay_ms: tuple[int, int] = (0, 0)
    in_a_row: int = 0
    seed: int = 1
    passed: int = 0
    lost: int = 0
    _random: random.Random = field(init=False, repr=False)
    _lost_in_a_row: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._lost_in_a_row = {}

    def fate(self, conversation: str = "") -> float | None:
        """How many seconds late the next datagram of ``conversation`` comes; None: it is lost."""
        unlucky = self._random.random() < self.loss
        late_s = self._random.uniform(*self.delay_ms) / 1000
        run = self._lost_in_a_row.get(conversation, 0)
        if unlucky and (not self.in_a_row or run < self.in_a_row):
            self._lost_in_a_row[conversation] = run + 1
            self.lost += 1
            return None
        self._lost_in_a_row[conversation] = 0
        self.passed += 1
        return late_s
