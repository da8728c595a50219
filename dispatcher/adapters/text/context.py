"""What is known besides the words: bulletins, the number's history, keys pressed, number dialled.

It only ever adds to an emergency's category and class; it never speaks against one, and it never
makes a matter major by itself.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from dispatcher.core.classify import Reason, TextContext
from dispatcher.core.ids import CATEGORIES, CaseClass

from .model import CLASSES, LABELS, Opinion

_Known = tuple[str, float, Reason]


def with_context(
    opinion: Opinion, context: TextContext, district: str | None, rule: Mapping[str, Any]
) -> tuple[dict[CaseClass, float], dict[str, float], tuple[Reason, ...]]:
    """Class probabilities, category probabilities within each class, both after the context, and
    what of it counted."""
    known = [*_bulletins(context, district, rule), *_others(context, rule)]
    gain: dict[str, float] = {}
    for category, weight, _ in known:
        gain[category] = gain.get(category, 0.0) + weight
    classes = dict(zip(CLASSES, opinion.classes, strict=True))
    labels = dict(zip(LABELS, opinion.labels, strict=True))
    weights = {name: labels[name] * math.exp(gain.get(name, 0.0)) for name in CATEGORIES}
    general = max((g for name, g in gain.items() if name.startswith("E1")), default=0.0)
    if general:
        classes[CaseClass.EMERGENCY_GENERAL] *= math.exp(general)
        rest = [name for name in CLASSES if name is not CaseClass.EMERGENCY_MAJOR]
        left = (1 - classes[CaseClass.EMERGENCY_MAJOR]) / (sum(classes[n] for n in rest) or 1.0)
        classes |= {name: classes[name] * left for name in rest}
    return classes, _within(weights), tuple(dict.fromkeys(reason for _, _, reason in known))


def _bulletins(
    context: TextContext, district: str | None, rule: Mapping[str, Any]
) -> Iterator[_Known]:
    """Each category once, however many bulletins name it; the one of this district first."""
    seen = set()
    for item in sorted(context.bulletins, key=lambda item: item.district != district):
        here = item.district is None or district is None or item.district == district
        if here and item.category not in seen:
            seen.add(item.category)
            reason = Reason(item.words, "context:bulletin", "A4.3", rule["bulletin"])
            yield item.category, rule["bulletin"], reason


def _others(context: TextContext, rule: Mapping[str, Any]) -> Iterator[_Known]:
    for category in dict.fromkeys(context.history):
        words = f"此号码近期工单 {category}"
        yield (
            category,
            rule["history"],
            Reason(words, "context:history", "Q-R2.1d-11", rule["history"]),
        )
    chosen = _menu(context.ivr_digits, rule["ivr"])
    if chosen:
        words, weight = f"按键 {context.ivr_digits[:32]}", rule["ivr_weight"]
        yield chosen, weight, Reason(words, "context:ivr", "", weight)
    line = rule["dialled"].get(context.dialled)
    if line:
        words, weight = f"拨打 {context.dialled}", rule["ivr_weight"]
        yield line, weight, Reason(words, "context:dialled", "", weight)


def _menu(pressed: str, table: Mapping[str, str]) -> str | None:
    """The category of the longest known choice that the keys begin with (2, then 1: ``21``)."""
    known = [keys for keys in table if keys and pressed.startswith(keys)]
    return table[max(known, key=len)] if known else None


def _within(weights: dict[str, float]) -> dict[str, float]:
    """Scaled so that the categories of each class sum to 1."""
    total = dict.fromkeys(CaseClass, 0.0)
    for category, value in weights.items():
        total[CATEGORIES[category][1]] += value
    return {c: value / (total[CATEGORIES[c][1]] or 1.0) for c, value in weights.items()}
