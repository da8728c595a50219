"""`dispatcher rules check` for classification: rules that cannot do what they seem to do.

*Shadowed*: a phrase or a trigger that another one always covers. *Contradictory*: a phrase that is
both a word and its own discount, or a trigger whose parts exclude each other. *Never hit*: a phrase
or trigger that no statement of the corpus and no phrase of the rules ever touches.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..rules.strict_yaml import RulesInvalid
from . import rulebook
from .analyse import Analyser
from .corpus import CorpusInvalid, Statement, read_folder
from .rulebook import RuleBook
from .triggers import Triggers

_FILES = {
    "concept": ("classification/concepts.yaml", "classification/topics.yaml"),
    "scope": ("classification/scopes.yaml",),
    "trigger": ("classification/triggers.yaml",),
    "place": ("districts.yaml",),
}


_SHADE = 4
"""A phrase this many characters longer than one it contains is worth a remark; less is how
people write phrases down."""


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """Something to look at. ``kind``: error, shadowed, contradictory or never-hit."""

    file: str
    line: int
    kind: str
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.kind}: {self.rule}: {self.text}"


def check(rules: Path) -> list[Remark]:
    """All remarks on folder ``rules``, in order of place. Invalid files give remarks of kind
    ``error`` only; nothing is raised."""
    try:
        book = rulebook.compile_rules(rules, rulebook.digest_of(rules))
    except RulesInvalid as invalid:
        return [Remark(e.file, e.line, "error", e.field, e.reason) for e in invalid.errors]
    lines = _Lines(rules)
    out = [*_shadowed(book, lines), *_contradictory(book, lines)]
    try:
        corpus = read_folder(rules / "corpus")
    except CorpusInvalid as invalid:
        out += [Remark("corpus", 1, "error", "corpus", problem) for problem in invalid.problems]
    else:
        out += _never_hit(book, lines, corpus)
    return sorted(out)


class _Lines:
    """Where a rule stands in its file."""

    def __init__(self, rules: Path) -> None:
        self._texts = {
            name: (rules / name).read_text("utf-8").splitlines()
            for names in _FILES.values()
            for name in names
            if (rules / name).is_file()
        }

    def place(self, kind: str, key: str) -> tuple[str, int]:
        for name in _FILES[kind]:
            for number, line in enumerate(self._texts.get(name, ()), 1):
                if line.strip().startswith(f"{key}:"):
                    return name, number
        return _FILES[kind][0], 1

    def remark(self, kind: str, key: str, what: str, text: str) -> Remark:
        return Remark(*self.place(kind, key), what, f"{kind} {key}", text)


def _shadowed(book: RuleBook, lines: _Lines) -> Iterable[Remark]:
    for key, rule in book.concepts.items():
        terms = set(rule["terms"])
        for term in rule["terms"]:
            shorter = next((t for t in terms if t != term and t in term), None)
            if shorter and rule["hides"] is False and len(term) - len(shorter) > _SHADE:
                yield lines.remark(
                    "concept", key, "shadowed", f"{term!r} is always found through {shorter!r}"
                )
    triggers = book.triggers
    for key, rule in triggers.items():
        for other, wider in triggers.items():
            if other != key and _covers(wider, rule):
                yield lines.remark("trigger", key, "shadowed", f"{other} stands whenever it does")


def _covers(wider: dict[str, Any], rule: dict[str, Any]) -> bool:
    """Whether ``wider`` stands whenever ``rule`` does, with the same result."""
    if (wider["fact"], wider["category"]) != (rule["fact"], rule["category"]):
        return False
    if not set(rule["any"]) <= set(wider["any"]) or not set(wider["without"]) <= set(
        rule["without"]
    ):
        return False
    groups = [set(group) for group in rule["near"]]
    nearer = rule["within"] <= wider["within"] or not wider["near"]
    return nearer and all(any(g <= set(w) for g in groups) for w in map(set, wider["near"]))


def _contradictory(book: RuleBook, lines: _Lines) -> Iterable[Remark]:
    for key, scope in book.scopes.items():
        for term in set(scope["terms"]) & set(scope["mask"]):
            yield lines.remark("scope", key, "contradictory", f"{term!r} is a cue and its own mask")
    for key, rule in book.triggers.items():
        for name in set(rule["any"]) & set(rule["without"]):
            yield lines.remark("trigger", key, "contradictory", f"{name} is both any and without")
        for group in rule["near"]:
            if set(group) <= set(rule["without"]):
                text = f"everything in {group} is forbidden by without"
                yield lines.remark("trigger", key, "contradictory", text)
    calm = set(book.concepts.get("nobody_hurt", {}).get("terms", ()))
    for key, rule in book.concepts.items():
        if key != "nobody_hurt":
            for term in calm.intersection(rule["terms"]):
                text = f"{term!r} also says that nobody is hurt"
                yield lines.remark("concept", key, "contradictory", text)


def _never_hit(book: RuleBook, lines: _Lines, corpus: list[Statement]) -> Iterable[Remark]:
    analyser = Analyser(book)
    triggers = Triggers(book)
    concepts: Counter[str] = Counter()
    scopes: Counter[str] = Counter()
    fired: Counter[str] = Counter()
    for item in corpus:
        seen = analyser(item.text)
        concepts.update({hit.concept for hit in seen.found.hits})
        scopes.update({cue.scope for cue in seen.found.cues})
        fired.update({fact.rule.removeprefix("trigger:") for fact in
                      triggers.find(seen.text, seen.found)})  # fmt: skip
    known = (("concept", book.concepts, concepts), ("scope", book.scopes, scopes),
             ("trigger", book.triggers, fired))  # fmt: skip
    for kind, rules, count in known:
        for key in rules:
            if not count[key]:
                yield lines.remark(kind, key, "never-hit", "no statement of the corpus touches it")
