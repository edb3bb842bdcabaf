"""Settings of all tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

# On a busy machine an example may take long; and a test that fails must fail again.
settings.register_profile("tests", deadline=None, derandomize=True)
settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of two processes (`make test`), one takes the tests that run Snakemake, which share a finished study, and the other all
    else, a file at a time: what a file makes is made once."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: _group(item) != "workflow")


def _group(item: pytest.Item) -> str:
    return "workflow" if "workflow" in item.path.parts else str(item.path)
