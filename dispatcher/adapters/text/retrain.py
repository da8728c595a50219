"""`dispatcher classify train`: a new model, what it would change, and putting it in force."""

import csv
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dispatcher.core.classify import Evidence, decide
from dispatcher.core.ids import CATEGORIES, DISTRICTS, CaseClass

from . import rulebook
from .analyse import Analyser
from .corpus import CorpusInvalid, Statement, read_folder
from .evaluate import Judged, report
from .model import CLASSES, LABELS, Model, calibrated, log_odds
from .model_file import to_text
from .reader import thresholds
from .train import Recipe, Unseen, learn
from .triggers import Triggers

EXCLUDED = "classification/excluded.txt"
_MODEL = "classification/model.txt"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A trained model that is not yet in force, and its cross-validated report."""

    text: str
    report: str
    target: Path


def prepare(
    rules: Path, calls: Path | None, say: Callable[[str], None], by_file: bool = False
) -> Prepared:
    """Train on the corpus and on ``calls``; ``by_file`` judges every file by a model that has not
    seen it. Raises RulesInvalid or CorpusInvalid."""
    recipe = Recipe(by_file=by_file)
    analyser = Analyser(rulebook.load(rules))
    base = read_folder(rules / "corpus", rules / EXCLUDED)
    extra = read_calls(calls) if calls else []
    if not base and not extra:
        raise CorpusInvalid([f"{rules / 'corpus'}: holds no statements"])
    model, unseen = learn(analyser, base + extra, recipe, say)
    judged = judge_unseen(analyser, base + extra, model, unseen)
    parts = ["cross-validated, every statement judged by a model that has not seen it:"]
    if extra:
        before_model, before = learn(analyser, base, recipe, say)
        known = judge_unseen(analyser, base, before_model, before)
        parts += [
            f"\n== corpus before ({len(base)}) ==", report(known, 0),
            f"\n== corpus after ({len(base)}) ==", report(judged[: len(base)], 0),
            f"\n== the hotline's own calls ({len(extra)}) ==", report(judged[len(base) :], 10),
            "", *_changes(known, judged[: len(base)]),
        ]  # fmt: skip
    else:
        parts.append(report(judged))
    text = to_text(model, analyser.sounds)
    return Prepared(text, "\n".join(parts), rules / _MODEL)


def take_effect(prepared: Prepared, out: Path | None) -> Path:
    """Write the model aside and rename it: a reader never sees half a file."""
    target = out or prepared.target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False, encoding="utf-8") as new:
        new.write(prepared.text)
    os.chmod(new.name, 0o644)
    os.replace(new.name, target)
    return target


def judge_unseen(
    analyser: Analyser, statements: list[Statement], model: Model, unseen: Unseen
) -> list[Judged]:
    """What the rules and a model that has not seen the statement make of each statement."""
    classes, labels = unseen
    odds = log_odds(classes[:, 0])
    major = calibrated(odds, model.slope, model.offset)
    triggers = Triggers(analyser.book)
    limits = analyser.book.settings
    out = []
    for number, item in enumerate(statements):
        seen = analyser(item.text)
        evidence = Evidence(
            facts=triggers.believed(
                seen.text, seen.found, float(major[number]), limits["disbelief"]
            )[0],
            major=float(major[number]),
            classes=dict(zip(CLASSES, map(float, classes[number]), strict=True)),
            categories=dict(zip(LABELS, map(float, labels[number]), strict=True)),
            district=seen.located.district,
            thresholds=thresholds(limits),
        )
        out.append(Judged(item, decide(evidence, None)))
    return out


def _changes(before: list[Judged], after: list[Judged]) -> list[str]:
    """How many statements of the corpus would be judged otherwise."""
    pairs = list(zip(before, after, strict=True))
    changed = [(b, a) for b, a in pairs if b.got.case_class is not a.got.case_class]
    better = sum(_right(a) for _, a in changed)
    worse = sum(_right(b) for b, _ in changed)
    lost = [
        b
        for b, a in changed
        if b.statement.case_class is CaseClass.EMERGENCY_MAJOR and _right(b) and not _right(a)
    ]
    out = [f"of the corpus {len(changed)} would change: {better} for the better, {worse} worse"]
    out += [f"  major emergency lost: {j.statement.place}: {j.statement.text}" for j in lost]
    return out  # fmt: skip


def _right(judged: Judged) -> bool:
    return judged.got.case_class is judged.statement.case_class


def read_calls(path: Path) -> list[Statement]:
    """A hotline's export: UTF-8 CSV with the columns text, class, category, district, and, where
    an agent or supervisor overrode, overridden_class and overridden_category (these count).
    Raises CorpusInvalid naming every bad row."""
    problems: list[str] = []
    out: list[Statement] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            rows = csv.DictReader(source)
            missing = {"text", "class", "category"} - set(rows.fieldnames or ())
            if missing:
                raise CorpusInvalid([f"{path}:1: lacks the columns {sorted(missing)}"])
            for row in rows:
                place = f"{path.name}:{rows.line_num}"
                item = _call(row, place, problems)
                if item is not None:
                    out.append(item)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusInvalid([f"{path}:1: cannot be read as UTF-8 CSV: {error}"]) from error
    if problems:
        raise CorpusInvalid(problems)
    return out


def _call(row: dict[str, str | None], place: str, problems: list[str]) -> Statement | None:
    text = (row.get("text") or "").strip()
    overridden = (row.get("overridden_class") or "").strip()
    name = overridden or (row.get("class") or "").strip()
    category = row.get("overridden_category") if overridden else row.get("category")
    category = (category or "").strip().strip("-") or None
    district = (row.get("district") or "").strip().strip("-") or None
    if not text:
        problems.append(f"{place}: has no text")
    elif name not in CaseClass.__members__:
        problems.append(f"{place}: {name!r} is no class")
    elif category is not None and category not in CATEGORIES:
        problems.append(f"{place}: {category!r} is no category")
    elif CaseClass(name).is_emergency != (category is not None):
        problems.append(f"{place}: an emergency needs a category, the other classes have none")
    elif category and CATEGORIES[category][1] is not CaseClass(name):
        problems.append(f"{place}: {category} is not of class {name}")
    elif district is not None and district not in DISTRICTS:
        problems.append(f"{place}: {district!r} is no district")
    else:
        return Statement(text, CaseClass(name), category, district, "", place)
    return None
