"""What all tests share: the order in which their files are handed out to the workers."""

import pytest

SLOW = ("integration", "browser", "contract")
"""Folders whose files wait for telephones and pages: begun first, so that small ones fill up."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The order that pytest-xdist keeps with ``--no-loadscope-reorder``."""
    slow = [config.rootpath / "tests" / name for name in SLOW]
    items.sort(key=lambda item: not any(item.path.is_relative_to(folder) for folder in slow))
