"""Labelled statements: the corpus format of `rules/corpus/` and JSON lines.

Corpus format: ``# comment``; ``@ CLASS CATEGORY`` opens a section (``-`` for no category);
then ``text | district or - | reason`` lines. JSON lines: ``{"text", "class", "category",
"district"}`` (``id`` and ``reason`` optional; null or missing for none).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dispatcher.core.ids import CATEGORIES, DISTRICTS, CaseClass


@dataclass(frozen=True, slots=True)
class Statement:
    """One labelled statement; ``place`` is ``file:line``."""

    text: str
    case_class: CaseClass
    category: str | None
    district: str | None
    reason: str
    place: str

    @property
    def label(self) -> str:
        """The category for emergencies, else the class."""
        return self.category or self.case_class.value


class CorpusInvalid(Exception):
    """Some lines cannot be used; ``problems`` holds ``file:line: reason`` for every one."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def read_folder(folder: Path, exclude: Path | None = None) -> list[Statement]:
    """All ``*.txt`` of ``folder`` in name order, without duplicates and excluded texts.

    ``exclude`` holds ``text | reason`` lines: statements whose label is disputed.
    """
    left_out = set()
    if exclude is not None and exclude.is_file():
        rows = (line for line in exclude.read_text("utf-8").splitlines() if line[:1] != "#")
        left_out = {row.rsplit("|", 1)[0].strip() for row in rows if "|" in row}
    seen: set[str] = set()
    out = []
    for path in sorted(folder.glob("*.txt")):
        for item in read_file(path):
            if item.text not in seen and item.text not in left_out:
                seen.add(item.text)
                out.append(item)
    return out


def read_file(path: Path) -> list[Statement]:
    """One file in either format. Raises CorpusInvalid naming every bad line."""
    problems: list[str] = []
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusInvalid([f"{path}:1: cannot be read as UTF-8 text: {error}"]) from error
    parse = _json_lines if path.suffix in (".jsonl", ".json") else _corpus_lines
    out = list(parse(path.name, lines, problems))
    if problems:
        raise CorpusInvalid(problems)
    return out


def _corpus_lines(name: str, lines: list[str], problems: list[str]) -> Iterator[Statement]:
    section: tuple[CaseClass, str | None] | None = None
    for number, line in enumerate(lines, 1):
        place, line = f"{name}:{number}", line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("@"):
            section = _section(line[1:].split(), place, problems)
            continue
        parts = [part.strip() for part in line.rsplit("|", 2)]
        if len(parts) != 3 or not parts[0]:
            problems.append(f"{place}: write `text | district or - | reason`")
        elif parts[1] != "-" and parts[1] not in DISTRICTS:
            problems.append(f"{place}: {parts[1]!r} is no district; write one of {[*DISTRICTS]}")
        elif section is None:
            problems.append(f"{place}: no usable `@ CLASS CATEGORY` line stands above")
        else:
            district = None if parts[1] == "-" else parts[1]
            yield Statement(parts[0], *section, district, parts[2], place)


def _section(
    words: list[str], place: str, problems: list[str]
) -> tuple[CaseClass, str | None] | None:
    category = words[1] if len(words) > 1 and words[1] != "-" else None
    reason = _mismatch(words[0] if words else "", category)
    if reason:
        problems.append(f"{place}: {reason}")
        return None
    return CaseClass(words[0]), category


def _mismatch(name: str, category: str | None) -> str:
    """Why class and category do not belong together, or ""."""
    if name not in CaseClass.__members__:
        return f"{name!r} is no class; write one of {[*CaseClass.__members__]}"
    case_class = CaseClass(name)
    if case_class.is_emergency != (category is not None):
        return "an emergency needs a category, the other classes have none"
    if category is not None and category not in CATEGORIES:
        return f"{category!r} is no category"
    if category is not None and CATEGORIES[category][1] is not case_class:
        return f"{category} is not of class {name}"
    return ""


def _json_lines(name: str, lines: list[str], problems: list[str]) -> Iterator[Statement]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            problems.append(f"{place}: is not JSON: {error}")
            continue
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            problems.append(f'{place}: needs a "text"')
            continue
        reason = _mismatch(str(row.get("class")), row.get("category"))
        district = row.get("district")
        if not reason and district not in (None, *DISTRICTS):
            reason = f"{district!r} is no district"
        if reason:
            problems.append(f"{place}: {reason}")
            continue
        yield Statement(
            row["text"], CaseClass(row["class"]), row.get("category"), district,
            str(row.get("reason", "")), place,
        )  # fmt: skip
