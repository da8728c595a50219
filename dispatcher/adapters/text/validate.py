"""Reads the classification rules with full validation, all files before any error is raised."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from ..rules.strict_yaml import RuleError, RulesInvalid
from ..rules.strict_yaml import load as load_yaml
from .schema import ConceptsFile, DistrictsFile, ScopesFile, Settings, TriggersFile

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """The validated files."""

    concepts: ConceptsFile
    scopes: ScopesFile
    triggers: TriggersFile
    settings: Settings
    districts: DistrictsFile


def read_files(rules: Path) -> RuleFiles:
    """All files of folder ``rules``. Raises RulesInvalid naming every mistake in all of them."""
    errors: list[RuleError] = []

    def read(name: str, model: type[Model]) -> Model | None:
        try:
            return load_yaml(rules / name, model)
        except RulesInvalid as invalid:
            errors.extend(invalid.errors)
            return None

    concepts = read("classification/concepts.yaml", ConceptsFile)
    topics = read("classification/topics.yaml", ConceptsFile)
    scopes = read("classification/scopes.yaml", ScopesFile)
    triggers = read("classification/triggers.yaml", TriggersFile)
    settings = read("classification/settings.yaml", Settings)
    districts = read("districts.yaml", DistrictsFile)
    for table in ("traditional.txt", "pinyin.txt"):
        path = rules / "classification" / table
        if not path.is_file():
            errors.append(RuleError(str(path), 1, "", "is missing; restore it from the package"))
    if concepts and topics:
        for key in concepts.root.keys() & topics.root.keys():
            reason = f"concept {key!r} is in concepts.yaml too; keep one of them"
            errors.append(RuleError(str(rules / "classification/topics.yaml"), 1, key, reason))
        concepts = ConceptsFile(concepts.root | topics.root)
    if concepts and triggers:
        errors.extend(_unknown_concepts(rules, concepts, triggers))
    if errors or not (concepts and scopes and triggers and settings and districts):
        raise RulesInvalid(tuple(errors))
    return RuleFiles(concepts, scopes, triggers, settings, districts)


def _unknown_concepts(
    rules: Path, concepts: ConceptsFile, triggers: TriggersFile
) -> list[RuleError]:
    path = rules / "classification/triggers.yaml"
    lines = path.read_text("utf-8").splitlines()
    out = []
    for key, rule in triggers.root.items():
        line = next((n for n, text in enumerate(lines, 1) if text.startswith(f"{key}:")), 1)
        groups = {"any": rule.any, "without": rule.without}
        groups |= {f"near.{n}": group for n, group in enumerate(rule.near)}
        for part, names in groups.items():
            for name in names:
                if name not in concepts.root:
                    reason = f"concept {name!r} is in neither concepts.yaml nor topics.yaml"
                    out.append(RuleError(str(path), line, f"{key}.{part}", reason))
    return out
