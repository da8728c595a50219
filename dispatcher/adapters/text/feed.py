"""What is said and typed during a call, joined: a speech engine's feed and the agent's form.

One message, as JSON, the same over MQTT, REST and websocket (`docs/classification.md`):

``call``     id of the call (string, required)
``segment``  id of one utterance, or ``note`` for the agent's form (required)
``seq``      number that grows within a segment; an older one is ignored (required)
``text``     what the segment now says: a later message replaces it (fragments, corrections)
``append``   true: ``text`` is added to the segment instead
``speaker``  ``caller`` (default), ``agent`` or ``note``; what the agent says is kept, not judged
``digits``   keys pressed, added to the call's (text may then be missing)
``final``    true: the utterance is complete (information only)
``end``      true: the call is over, everything about it is forgotten
"""

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

MAX_CALLS = 2_000
MAX_SEGMENTS = 2_000
MAX_TEXT = 8_000
"""Characters of one message; also how much of a call is read at once (its latest part)."""
_SPEAKERS = ("caller", "agent", "note")
_PAUSE = "。"
_ENDS = "。!?!?,,;;"


class FeedInvalid(ValueError):
    """A message that cannot be used; says which field and why. The call's text is unchanged."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the feed, as documented in this module."""

    call: str
    segment: str
    seq: int
    text: str | None = None
    append: bool = False
    speaker: str = "caller"
    digits: str = ""
    final: bool = False
    end: bool = False


@dataclass(slots=True)
class _Segment:
    seq: int
    text: str
    speaker: str


@dataclass(slots=True)
class _Call:
    segments: dict[str, _Segment] = field(default_factory=dict)
    digits: str = ""


def parse(raw: bytes | str) -> Message:
    """One message from its JSON. Raises FeedInvalid."""
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise FeedInvalid(f"is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise FeedInvalid("is not a JSON object")
    return message(row)


def message(row: dict[str, Any]) -> Message:
    """One message from decoded JSON. Raises FeedInvalid naming the field."""
    unknown = set(row) - set(Message.__dataclass_fields__)
    if unknown:
        raise FeedInvalid(f"unknown fields {sorted(unknown)}")
    for name in ("call", "segment"):
        value = row.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= 200:
            raise FeedInvalid(f"{name}: must be a string of 1 to 200 characters")
    seq = row.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or seq < 0:
        raise FeedInvalid("seq: must be a whole number from 0 on")
    for name in ("append", "final", "end"):
        if not isinstance(row.get(name, False), bool):
            raise FeedInvalid(f"{name}: must be true or false")
    text, digits = row.get("text"), row.get("digits", "")
    if text is not None and (not isinstance(text, str) or len(text) > MAX_TEXT):
        raise FeedInvalid(f"text: must be a string of at most {MAX_TEXT} characters")
    if not isinstance(digits, str) or not set(digits) <= set("0123456789*#"):
        raise FeedInvalid("digits: must be keys 0-9 * #")
    if row.get("speaker", "caller") not in _SPEAKERS:
        raise FeedInvalid(f"speaker: must be one of {_SPEAKERS}")
    if text is None and not digits and not row.get("end"):
        raise FeedInvalid("text: is missing")
    return Message(**row)


class Transcripts:
    """The text of every call in progress. Bounded: the call untouched longest is forgotten first,
    and of one call the oldest utterances. Not thread-safe: one owner feeds it."""

    def __init__(self) -> None:
        self._calls: OrderedDict[str, _Call] = OrderedDict()

    def apply(self, new: Message) -> bool:
        """Take in one message. True when the call's text or digits changed (or it ended)."""
        if new.end:
            return self._calls.pop(new.call, None) is not None
        call = self._calls.setdefault(new.call, _Call())
        self._calls.move_to_end(new.call)
        if len(self._calls) > MAX_CALLS:
            self._calls.popitem(last=False)
        call.digits = (call.digits + new.digits)[-64:]
        if new.text is None:
            return bool(new.digits)
        known = call.segments.get(new.segment)
        if known is not None and new.seq <= known.seq:
            return bool(new.digits)
        text = (known.text if known and new.append else "") + new.text
        speaker = "note" if new.segment == "note" else new.speaker
        call.segments[new.segment] = _Segment(new.seq, text[-MAX_TEXT:], speaker)
        if len(call.segments) > MAX_SEGMENTS:
            call.segments.pop(next(iter(call.segments)))
        return known is None or known.text != text or bool(new.digits)

    def text(self, call: str) -> str:
        """The caller's utterances in the order they began, then the agent's note; "" if unknown.

        What the agent says aloud is left out: a question (有没有闻到煤气味?) is no statement.
        """
        return _join([*self._of(call, "caller"), *self._of(call, "note")])[-MAX_TEXT:]

    def heard(self, call: str) -> str:
        """The caller's utterances alone."""
        return _join(self._of(call, "caller"))[-MAX_TEXT:]

    def _of(self, call: str, speaker: str) -> list[str]:
        known = self._calls.get(call)
        return [s.text for s in known.segments.values() if s.speaker == speaker] if known else []

    def digits(self, call: str) -> str:
        """Keys pressed so far."""
        known = self._calls.get(call)
        return known.digits if known else ""


def _join(parts: list[str]) -> str:
    """Utterances end with a pause, so that no word is made across two of them."""
    out = []
    for part in parts:
        text = part.strip()
        if text:
            out.append(text if text[-1] in _ENDS else text + _PAUSE)
    return "".join(out)
