"""`TextReader`: rules and model together, with the reasons for what they say."""

from pathlib import Path

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
from .matters import matters_of
from .model import LABELS, Floats, Model, from_text
from .people import count_people
from .triggers import Triggers

MODEL_FILE = "classification/model.txt"
_MAX_REASONS = 12
_MAJOR_OUTPUT = len(LABELS)


class RuleReader:
    """Built once from the rules folder; ``read`` is pure, thread-safe and never raises."""

    def __init__(self, analyser: Analyser, model: Model) -> None:
        self.analyser = analyser
        self.model = model
        book = analyser.book
        self._triggers = Triggers(book)
        self._book = book
        limits = book.settings
        self._thresholds = Thresholds(limits["major"], limits["sure"], limits["general"])

    def read(self, text: str, context: TextContext) -> Evidence:
        """Evidence for ``text`` (any string). About 0.5 ms for 400 characters; texts beyond
        `normal.MAX_CHARS` are read at both ends and marked ``truncated``."""
        seen = self.analyser(text)
        if not seen.text:
            return Evidence(thresholds=self._thresholds)
        runs = self.model.grams.find(seen.masked, seen.masked_sound)
        rows = list({row for row, _ in runs})
        opinion = self.model.judge(self.model.scores(rows, seen.signs))
        facts = self._triggers.find(seen.text, seen.found)
        classes, categories = with_context(
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
            matters=matters_of(self.model, seen, runs, self._thresholds),
            reasons=self._reasons(seen, rows, runs, opinion.classes),
            discounts=self._discounts(seen),
            thresholds=self._thresholds,
            truncated=seen.truncated,
        )

    def _reasons(
        self, seen: Analysis, rows: list[int], runs: list[tuple[int, int]], classes: Floats
    ) -> tuple[Reason, ...]:
        """The concepts that stand, then the learned runs that weigh most for the class taken."""
        output = _MAJOR_OUTPUT + int(np.argmax(classes))
        out = []
        signs = self.model.signs
        named: set[str] = set()
        for hit in seen.found.hits:
            row = signs.index.get(f"c:{hit.concept}")
            if hit.off is not None or row is None or hit.concept in named:
                continue
            named.add(hit.concept)
            weight = float(signs.weights[row, output]) / np.sqrt(max(1, len(seen.signs)))
            if weight > 0:
                rule = self._book.concepts[hit.concept]
                words = seen.text[hit.start : hit.end]
                out.append(Reason(words, f"concept:{hit.concept}", rule["clause"], round(weight, 3)))
        grams = self.model.grams.weights
        scale = np.sqrt(max(1, len(rows)))
        starts = dict(reversed(runs))
        best = sorted(rows, key=lambda row: -grams[row, output])[:6]
        names = self._names(best)
        for row in best:
            weight = float(grams[row, output]) / scale
            words = seen.text[starts[row] : starts[row] + len(names[row].strip("^$"))]
            if weight > 0 and words.strip():
                out.append(Reason(words, "model", "", round(weight, 3)))
        out.sort(key=lambda reason: -reason.weight)
        return tuple(out[:_MAX_REASONS])

    def _names(self, rows: list[int]) -> dict[int, str]:
        return {row: self.model.grams.names[row] for row in rows}

    def _discounts(self, seen: Analysis) -> tuple[Discount, ...]:
        """Words of emergency concepts that do not count, each with the words that say so."""
        out: dict[tuple[str, str], Discount] = {}
        for hit in seen.found.hits:
            rule = self._book.concepts[hit.concept]
            if hit.off is None or not rule["clause"].startswith(("R2.1e", "Q-", "AMB")):
                continue
            cue = hit.off.cue
            scope = self._book.scopes[hit.off.scope]
            words = seen.text[hit.start : hit.end]
            because = Because(hit.off.scope.removesuffix("_after"))
            rule_id = f"scope:{hit.off.scope}"
            item = Discount(words, seen.text[cue.start : cue.end], because, rule_id, scope["clause"])
            out.setdefault((words, item.cue), item)
        for mention in seen.located.mentions:
            if mention.why:
                words = seen.text[mention.start : mention.end]
                item = Discount(words, mention.why, Because.ELSEWHERE, "places", "R0.1")
                out.setdefault((words, mention.why), item)
        return tuple(out.values())


def load(rules: Path, cache: Path | None = None, model: Path | None = None) -> RuleReader:
    """The reader for folder ``rules``. Raises RulesInvalid for rules, ModelInvalid (also for a
    missing model) with what to do."""
    analyser = Analyser(rulebook.load(rules, cache))
    return RuleReader(analyser, load_model(analyser, model or rules / MODEL_FILE))


def load_model(analyser: Analyser, path: Path) -> Model:
    """The model file at ``path``."""
    from .model import ModelInvalid

    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "run `dispatcher classify train`"
        raise ModelInvalid(f"{path}: cannot be read ({error}); {hint}") from error
    try:
        return from_text(text, analyser.sounds)
    except ModelInvalid as error:
        raise ModelInvalid(f"{path}: {error}") from error


