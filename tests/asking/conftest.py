"""Real items with images, from the build that the items' tests make."""

from __future__ import annotations

from tests.items.conftest import built, in_study

__all__ = ["built", "in_study"]
