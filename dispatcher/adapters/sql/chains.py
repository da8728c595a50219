"""Where each case's chain stands, kept in memory by the one writer."""

from dataclasses import dataclass

_MOST = 200_000


@dataclass(frozen=True, slots=True)
class Chain:
    """One case's last event, its key, and the digest of its row. ``key`` None: none or erased."""

    seq: int
    head: bytes
    key: bytes | None
    row_digest: bytes | None
    erased: bool = False


class ChainCache:
    """Chains of recent cases. What a transaction changed counts only once it is committed."""

    def __init__(self) -> None:
        self._kept: dict[str, Chain] = {}
        self._changed: dict[str, Chain] = {}

    def get(self, case: str) -> Chain | None:
        return self._changed.get(case) or self._kept.get(case)

    def put(self, case: str, chain: Chain) -> None:
        self._changed[case] = chain

    def commit(self) -> None:
        for case in self._changed:
            self._kept.pop(case, None)
        self._kept.update(self._changed)
        self._changed.clear()
        while len(self._kept) > _MOST:
            del self._kept[next(iter(self._kept))]

    def roll_back(self) -> None:
        self._changed.clear()

    def forget(self) -> None:
        """Another process wrote: nothing kept is known to be true any more."""
        self._kept.clear()
        self._changed.clear()
