"""Messages for the desks of offices: two to one recipient within a minute are one.

Nothing is left out by it: the later text stands after the earlier one, under the earlier one's
key, so that a screen shows one message. What was decided stands in the ledger one by one.
"""

from dataclasses import dataclass, field

from .core.effects import NotifyDesk
from .core.ids import Instant
from .ports import Frame

MERGED_MS = 60_000


@dataclass(slots=True)
class _Last:
    """The message that a recipient has on his screen, since ``at``."""

    key: str
    at: Instant
    texts: list[str] = field(default_factory=list)


class Notices:
    """One per service; knows what each recipient was told last."""

    def __init__(self) -> None:
        self._last: dict[str, _Last] = {}

    def frame(self, effect: NotifyDesk, now: Instant) -> Frame:
        """The message as it is to be shown now, merged with one not older than a minute."""
        last = self._last.get(effect.role)
        if last is None or now - last.at > MERGED_MS:
            last = self._last[effect.role] = _Last(effect.key, now)
        if effect.text not in last.texts:
            last.texts.append(effect.text)
        text = "\n".join(last.texts)
        data = {"case": effect.case, "role": effect.role, "text": text}
        return Frame("notice", 0, last.key, data)
