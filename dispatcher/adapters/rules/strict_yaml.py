"""Reading a rules file strictly: every error at once, each with file, line, field and reason.

YAML is composed into nodes (which know their lines), turned into plain data, and validated by a
pydantic model in strict mode. Duplicate keys, anchors, unquoted numbers that would lose digits
(``0110`` is the number 110 to YAML) and unquoted dates are errors. Models used here must set
``extra="forbid"``; `StrictModel` does. `load` reads a whole file; `parse` gives a `Document`
whose parts can be validated one by one and whose places stay known for further checks.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dispatcher.core.errors import ConfigError

Path_ = tuple[str | int, ...]
_TAG = "tag:yaml.org,2002:"
_MAX_BYTES = 4_000_000
_MAX_DEPTH = 40


class StrictModel(BaseModel):
    """Base of every rules model: no unknown keys, no silent conversions, immutable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


@dataclass(frozen=True, slots=True, order=True)
class RuleError:
    """One mistake in a rules file. ``line`` counts from 1; ``field`` is dotted, "" for the file.

    As text it is one printable line, whatever the file holds.
    """

    file: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        said = f"{place}: {self.field}: {self.reason}" if self.field else f"{place}: {self.reason}"
        return "".join(ch if ch.isprintable() else ascii(ch)[1:-1] for ch in said)


class RulesInvalid(ConfigError):
    """The rules cannot be used. ``errors`` holds every mistake found, in order of place."""

    def __init__(self, errors: tuple[RuleError, ...]) -> None:
        self.errors = tuple(sorted(errors))
        listed = "\n".join(map(str, self.errors))
        super().__init__(
            "RULES_INVALID",
            f"规则文件有 {len(errors)} 处错误,请逐条改正:\n{listed}",
            f"the rules cannot be used, correct these places:\n{listed}",
        )


Model = TypeVar("Model", bound=BaseModel)


def load(path: Path, model: type[Model]) -> Model:
    """The file as ``model``. Raises RulesInvalid, also for a missing or undecodable file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = f"cannot be read: {error.strerror}; put the file there or correct the path"
        raise RulesInvalid((RuleError(str(path), 1, "", reason),)) from error
    return _whole(parse(raw, str(path)), model)


def loads(text: str, file: str, model: type[Model]) -> Model:
    """As `load`, from a string; ``file`` is the name used in errors."""
    return _whole(parse_text(text, file), model)


def _whole(document: "Document", model: type[Model]) -> Model:
    value, errors = document.validate(model)
    if value is None or errors or document.errors:
        raise RulesInvalid((*document.errors, *errors))
    return value


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: plain data, the line of every path, and what YAML itself got wrong.

    ``holes`` are the paths whose value could not be read (None stands there): they have their
    error already, so `validate` does not report them again.
    """

    file: str
    data: Any
    lines: dict[Path_, int]
    errors: tuple[RuleError, ...]
    holes: frozenset[Path_] = frozenset()

    def error(self, path: Path_, reason: str) -> RuleError:
        """A mistake at ``path``, on the line of the nearest path that stands in the file."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return RuleError(self.file, self.lines.get(known, 1), _dotted(path), reason)

    def validate(
        self, model: type[Model], path: Path_ = ()
    ) -> tuple[Model | None, list[RuleError]]:
        """The part at ``path`` as ``model`` (None when it is not one), and its mistakes."""
        try:
            part = self.data
            for step in path:
                part = part[step]
            return model.model_validate_json(json.dumps(part)), []
        except ValidationError as error:
            found = [(path + tuple(item["loc"]), item) for item in error.errors()]
            return None, [
                self.error(place, _reason(item)) for place, item in found if not self._hole(place)
            ]
        except (RecursionError, ValueError) as error:
            return None, [self.error(path, f"cannot be read: {error}")]

    def _hole(self, path: Path_) -> bool:
        return any(path[:end] in self.holes for end in range(len(path) + 1))


def parse(raw: bytes, file: str) -> Document:
    """The bytes of a file as a `Document`; never raises for what they contain."""
    try:
        return parse_text(raw.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return _unread(file, line, "is not UTF-8 here; save the file as UTF-8")


def parse_text(text: str, file: str) -> Document:
    """As `parse`, from text."""
    if len(text) > _MAX_BYTES:
        return _unread(file, 1, f"is larger than {_MAX_BYTES} characters")
    try:
        root = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return _unread(file, line, f"is not YAML: {error.problem}")
    except (YAMLError, RecursionError, ValueError) as error:
        return _unread(file, 1, f"is not YAML: {error}")
    builder = _Builder(file)
    data = builder.build(root, ()) if root is not None else {}
    return Document(file, data, builder.lines, tuple(builder.errors), frozenset(builder.holes))


def _unread(file: str, line: int, reason: str) -> Document:
    return Document(file, None, {}, (RuleError(file, line, "", reason),), frozenset({()}))


SECRET = frozenset({"pin"})
"""Keys whose value is quoted in no error: it is taken as text, whatever YAML would make of it."""


class _Builder:
    """Turns nodes into plain data, collecting errors and the line of every path."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path_, int] = {(): 1}
        self.errors: list[RuleError] = []
        self.holes: set[Path_] = set()

    def build(self, node: Node, path: Path_) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if node.anchor:
            self._hole(node, path, "anchors and aliases are not allowed; write the value out")
            return None
        if len(path) > _MAX_DEPTH:
            self._hole(node, path, "is nested too deeply")
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        self._hole(node, path, "is neither a list nor a mapping nor a value")
        return None

    def _mapping(self, node: MappingNode, path: Path_) -> dict[str, Any]:
        out: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._error(key_node, path, "a key must be a plain word")
                continue
            key = str(key_node.value)
            if _broken(key):
                self._error(key_node, path, f"the key {key!a} is not text")
                continue
            if key in out:
                reason = f"key {key!r} is already on line {first[key]}; keep one of them"
                self._error(key_node, (*path, key), reason)
                continue
            first[key] = line
            self.lines[(*path, key)] = line
            out[key] = self.build(value_node, (*path, key))
        return out

    def _scalar(self, node: ScalarNode, path: Path_) -> Any:
        text = str(node.value)
        if path and path[-1] in SECRET and not _broken(text):
            return text
        if _broken(text):
            self._hole(node, path, f"{text!a} is not text")
            return None
        kind = str(node.ctag or "").removeprefix("!!").removeprefix(_TAG)
        if node.style in ("'", '"', "|", ">") or kind == "str":
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind in ("int", "float"):
            return self._number(node, path, text, kind)
        self._hole(node, path, f"{text!r} is read as {kind or 'something special'}; quote it")
        return None

    def _number(self, node: ScalarNode, path: Path_, text: str, kind: str) -> int | float | None:
        try:
            if kind == "int" and str(int(text)) == text:
                return int(text)
            if kind == "float" and text.lstrip("-").replace(".", "", 1).isdigit():
                return float(text)
        except ValueError:
            pass
        self._hole(node, path, f'{text} would be read as a number; write "{text}" in quotes')
        return None

    def _hole(self, node: Node, path: Path_, reason: str) -> None:
        self.holes.add(path)
        self._error(node, path, reason)

    def _error(self, node: Node, path: Path_, reason: str) -> None:
        line = node.start_mark.line + 1
        self.errors.append(RuleError(self.file, line, _dotted(path), reason))


_SHAPES = {
    "missing": "is missing",
    "model_type": "must be a mapping: lines of the form key: value",
    "dict_type": "must be a mapping: lines of the form key: value",
    "list_type": "must be a list: [a, b] or lines beginning with -",
    "tuple_type": "must be a list: [a, b] or lines beginning with -",
}


def _reason(item: Any) -> str:
    """What a person should do about a validation error of pydantic's."""
    if item["type"] == "extra_forbidden":
        return "unknown key; check the spelling or remove it"
    if item["type"] in _SHAPES:
        return _SHAPES[item["type"]]
    if item["type"] == "string_type" and isinstance(item["input"], int | float):
        return f'must be text; write "{item["input"]}" in quotes'
    return str(item["msg"]).removeprefix("Value error, ")


def _broken(text: str) -> bool:
    """Half of a surrogate pair, as an escape can write it: nothing could store or show it."""
    return any("\ud800" <= ch <= "\udfff" for ch in text)


def _dotted(path: Path_) -> str:
    return ".".join(str(part) for part in path)
