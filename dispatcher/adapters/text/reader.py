"""`TextReader`: rules and model together, with the reasons for what they say."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dispatcher.core.classify import (
    Because,
    Casualties,
    Discount,
    Evidence,
    Reason,
    TextContext,
    Thresholds,
)

from . import rulebook
from .analyse import Analyser, Analysis
from .context import with_context
from .lexicon import Hit
from .matters import Part, matters_of, parts_of
from .model import LABELS, Model, Opinion, Rows
from .model_file import ModelInvalid, from_text
from .people import count_people
from .triggers import Triggers

MODEL_FILE = "classification/model.txt"
_MAX_REASONS = 8
_FIRST_CLASS = len(LABELS)


class RuleReader:
    """Built once from the rules folder; ``read`` is thread-safe, never raises, and its results are
    those of a pure function: what it remembers (`grown.py`) only makes a growing text quicker."""

    def __init__(self, analyser: Analyser, model: Model) -> None:
        self.analyser = analyser
        self.model = model
        book = analyser.book
        self._triggers = Triggers(book)
        self._book = book
        self._urgent = {
            key
            for key, rule in book.concepts.items()
            if rule["clause"].startswith(("R2.1e", "Q-", "AMB"))
        }
        limits = book.settings
        self._thresholds = thresholds(limits)

    def read(self, text: str, context: TextContext) -> Evidence:
        """Evidence for ``text`` (any string). About 0.6 ms for a text that has grown
        to 400 characters, 0.9 ms for a new one; texts beyond
        `normal.MAX_CHARS` are read at both ends and marked ``truncated``."""
        seen = self.analyser(text)
        if not seen.text:
            return Evidence(thresholds=self._thresholds)
        runs = self.model.grams.find(seen.masked, seen.masked_sound)
        starts = runs.starts
        rows: Rows = np.fromiter(starts, np.intp, len(starts))
        opinion = self.model.judge(self.model.scores(rows, seen.signs, seen.ends))
        parts = parts_of(self.model, seen, runs)
        opinion, rows = self._most_urgent(opinion, rows, parts)
        facts, doubted = self._triggers.believed(
            seen.text, seen.found, opinion.major, self._book.settings["disbelief"]
        )
        classes, categories, known = with_context(
            opinion, context, seen.located.district, self._book.settings["context"]
        )
        return Evidence(
            facts=facts,
            major=opinion.major,
            classes=classes,
            categories=categories,
            district=seen.located.district,
            casualties=count_people(seen.text, seen.found) if facts else Casualties(),
            hazards=tuple(dict.fromkeys(fact.hazard for fact in facts if fact.hazard)),
            matters=matters_of(parts, seen, facts),
            reasons=(*known, *self._reasons(seen, rows, starts, opinion.classes)),
            discounts=(*doubted, *self._discounts(seen)),
            thresholds=self._thresholds,
            truncated=seen.truncated,
        )

    def _most_urgent(
        self, whole: Opinion, rows: Rows, parts: Sequence[Part]
    ) -> tuple[Opinion, Rows]:
        """Of several matters the most urgent decides: a sentence that is surely major is not
        drowned by a long complaint around it."""
        worst = max(parts, key=lambda part: part.opinion.major, default=None)
        limit = self._thresholds.major
        if (
            worst is None
            or whole.major >= limit
            or worst.opinion.major < self._book.settings["matter"]
        ):
            return whole, rows
        return worst.opinion, worst.rows

    def _reasons(
        self, seen: Analysis, rows: Rows, starts: dict[int, int], classes: list[float]
    ) -> tuple[Reason, ...]:
        """What weighs most for the class that the model takes: concepts, then learned runs."""
        output = _FIRST_CLASS + classes.index(max(classes))
        found = [*self._concepts(seen, output), *self._runs(seen, rows, starts, output)]
        found.sort(key=lambda reason: -reason.weight)
        out: list[Reason] = []
        for reason in found:
            if all(reason.words not in other.words for other in out):
                out.append(reason)
        return tuple(out[:_MAX_REASONS])

    def _concepts(self, seen: Analysis, output: int) -> list[Reason]:
        signs = self.model.signs
        scale = math.sqrt(max(1, len(seen.signs)))
        longest: dict[str, tuple[int, int]] = {}
        for concept, start, end, off, _ in seen.found.hits:
            if off is None:
                first, last = longest.get(concept, (0, 0))
                if end - start > last - first:
                    longest[concept] = start, end
        known = [concept for concept in longest if f"c:{concept}" in signs.index]
        rows = [signs.index[f"c:{concept}"] for concept in known]
        weights = signs.weights[rows, output].tolist() if rows else []
        out = []
        for concept, heavy in zip(known, weights, strict=True):
            if heavy > 0:
                start, end = longest[concept]
                clause, weight = self._book.concepts[concept]["clause"], round(heavy / scale, 3)
                out.append(Reason(seen.text[start:end], f"concept:{concept}", clause, weight))
        return out

    def _runs(
        self, seen: Analysis, rows: Rows, starts: dict[int, int], output: int
    ) -> list[Reason]:
        grams = self.model.grams
        scale = math.sqrt(max(1, len(rows)))
        weights = grams.weights[rows, output] if len(rows) else np.zeros(0, np.float32)
        out = []
        for at in np.argsort(-weights)[:_MAX_REASONS]:
            row = int(rows[at])
            begin = starts[row]
            words = seen.masked[max(0, begin) : begin + len(grams.names[row])].strip(" ,。!?〇")
            if weights[at] > 0 and len(words) > 1:
                out.append(Reason(words, "model", "", round(float(weights[at]) / scale, 3)))
        return out

    def _discounts(self, seen: Analysis) -> tuple[Discount, ...]:
        """Words of emergency concepts that do not count, each with the words that say so; of
        words inside one another only the longest."""
        text = seen.text
        first: dict[tuple[str, str], Hit] = {}
        for hit in seen.found.hits:
            if hit.off is not None and hit.concept in self._urgent:
                first.setdefault((text[hit.start : hit.end], hit.off.scope), hit)
        out: list[Discount] = []
        for words, scope in sorted(first, key=lambda key: -len(key[0])):
            because = Because(scope.removesuffix("_after"))
            if not any(words in d.words and d.because is because for d in out):
                off = first[words, scope].off
                assert off is not None
                cue = text[off.cue.start : off.cue.end]
                clause = self._book.scopes[scope]["clause"]
                out.append(Discount(words, cue, because, f"scope:{scope}", clause))
        out += (
            Discount(text[m.start : m.end], m.why, Because.ELSEWHERE, "places", "R0.1")
            for m in dict.fromkeys(seen.located.mentions)
            if m.why
        )
        return tuple(out)


def thresholds(settings: Mapping[str, Any]) -> Thresholds:
    """Of `settings.yaml`."""
    return Thresholds(
        settings["major"], settings["sure"], settings["general"], settings["over_general"]
    )


def load(rules: Path, cache: Path | None = None, model: Path | None = None) -> RuleReader:
    """The reader for folder ``rules``. Raises RulesInvalid for rules, ModelInvalid (also for a
    missing model) with what to do."""
    analyser = Analyser(rulebook.load(rules, cache))
    return RuleReader(analyser, load_model(analyser, model or rules / MODEL_FILE))


def load_model(analyser: Analyser, path: Path) -> Model:
    """The model file at ``path``."""
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        hint = "run `dispatcher classify train`"
        raise ModelInvalid(f"{path}: cannot be read ({error}); {hint}") from error
    try:
        return from_text(text, analyser.sounds)
    except ModelInvalid as error:
        raise ModelInvalid(f"{path}: {error}") from error
