"""A receiver for telephony facts that a test or a recording can wait on."""

import asyncio
from typing import TypeVar

from dispatcher.core.facts import Fact

F = TypeVar("F", bound=Fact)


class FactLog:
    """Keeps every fact in order; `wait` returns the first of a kind, heard already or to come.

    ``log.wait(LegKey, leg=leg)``; ``after`` skips so many facts from the beginning.
    """

    def __init__(self) -> None:
        self.heard: list[Fact] = []
        self._news = asyncio.Event()

    def receive(self, fact: Fact) -> None:
        """Give this to `Telephony.start`."""
        self.heard.append(fact)
        self._news.set()

    def of(self, kind: type[F], after: int = 0, **like: object) -> list[F]:
        """All facts of a kind whose fields are as told."""
        return [
            fact
            for fact in self.heard[after:]
            if isinstance(fact, kind)
            and all(getattr(fact, name) == wanted for name, wanted in like.items())
        ]

    async def wait(self, kind: type[F], after: int = 0, within_s: float = 30, **like: object) -> F:
        """The first such fact. Raises AssertionError with what was heard when none comes."""
        try:
            async with asyncio.timeout(within_s):
                while not (found := self.of(kind, after, **like)):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            heard = "\n".join(map(repr, self.heard[after:]))
            told = f"no {kind.__name__} {like} in {within_s} s; heard:\n{heard}"
            raise AssertionError(told) from None
        return found[0]
