"""Arrows point inward only: app -> adapters -> ports -> core; the core is pure.

Imports are read from the sources, those inside functions and under TYPE_CHECKING included.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "dispatcher").rglob("*.py")) + sorted((ROOT / "ws_console").rglob("*.py"))
IMPURE = {"asyncio", "threading", "socket", "time", "random", "secrets", "os", "subprocess", "ssl"}
IMPURE |= {"multiprocessing", "selectors", "signal", "sqlite3", "urllib", "http", "tempfile"}
EDGE = ("dispatcher.service", "dispatcher.frontdesk", "dispatcher.app", "ws_console")
DECIDING = ("dispatcher.service", "dispatcher.commits", "dispatcher.outbox")
WORKING = (*DECIDING, "dispatcher.frontdesk", "dispatcher.call_texts", "dispatcher.present")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Absolute names of all modules a source imports."""
    package = name_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = [*base, *(node.module or "").split(".")] if node.module else base
            yield ".".join(module)
            if not node.module or ".".join(module) in ("dispatcher", "dispatcher.adapters"):
                yield from (".".join([*module, alias.name]) for alias in node.names)


def ours(name: str) -> bool:
    return name.split(".")[0] in ("dispatcher", "ws_console", "tests", "bench")


def below(name: str, *packages: str) -> bool:
    return any(name == p or name.startswith(p + ".") for p in packages)


def files(*packages: str) -> list[Path]:
    return [path for path in SOURCES if below(name_of(path), *packages)]


def test_there_is_something_to_check() -> None:
    assert len(files("dispatcher.core")) > 20
    assert len(files("dispatcher.adapters")) > 40


@pytest.mark.parametrize("path", files("dispatcher.core"), ids=name_of)
def test_the_core_imports_itself_and_the_pure_standard_library(path: Path) -> None:
    for name in imports(path):
        if ours(name):
            assert below(name, "dispatcher.core"), name
        else:
            top = name.split(".")[0]
            assert top in sys.stdlib_module_names, f"{name} is not of the standard library"
            assert top not in IMPURE, f"{name} reaches outside: a clock, chance, or I/O"


@pytest.mark.parametrize("path", files("dispatcher.core"), ids=name_of)
def test_the_core_knows_no_async_and_no_clock(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor), node.lineno
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("now_utc", "utcnow", "today", "monotonic"), node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "print", "input", "eval"), node.lineno


def test_the_ports_import_the_core_only() -> None:
    path = ROOT / "dispatcher" / "ports.py"
    assert {n for n in imports(path) if ours(n) and not below(n, "dispatcher.core")} == set()


@pytest.mark.parametrize("path", files("dispatcher.adapters"), ids=name_of)
def test_adapters_know_neither_the_service_nor_the_consoles(path: Path) -> None:
    assert [name for name in imports(path) if below(name, *EDGE, "dispatcher.cli")] == []


@pytest.mark.parametrize("path", files("ws_console"), ids=name_of)
def test_the_consoles_import_core_and_ports_only(path: Path) -> None:
    allowed = ("dispatcher.core", "dispatcher.ports", "ws_console")
    assert [n for n in imports(path) if ours(n) and not below(n, *allowed)] == []


@pytest.mark.parametrize("path", files(*WORKING), ids=name_of)
def test_the_service_names_no_adapter(path: Path) -> None:
    outside = ("dispatcher.adapters", "dispatcher.testing", "ws_console")
    assert [name for name in imports(path) if below(name, *outside)] == []


def test_only_the_composition_root_names_adapters() -> None:
    """app, the commands and the demo put it together; everything else takes what it is given."""
    inside = ("dispatcher.adapters", "dispatcher.testing")
    naming = {
        name_of(path)
        for path in files("dispatcher")
        if not below(name_of(path), *inside)
        and any(below(name, "dispatcher.adapters", "ws_console") for name in imports(path))
    }
    others = {n for n in naming if not n.split(".")[1].startswith(("app", "cli", "demo"))}
    assert others == set()


def test_nothing_shipped_imports_the_tests() -> None:
    wrong = [name_of(p) for p in SOURCES if any(below(n, "tests", "bench") for n in imports(p))]
    assert wrong == []
