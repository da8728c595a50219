"""Reading a rules file strictly: every error at once, each with file, line, field and reason.

YAML is composed into nodes (which know their lines), turned into plain data, and validated by a
pydantic model in strict mode. Duplicate keys, anchors, unquoted numbers that would lose digits
(``0110`` is the number 110 to YAML) and unquoted dates are errors. Models used here must set
``extra="forbid"``; `StrictModel` does.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Path_ = tuple[str | int, ...]
_TAG = "tag:yaml.org,2002:"
_MAX_BYTES = 4_000_000


class StrictModel(BaseModel):
    """Base of every rules model: no unknown keys, no silent conversions, immutable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


@dataclass(frozen=True, slots=True, order=True)
class RuleError:
    """One mistake in a rules file. ``line`` counts from 1; ``field`` is dotted, "" for the file."""

    file: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.reason}" if self.field else f"{place}: {self.reason}"


class RulesInvalid(Exception):
    """The rules cannot be used. ``errors`` holds every mistake found, in order of place."""

    def __init__(self, errors: tuple[RuleError, ...]) -> None:
        self.errors = tuple(sorted(errors))
        super().__init__("\n".join(map(str, self.errors)))


Model = TypeVar("Model", bound=BaseModel)


def load(path: Path, model: type[Model]) -> Model:
    """The file as ``model``. Raises RulesInvalid, also for a missing or undecodable file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = f"cannot be read: {error.strerror}; put the file there or correct the path"
        raise RulesInvalid((RuleError(str(path), 1, "", reason),)) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        reason = "is not UTF-8 here; save the file as UTF-8"
        raise RulesInvalid((RuleError(str(path), line, "", reason),)) from error
    return loads(text, str(path), model)


def loads(text: str, file: str, model: type[Model]) -> Model:
    """As `load`, from a string; ``file`` is the name used in errors."""
    data, lines, errors = _plain(text, file)
    if not errors:
        try:
            return model.model_validate_json(json.dumps(data))
        except ValidationError as error:
            errors = [_from_pydantic(file, lines, item) for item in error.errors()]
    raise RulesInvalid(tuple(errors))


def _plain(text: str, file: str) -> tuple[Any, dict[Path_, int], list[RuleError]]:
    """YAML text as plain data, the line of every path, and what was wrong with it."""
    if len(text) > _MAX_BYTES:
        return None, {}, [RuleError(file, 1, "", f"is larger than {_MAX_BYTES} characters")]
    try:
        root = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return None, {}, [RuleError(file, line, "", f"is not YAML: {error.problem}")]
    except (YAMLError, RecursionError, ValueError) as error:
        return None, {}, [RuleError(file, 1, "", f"is not YAML: {error}")]
    builder = _Builder(file)
    data = builder.build(root, ()) if root is not None else {}
    return data, builder.lines, builder.errors


class _Builder:
    """Turns nodes into plain data, collecting errors and the line of every path."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path_, int] = {(): 1}
        self.errors: list[RuleError] = []

    def build(self, node: Node, path: Path_) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if node.anchor:
            self._error(node, path, "anchors and aliases are not allowed; write the value out")
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: Path_) -> dict[str, Any]:
        out: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._error(key_node, path, "a key must be a plain word")
                continue
            key = str(key_node.value)
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
        kind = str(node.ctag or "").removeprefix("!!").removeprefix(_TAG)
        if node.style in ("'", '"', "|", ">") or kind == "str":
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind in ("int", "float"):
            return self._number(node, path, text, kind)
        self._error(node, path, f"{text!r} is read as {kind or 'something special'}; quote it")
        return None

    def _number(self, node: ScalarNode, path: Path_, text: str, kind: str) -> int | float | None:
        try:
            if kind == "int" and str(int(text)) == text:
                return int(text)
            if kind == "float" and text.lstrip("-").replace(".", "", 1).isdigit():
                return float(text)
        except ValueError:
            pass
        self._error(node, path, f'{text} would be read as a number; write "{text}" in quotes')
        return None

    def _error(self, node: Node, path: Path_, reason: str) -> None:
        line = node.start_mark.line + 1
        self.errors.append(RuleError(self.file, line, _dotted(path), reason))


def _from_pydantic(file: str, lines: dict[Path_, int], item: Any) -> RuleError:
    """A validation error at the line of its nearest known path."""
    loc: Path_ = tuple(item["loc"])
    known = loc
    while known not in lines:
        known = known[:-1]
    reason = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        reason = "unknown key; check the spelling or remove it"
    elif item["type"] == "missing":
        reason = "is missing"
    elif item["type"] == "string_type" and isinstance(item["input"], int | float):
        reason = f'must be text; write "{item["input"]}" in quotes'
    return RuleError(file, lines[known], _dotted(loc), reason)


def _dotted(path: Path_) -> str:
    return ".".join(str(part) for part in path)
