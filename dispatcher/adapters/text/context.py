"""What is known besides the words: bulletins, the number's history, digits pressed.

It only ever adds to an emergency's category and class; it never speaks against one, and it never
makes a matter major by itself.
"""

import math
from typing import Any

from dispatcher.core.classify import TextContext
from dispatcher.core.ids import CATEGORIES, CaseClass

from .model import CLASSES, LABELS, Opinion


def with_context(
    opinion: Opinion, context: TextContext, district: str | None, rule: dict[str, Any]
) -> tuple[dict[CaseClass, float], dict[str, float]]:
    """Class probabilities, and category probabilities within each class, after the context."""
    gain = _gains(context, district, rule)
    classes = dict(zip(CLASSES, opinion.classes, strict=True))
    labels = dict(zip(LABELS, opinion.labels, strict=True))
    weights = {name: labels[name] * math.exp(gain.get(name, 0.0)) for name in CATEGORIES}
    general = max((g for name, g in gain.items() if name.startswith("E1")), default=0.0)
    if general:
        classes[CaseClass.EMERGENCY_GENERAL] *= math.exp(general)
        rest = [name for name in CLASSES if name is not CaseClass.EMERGENCY_MAJOR]
        left = (1 - classes[CaseClass.EMERGENCY_MAJOR]) / (sum(classes[n] for n in rest) or 1.0)
        classes |= {name: classes[name] * left for name in rest}
    return classes, _within(weights)


def _gains(context: TextContext, district: str | None, rule: dict[str, Any]) -> dict[str, float]:
    """Log-odds added to each category."""
    gain: dict[str, float] = {}
    for category, where in context.bulletins:
        if where is None or district is None or where == district:
            gain[category] = max(gain.get(category, 0.0), rule["bulletin"])
    for category in set(context.history):
        gain[category] = gain.get(category, 0.0) + rule["history"]
    for pressed, table in ((context.ivr_digits, "ivr"), (context.dialled, "dialled")):
        category = rule[table].get(pressed)
        if category:
            gain[category] = gain.get(category, 0.0) + rule["ivr_weight"]
    return gain


def _within(weights: dict[str, float]) -> dict[str, float]:
    """Scaled so that the categories of each class sum to 1."""
    total = dict.fromkeys(CaseClass, 0.0)
    for category, value in weights.items():
        total[CATEGORIES[category][1]] += value
    return {c: value / (total[CATEGORIES[c][1]] or 1.0) for c, value in weights.items()}
