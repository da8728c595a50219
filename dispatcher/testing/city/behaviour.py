"""What a phone of the city does when it rings, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace

BUSY = 17  # SIP 486
NO_SUCH_NUMBER = 1  # 404
REJECTED = 21  # 403
UNREACHABLE = 19  # 480
DECLINE_AFTER_S = 0.5


@dataclass(frozen=True)
class Behaviour:
    """One way a phone behaves; all times in seconds.

    ``answer_after_s`` counts from the INVITE, None never answers. ``keys`` are pressed after
    the answer, each with its time counted from the answer. ``hang_up_after_s`` counts from
    the answer, ``refuse_after_s`` from the INVITE with the Q.850 cause ``refuse_cause``.
    ``rings`` False sends no 180. ``speech`` is played before the tone; ``tone_hz`` 0 sounds
    nothing, None takes the party's own.
    """

    answer_after_s: float | None = 0.3
    keys: tuple[tuple[float, str], ...] = ()
    hang_up_after_s: float | None = None
    refuse_after_s: float | None = None
    refuse_cause: int = BUSY
    rings: bool = True
    speech: str = ""
    tone_hz: float | None = None

    @classmethod
    def answers(cls, after_s: float = 0.3) -> Behaviour:
        """Answers and stays."""
        return cls(answer_after_s=after_s)

    @classmethod
    def presses(cls, key: str, after_s: float = 1.0, answer_after_s: float = 0.3) -> Behaviour:
        """Answers and presses ``key`` ``after_s`` after it."""
        return cls(answer_after_s=answer_after_s, keys=((after_s, key),))

    @classmethod
    def silent(cls, answer_after_s: float = 0.3) -> Behaviour:
        """Answers, presses nothing and says nothing."""
        return cls(answer_after_s=answer_after_s, tone_hz=0)

    @classmethod
    def no_answer(cls) -> Behaviour:
        """Rings for ever."""
        return cls(answer_after_s=None)

    @classmethod
    def busy(cls) -> Behaviour:
        return cls(answer_after_s=None, refuse_after_s=0, refuse_cause=BUSY, rings=False)

    @classmethod
    def rejects(cls, after_s: float = DECLINE_AFTER_S) -> Behaviour:
        """Rings, then presses the red button."""
        return cls(answer_after_s=None, refuse_after_s=after_s, refuse_cause=REJECTED)

    @classmethod
    def unreachable(cls) -> Behaviour:
        """The network says that the phone is off."""
        return cls(answer_after_s=None, refuse_after_s=0, refuse_cause=UNREACHABLE, rings=False)

    @classmethod
    def no_such_number(cls) -> Behaviour:
        return cls(answer_after_s=None, refuse_after_s=0, refuse_cause=NO_SUCH_NUMBER, rings=False)

    @classmethod
    def voicemail(cls, after_s: float = 1.0) -> Behaviour:
        """A machine: answers, speaks, beeps, records 20 s, hangs up; presses no key."""
        return cls(answer_after_s=after_s, speech="voicemail", tone_hz=0, hang_up_after_s=20.0)

    def then(self, key: str, after_s: float) -> Behaviour:
        """The same and, ``after_s`` after the answer, ``key``."""
        return replace(self, keys=(*self.keys, (after_s, key)))

    def leaving(self, after_s: float) -> Behaviour:
        """The same, hanging up ``after_s`` after the answer."""
        return replace(self, hang_up_after_s=after_s)
