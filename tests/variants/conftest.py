"""A small build of base items, for variants to change."""

from tests.items.conftest import built, in_study

__all__ = ["built", "in_study"]
