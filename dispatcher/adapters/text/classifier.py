"""`ports.Classifier`: reader, decision and per-call memory behind one small door."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dispatcher.core.classify import (
    Classification,
    Correction,
    FactKind,
    TextContext,
    TextReader,
    accept_proposal,
    decide,
)
from dispatcher.core.errors import Refused
from dispatcher.core.ids import CaseClass, Instant

from . import reader
from .feed import MAX_TEXT, FeedInvalid, Message, Transcripts, message
from .overrides import Label, Override, append_to_log


@dataclass(slots=True)
class _Call:
    """What is known of one call so far."""

    text: str = ""
    known: TextContext = field(default_factory=TextContext)
    shown: Classification | None = None
    corrections: tuple[Correction, ...] = ()
    notes: int = 0


class TextClassifier:
    """Keeps what stands on the screen of each call, so that a class never flickers downwards.

    ``log`` is the file of overrides; without one they are not kept.
    """

    def __init__(self, text_reader: TextReader, log: Path | None = None) -> None:
        self._reader = text_reader
        self._log = log
        self._calls: dict[str, _Call] = {}
        self._said = Transcripts()

    @classmethod
    def load(cls, rules: Path, log: Path | None = None) -> "TextClassifier":
        """From the rules folder. Raises RulesInvalid or ModelInvalid with what to do."""
        return cls(reader.load(rules), log)

    def use(self, text_reader: TextReader) -> None:
        """Read with other rules from now on; what stands on the screens stays until more is
        said."""
        self._reader = text_reader

    def classify(
        self, text: str, *, key: str = "", known: TextContext | None = None
    ) -> dict[str, Any]:
        """What ``text`` says; with a ``key``, in the light of what was shown before."""
        if not key:
            return view(self._decide("", _Call(text, known or TextContext())))
        call = self._calls.setdefault(key, _Call())
        call.known = known or call.known
        call.notes += 1
        self._said.apply(Message(key, "note", call.notes, text[:MAX_TEXT]))
        call.text = self._said.text(key)
        return view(self._decide(key, call))

    def know(self, key: str, known: TextContext) -> dict[str, Any] | None:
        """Read again what was said, with what has become known meanwhile."""
        call = self._calls.get(key)
        if call is None or call.shown is None:
            return None
        call.known = known
        return view(self._decide(key, call))

    def hear(
        self, row: Mapping[str, Any], known: TextContext | None = None
    ) -> tuple[str, dict[str, Any] | None]:
        """One message of a speech engine's feed (`feed.py`); the call, and what now stands.

        None when nothing changed or the call is over. Raises `Refused` naming the field.
        """
        try:
            new = message(dict(row))
        except FeedInvalid as error:
            field = str(error).partition(":")[0]
            raise Refused("BAD_TRANSCRIPT", f"转写消息不正确:{error}", str(error), field) from error
        if not self._said.apply(new) or new.end:
            return new.call, None
        call = self._calls.setdefault(new.call, _Call())
        call.known = known or call.known
        call.text = self._said.text(new.call)
        return new.call, {
            **view(self._decide(new.call, call)),
            "transcript": self._said.heard(new.call),
        }

    def correct(self, key: str, kind: str, stands: bool, by: str) -> dict[str, Any]:
        """An agent's word on a fact: it counts until the call ends, and is logged."""
        call = self._known(key)
        try:
            fact = FactKind(kind)
        except ValueError as error:
            names = ", ".join(FactKind)
            raise Refused(
                "BAD_FACT", f"事实须为 {names}", f"a fact is one of {names}", "fact"
            ) from error
        others = tuple(c for c in call.corrections if c.kind is not fact)
        call.corrections = (*others, Correction(fact, stands, by))
        return view(self._decide(key, call))

    def accept_lower(self, key: str) -> dict[str, Any]:
        """A person takes the proposed lower class."""
        call = self._known(key)
        assert call.shown is not None
        try:
            call.shown = accept_proposal(call.shown)
        except ValueError as error:
            raise Refused(
                "NOTHING_PROPOSED", "没有可确认的降级,或危险事实仍成立", str(error), "class"
            ) from error
        return view(call.shown)

    def overridden(
        self, key: str, now: Instant, by: str, taken: tuple[CaseClass, str | None, str | None]
    ) -> None:
        """Log what a person made of a call when it is not what was shown (class, category)."""
        call = self._calls.get(key)
        if call is None or call.shown is None or self._log is None:
            return
        said = Label(call.shown.case_class, call.shown.category, call.shown.district)
        label = Label(*taken)
        if (said.case_class, said.category) != (label.case_class, label.category):
            append_to_log(self._log, Override(now, by, call.text, said, label))

    def forget(self, key: str) -> None:
        """The call is over."""
        self._calls.pop(key, None)
        self._said.apply(Message(key, "note", 0, None, end=True))

    def _known(self, key: str) -> _Call:
        call = self._calls.get(key)
        if call is None or call.shown is None:
            raise Refused("NOTHING_READ", "这个来电还没有文字", "nothing was typed for it", "call")
        return call

    def _decide(self, key: str, call: _Call) -> Classification:
        pressed = call.known.ivr_digits + self._said.digits(key)
        evidence = self._reader.read(call.text, replace(call.known, ivr_digits=pressed))
        evidence = replace(evidence, corrections=call.corrections)
        call.shown = decide(evidence, call.shown)
        return call.shown


def view(got: Classification) -> dict[str, Any]:
    """For the desk: class, category, district, facts, and the words that say so."""
    hurt = got.casualties
    return {
        "class": got.case_class.value,
        "category": got.category,
        "district": got.district,
        "probability": round(got.probability, 4),
        "doubt": got.doubt,
        "proposed": got.proposed.value if got.proposed else None,
        "casualties": hurt.dead + hurt.injured + hurt.trapped + hurt.ill,
        "hazards": list(got.hazards),
        "facts": [{"kind": f.kind.value, "words": f.words} for f in got.facts],
        "matters": [
            {
                "class": m.case_class.value,
                "category": m.category,
                "district": m.district,
                "words": m.words,
                "rule": m.rule,
                "clause": m.clause,
            }
            for m in got.matters
        ],
        "evidence": [
            *(
                {"words": f.words, "rule": f.rule, "clause": f.clause, "effect": "fact"}
                for f in got.facts
            ),
            *(
                {
                    "words": r.words,
                    "rule": r.rule,
                    "clause": r.clause,
                    "effect": "for" if r.weight >= 0 else "against",
                }
                for r in got.reasons
            ),
            *(
                {
                    "words": d.words,
                    "rule": d.rule,
                    "clause": d.clause,
                    "effect": f"discounted:{d.because.value}",
                    "cue": d.cue,
                }
                for d in got.discounts
            ),
        ],
    }
