"""What all tests share: the order of their files, and what may be tried a second time."""

import pytest
from _pytest.terminal import TerminalReporter

REAL = ("integration", "browser", "contract")
"""Folders whose files wait for telephones, servers and pages that share two cores."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Real ones are begun first, so that small files fill up (pytest-xdist keeps this order with
    ``--no-loadscope-reorder``). Only they may be tried again (``--reruns``): whatever runs on a
    manual clock gives one result or is broken."""
    folders = [config.rootpath / "tests" / name for name in REAL]
    items.sort(key=lambda item: not any(item.path.is_relative_to(folder) for folder in folders))
    for item in items:
        if not any(item.path.is_relative_to(folder) for folder in folders):
            item.add_marker(pytest.mark.flaky(reruns=0))


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """A first try that failed is shown in full, also where the second went well."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"failed at first: {report.nodeid}", "-")
        terminalreporter.line(str(report.longrepr))
