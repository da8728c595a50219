"""Agents' overrides: a log, and what it suggests to the supervisor.

One JSON object a line: ``at`` (epoch ms), ``by`` (seat), ``text``, ``said`` and ``now`` (each
``{"class", "category", "district"}``). The file may hold personal data: it stays with the centre.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatcher.core.classify import TextContext, decide
from dispatcher.core.ids import CATEGORIES, DISTRICTS, CaseClass, Instant

from .corpus import CorpusInvalid
from .reader import RuleReader


@dataclass(frozen=True, slots=True)
class Label:
    """What was said of a text, or what a person made of it."""

    case_class: CaseClass
    category: str | None
    district: str | None

    def as_row(self) -> dict[str, str | None]:
        return {"class": self.case_class, "category": self.category, "district": self.district}


@dataclass(frozen=True, slots=True)
class Override:
    """One override: ``said`` by the classifier, ``now`` by the person ``by`` at ``at``."""

    at: Instant
    by: str
    text: str
    said: Label
    now: Label


def append_to_log(path: Path, entry: Override) -> None:
    """Add one line; the folder is made when missing. Raises OSError like any write."""
    row = {"at": entry.at, "by": entry.by, "text": entry.text,
           "said": entry.said.as_row(), "now": entry.now.as_row()}  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as out:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_log(path: Path) -> list[Override]:
    """All overrides in order. Raises CorpusInvalid naming every bad line."""
    problems: list[str] = []
    out: list[Override] = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusInvalid([f"{path}:1: cannot be read as UTF-8 text: {error}"]) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            out.append(
                Override(int(row["at"]), str(row["by"]), str(row["text"]),
                         _label(row["said"]), _label(row["now"]))
            )  # fmt: skip
        except (ValueError, KeyError, TypeError) as error:
            problems.append(f"{path.name}:{number}: is not an override: {error}")
    if problems:
        raise CorpusInvalid(problems)
    return out


def _label(row: Any) -> Label:
    category, district = row["category"], row["district"]
    if category is not None and category not in CATEGORIES:
        raise ValueError(f"{category!r} is no category")
    if district is not None and district not in DISTRICTS:
        raise ValueError(f"{district!r} is no district")
    return Label(CaseClass(row["class"]), category, district)


def suggest(entries: list[Override], reader: RuleReader) -> str:
    """Corpus lines for what is still judged otherwise, and the rules most often overridden."""
    lines: list[str] = []
    misled: Counter[str] = Counter()
    for entry in entries:
        got = decide(reader.read(entry.text, TextContext()), None)
        if (got.case_class, got.category) == (entry.now.case_class, entry.now.category):
            continue
        misled.update({fact.rule for fact in got.facts})
        one_line = " ".join(entry.text.split())
        lines += [
            f"@ {entry.now.case_class} {entry.now.category or '-'}",
            f"{one_line} | {entry.now.district or '-'} | 坐席更正:{entry.by}",
        ]
    settled = len(entries) - len(lines) // 2
    head = [f"# {len(entries)} overrides, {settled} already judged as the agents did"]
    head += [f"# overridden {n} times: {rule}" for rule, n in misled.most_common()]
    if lines:
        head.append("# put the right ones into rules/corpus/, then `dispatcher classify train`")
    return "\n".join(head + lines)
