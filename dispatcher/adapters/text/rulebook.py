"""The classification rules compiled to plain data, kept in a cache keyed by their content.

Validation (pydantic, YAML) costs most of a second; matching needs only the result. The cache
holds nothing that the files do not say, and is rebuilt whenever one byte of them changes.
"""

import hashlib
import itertools
import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from .normal import read_table
from .sound import read_syllables

FORMAT = 5
"""Raise it when the compiled shape or the compiler changes."""

YAML_FILES = (
    "classification/concepts.yaml",
    "classification/topics.yaml",
    "classification/scopes.yaml",
    "classification/triggers.yaml",
    "classification/settings.yaml",
    "districts.yaml",
)
TABLE_FILES = ("classification/traditional.txt", "classification/pinyin.txt")


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules as dicts and lists only; the keys are those of the YAML files, phrases expanded."""

    digest: str
    concepts: dict[str, dict[str, Any]]
    scopes: dict[str, dict[str, Any]]
    triggers: dict[str, dict[str, Any]]
    settings: dict[str, Any]
    place_context: dict[str, list[str]]
    places: dict[str, list[list[str]]]
    """name → [[district, kind, township]], kind one of county town weak village landmark road."""
    traditional: dict[str, str] = field(repr=False)
    syllables: dict[str, str] = field(repr=False)


def expand(phrase: str) -> list[str]:
    """``{甲|乙}{丙|丁}`` → all four phrases, in order."""
    parts = re.split(r"\{([^{}]*)\}", phrase)
    choices = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    return ["".join(words) for words in itertools.product(*choices)]


def load(rules: Path, cache: Path | None = None) -> RuleBook:
    """The rules in folder ``rules``. Raises RulesInvalid with every mistake of every file.

    ``cache`` is a folder (default: the user's cache folder); it may be missing or read-only.
    """
    digest = digest_of(rules)
    kept = (cache or _cache_folder()) / f"rules-{digest}.json"
    book = _from_cache(kept, digest)
    if book is None:
        book = compile_rules(rules, digest)
        _keep(kept, book)
    return book


def digest_of(rules: Path) -> str:
    """Hash of the content of all files, 16 hex digits; missing files count as empty."""
    hashed = hashlib.sha256(f"format {FORMAT}".encode())
    for name in YAML_FILES + TABLE_FILES:
        path = rules / name
        content = path.read_bytes() if path.is_file() else b""
        hashed.update(name.encode() + b"\0" + content + b"\0")
    return hashed.hexdigest()[:16]


def compile_rules(rules: Path, digest: str) -> RuleBook:
    """Validate all files and compile them; every mistake of every file is raised at once."""
    from .validate import read_files  # pydantic and YAML are slow to import: only when needed

    files = read_files(rules)
    concepts = {key: rule.model_dump() for key, rule in files.concepts.root.items()}
    scopes = {key: rule.model_dump() for key, rule in files.scopes.root.items()}
    for rule in concepts.values():
        for part in ("terms", "sounds", "unlike"):
            rule[part] = _expanded(rule[part])
    for rule in scopes.values():
        for part in ("terms", "mask"):
            rule[part] = _expanded(rule[part])
    context = files.districts.context.model_dump()
    return RuleBook(
        digest=digest,
        concepts=concepts,
        scopes=scopes,
        triggers={key: rule.model_dump() for key, rule in files.triggers.root.items()},
        settings=files.settings.model_dump(),
        place_context={key: list(value) for key, value in context.items()},
        places=_places(files.districts.districts),
        traditional=read_table((rules / TABLE_FILES[0]).read_text("utf-8")),
        syllables=read_syllables((rules / TABLE_FILES[1]).read_text("utf-8")),
    )


def _expanded(phrases: Any) -> list[str]:
    return list(dict.fromkeys(word.lower() for phrase in phrases for word in expand(phrase)))


def _places(districts: Any) -> dict[str, list[list[str]]]:
    """Every place name with what it may stand for."""
    out: dict[str, list[list[str]]] = {}

    def add(name: str, district: str, kind: str, town: str) -> None:
        if name.endswith("~"):
            name, kind = name[:-1], "weak"
        entry = [district, kind, town]
        entries = out.setdefault(name, [])
        if all(known[0] != district for known in entries):
            entries.append(entry)

    for district, rule in districts.items():
        for name in rule.names:
            add(name, district, "county", "")
        for town, names in rule.towns.items():
            add(town, district, "town", town)
            add(names[0], district, "town", town)
    for district, rule in districts.items():
        for name in rule.landmarks:
            add(name, district, "landmark", "")
        for name in rule.roads:
            add(name, district, "road", "")
        for town, names in rule.towns.items():
            for name in names[1:]:
                add(name, district, "village", town)
    return out


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "hotline-dispatcher"


def _from_cache(path: Path, digest: str) -> RuleBook | None:
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    names = {item.name for item in fields(RuleBook)}
    if not isinstance(data, dict) or set(data) != names or data["digest"] != digest:
        return None
    return RuleBook(**data)


def _keep(path: Path, book: RuleBook) -> None:
    """Written aside and renamed, so that a reader never sees half a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as out:
            json.dump(asdict(book), out, ensure_ascii=False)
        os.replace(out.name, path)
    except OSError:
        return
