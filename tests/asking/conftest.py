"""Real items with images, from the build that the items' tests make; and a store."""

from __future__ import annotations

import pytest

from spacenum.asking.store import AnswerStore
from tests.items.conftest import built, in_study

__all__ = ["built", "in_study"]


@pytest.fixture
def store(tmp_path) -> AnswerStore:
    return AnswerStore(tmp_path / "store")


@pytest.fixture(params=["transition", "layout"])
def items(request, in_study):
    return in_study.items(request.param)
