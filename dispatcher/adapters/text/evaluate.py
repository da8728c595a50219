"""What a classification is worth: counts against labels, and a report for people."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dispatcher.core.classify import Classification
from dispatcher.core.ids import CATEGORIES, CaseClass

from .corpus import Statement

Classify = Callable[[str], Classification]
_SHORT = {
    CaseClass.EMERGENCY_MAJOR: "major",
    CaseClass.EMERGENCY_GENERAL: "general",
    CaseClass.ORDINARY: "ordinary",
    CaseClass.CONSULT: "consult",
}
_BINS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """One statement and what was said of it."""

    statement: Statement
    got: Classification


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares between 0 and 1; a share of nothing is 1 (nothing was wrong)."""

    major_recall: float
    false_major: float
    class_right: float
    category_right: float
    district_right: float
    calibration_error: float
    brier: float
    count: int


def judge(statements: Iterable[Statement], classify: Classify) -> list[Judged]:
    """Every statement classified, in order."""
    return [Judged(item, classify(item.text)) for item in statements]


def figures(judged: list[Judged]) -> Figures:
    """The figures a centre is measured by."""
    major = [j for j in judged if j.statement.case_class is CaseClass.EMERGENCY_MAJOR]
    calm = [j for j in judged if not j.statement.case_class.is_emergency]
    urgent = [j for j in judged if j.statement.case_class.is_emergency]
    return Figures(
        major_recall=_share(_is_major(j) for j in major),
        false_major=1 - _share(not _is_major(j) for j in calm),
        class_right=_share(j.got.case_class is j.statement.case_class for j in judged),
        category_right=_share(j.got.category == j.statement.category for j in urgent),
        district_right=_share(j.got.district == j.statement.district for j in judged),
        calibration_error=_calibration_error(judged),
        brier=_mean((j.got.probability - _truth(j)) ** 2 for j in judged),
        count=len(judged),
    )


def _is_major(judged: Judged) -> bool:
    return judged.got.case_class is CaseClass.EMERGENCY_MAJOR


def _truth(judged: Judged) -> float:
    return float(judged.statement.case_class is CaseClass.EMERGENCY_MAJOR)


def _share(values: Iterable[bool]) -> float:
    known = list(values)
    return sum(known) / len(known) if known else 1.0


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return sum(known) / len(known) if known else 0.0


def _bins(judged: list[Judged]) -> list[list[Judged]]:
    out: list[list[Judged]] = [[] for _ in range(_BINS)]
    for item in judged:
        out[min(_BINS - 1, int(item.got.probability * _BINS))].append(item)
    return out


def _calibration_error(judged: list[Judged]) -> float:
    """Expected calibration error over ten bins."""
    total = 0.0
    for group in _bins(judged):
        gap = _mean(j.got.probability for j in group) - _mean(map(_truth, group))
        total += abs(gap) * len(group)
    return total / len(judged) if judged else 0.0


def report(judged: list[Judged], worst: int = 20) -> str:
    """The whole report; ``worst`` errors with their texts, 0 for aggregate figures only."""
    sums = figures(judged)
    parts = [
        f"{sums.count} statements",
        f"major recall          {sums.major_recall:7.2%}   (wanted >= 98 %)",
        f"calm taken for major  {sums.false_major:7.2%}   (wanted <=  3 %)",
        f"class right           {sums.class_right:7.2%}   (wanted >= 92 %)",
        f"category right        {sums.category_right:7.2%}   (wanted >= 92 %, of emergencies)",
        f"district right        {sums.district_right:7.2%}   (wanted >= 95 %)",
        f"district when named   {_named(judged, True):7.2%}",
        f"district when not     {_named(judged, False):7.2%}",
        "",
        *_confusion(judged),
        "",
        *_by_category(judged),
        "",
        f"calibration: error {sums.calibration_error:.3f}, Brier {sums.brier:.4f}",
        *_calibration(judged),
    ]
    if worst:
        parts += ["", "worst errors", *_worst(judged, worst)]
    return "\n".join(parts)


def _named(judged: list[Judged], named: bool) -> float:
    group = [j for j in judged if (j.statement.district is not None) == named]
    return _share(j.got.district == j.statement.district for j in group)


def _confusion(judged: list[Judged]) -> list[str]:
    count = Counter((j.statement.case_class, j.got.case_class) for j in judged)
    out = ["true \\ taken " + "".join(f"{_SHORT[c]:>10}" for c in CaseClass) + "    recall"]
    for true in CaseClass:
        row = [count[true, taken] for taken in CaseClass]
        recall = count[true, true] / sum(row) if sum(row) else 1.0
        out.append(f"{_SHORT[true]:<12} " + "".join(f"{n:>10}" for n in row) + f"{recall:>10.1%}")
    precision = [_precision([count[t, taken] for t in CaseClass], count[taken, taken])
                 for taken in CaseClass]  # fmt: skip
    out.append("precision    " + "".join(f"{p:>10.1%}" for p in precision))
    return out


def _precision(column: list[int], right: int) -> float:
    return right / sum(column) if sum(column) else 1.0


def _by_category(judged: list[Judged]) -> list[str]:
    out = ["category      count    recall precision   taken for"]
    for category in CATEGORIES:
        true = [j for j in judged if j.statement.category == category]
        taken = [j for j in judged if j.got.category == category]
        right = sum(j.got.category == category for j in true)
        wrong = Counter(
            j.got.category or _SHORT[j.got.case_class] for j in true if j.got.category != category
        )
        names = ", ".join(f"{name} {n}" for name, n in wrong.most_common(4))
        recall, precision = (right / len(g) if g else 1.0 for g in (true, taken))
        out.append(f"{category:<12} {len(true):>6} {recall:>9.1%} {precision:>9.1%}   {names}")
    return out


def _calibration(judged: list[Judged]) -> list[str]:
    out = ["  said     count   was"]
    for number, group in enumerate(_bins(judged)):
        if group:
            low, was = number / _BINS, _mean(map(_truth, group))
            out.append(f"  {low:.1f}-{low + 0.1:.1f} {len(group):>6} {was:.3f}")
    return out


def _worst(judged: list[Judged], most: int) -> list[str]:
    """Errors by harm: missed majors first, then false majors, then other classes."""
    wrong = [j for j in judged if j.got.case_class is not j.statement.case_class]
    wrong.sort(key=_harm, reverse=True)
    return [
        f"{j.statement.place}: {j.statement.label} taken for "
        f"{j.got.category or j.got.case_class} ({j.got.probability:.2f}): {j.statement.text}"
        for j in wrong[:most]
    ]


def _harm(judged: Judged) -> tuple[int, float]:
    if judged.statement.case_class is CaseClass.EMERGENCY_MAJOR:
        return 2, 1 - judged.got.probability
    return int(_is_major(judged)), judged.got.probability
