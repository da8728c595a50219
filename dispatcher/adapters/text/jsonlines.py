"""`dispatcher classify --jsonl`: one answer line for every input line, in order, for ever."""

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from dispatcher.core.classify import Classification, Discount, Reason

Classify = Callable[[str], Classification]
MAX_LINE = 8_000_000
"""Bytes; a longer line is refused and skipped to its end."""


def answers(source: BinaryIO, classify: Classify) -> Iterator[str]:
    """Answer lines without line ends. Blank lines are skipped. A bad line is answered by
    ``{"id", "line", "error"}``, counting lines from 1."""
    for number, raw in enumerate(_lines(source), 1):
        if raw is None:
            yield _error(number, None, f"is longer than {MAX_LINE} bytes; shorten the text")
        elif raw.strip():
            yield _answer(number, raw, classify)


def _lines(source: BinaryIO) -> Iterator[bytes | None]:
    while raw := source.readline(MAX_LINE):
        if len(raw) == MAX_LINE and not raw.endswith(b"\n"):
            while (rest := source.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            yield None
        else:
            yield raw


def _answer(number: int, raw: bytes, classify: Classify) -> str:
    try:
        row = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _error(number, None, f"byte {error.start + 1}: is not UTF-8; convert the file")
    except ValueError as error:
        return _error(number, None, f"is not JSON: {error}")
    except RecursionError:
        return _error(number, None, "is nested too deeply")
    if not isinstance(row, dict):
        return _error(number, None, 'is not an object; write {"id": …, "text": "…"}')
    text = row.get("text")
    if not isinstance(text, str):
        return _error(number, row.get("id"), '"text" is missing or not a string')
    return as_json(row.get("id"), classify(text))


def _error(number: int, name: Any, reason: str) -> str:
    return json.dumps({"id": name, "line": number, "error": f"line {number}: {reason}"},
                      ensure_ascii=True)  # fmt: skip


def as_json(name: Any, got: Classification) -> str:
    """The answer line for one text; keys in their documented order."""
    row = {
        "id": name,
        "class": got.case_class.value,
        "category": got.category,
        "district": got.district,
        "probability": round(got.probability, 4),
        "doubt": got.doubt,
        "evidence": [
            *({"words": f.words, "rule": f.rule, "clause": f.clause, "fact": f.kind.value}
              for f in got.facts),
            *map(_reason, got.reasons),
            *map(_discount, got.discounts),
        ],
    }  # fmt: skip
    return json.dumps(row, ensure_ascii=not _plain(name))


def _plain(name: Any) -> bool:
    """Lone surrogates in the id cannot be written as UTF-8: escape everything then."""
    try:
        json.dumps(name, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _reason(reason: Reason) -> dict[str, Any]:
    out: dict[str, Any] = {"words": reason.words, "rule": reason.rule}
    if reason.clause:
        out["clause"] = reason.clause
    return out | {"weight": reason.weight}


def _discount(item: Discount) -> dict[str, Any]:
    return {
        "words": item.words, "rule": item.rule, "clause": item.clause,
        "discounted": item.because.value, "cue": item.cue,
    }  # fmt: skip
