"""The several matters of one call: each sentence judged by itself, equal neighbours joined."""

import re

from dispatcher.core.classify import Matter, Thresholds
from dispatcher.core.ids import CATEGORIES, CaseClass

from .analyse import Analysis
from .model import LABELS, Model, RunsFound

_SENTENCE = re.compile(r"[。!?;\n]+|\.{3}")
_SHORTEST = 8
_SURE = 0.6
_MAX = 5
_NAMES = 40


def matters_of(
    model: Model, seen: Analysis, runs: RunsFound, limits: Thresholds
) -> tuple[Matter, ...]:
    """Up to five matters, most urgent first; empty when the text is one sentence.

    A sentence is judged by its learned runs alone; it is a matter when one label is likely.
    """
    cuts = _sentences(seen.masked)
    if len(cuts) < 2:
        return ()
    best: dict[str, tuple[float, str]] = {}
    for start, end in cuts:
        opinion = model.judge(model.bias + model.grams.score(runs.between(start, end)))
        p = max(opinion.labels)
        top = opinion.labels.index(p)
        if p >= _SURE and p > best.get(LABELS[top], (0.0, ""))[0]:
            best[LABELS[top]] = p, seen.masked[start:end][:_NAMES]
    found = [_matter(label, words) for label, (_, words) in best.items()]
    found.sort(key=lambda matter: -matter.case_class.urgency)
    return tuple(found[:_MAX])


def _sentences(text: str) -> list[tuple[int, int]]:
    out, start = [], 0
    for match in _SENTENCE.finditer(text):
        if match.start() - start >= _SHORTEST:
            out.append((start, match.start()))
            start = match.end()
    if len(text) - start >= _SHORTEST:
        out.append((start, len(text)))
    return out


def _matter(label: str, words: str) -> Matter:
    if label in CATEGORIES:
        return Matter(CATEGORIES[label][1], label, words)
    return Matter(CaseClass(label), None, words)
