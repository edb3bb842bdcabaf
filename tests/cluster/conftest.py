"""Slurm for a session, and the project's copy that the workflow's tests use."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.cluster import slurm
from tests.workflow.conftest import fresh

__all__ = ["fresh"]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two nodes; skips, with the reason, where there can be none. CI has to have them."""
    if reason := slurm.missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    with slurm.two_nodes(tmp_path_factory.mktemp("slurm")):
        yield
