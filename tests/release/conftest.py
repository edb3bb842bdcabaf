"""What tests of releases share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.release.made import make_study


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of ``make_study``, which is the current one."""
    folder = tmp_path / "study"
    folder.mkdir()
    monkeypatch.chdir(folder)
    make_study()
    return folder
