"""Fans changes out to whoever follows: every subscriber gets every change, in order.

A subscriber's function only puts the frames into its own bounded queue; one that raises is
dropped, so that it can never hold up a case.
"""

from collections.abc import Callable, Sequence

from .ports import Frame

Receive = Callable[[Sequence[Frame]], None]


class Hub:
    """The list of those who follow."""

    def __init__(self) -> None:
        self._receivers: dict[int, Receive] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._receivers)

    def subscribe(self, receive: Receive) -> Callable[[], None]:
        self._next += 1
        token = self._next
        self._receivers[token] = receive

        def unsubscribe() -> None:
            self._receivers.pop(token, None)

        return unsubscribe

    def publish(self, frames: Sequence[Frame]) -> None:
        if not frames:
            return
        for token, receive in list(self._receivers.items()):
            try:
                receive(frames)
            except Exception:
                self._receivers.pop(token, None)
