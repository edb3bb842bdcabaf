"""From captured families to items: seeded option order, one item per option, ids by place in the cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from spacenum.errors import SpaceNumError
from spacenum.items.schema import LETTERS, LayoutItem, Letter, TransitionItem
from spacenum.provenance import stable_hash

Item = TransitionItem | LayoutItem


def option_order(seed: int, family: str, count: int) -> list[int]:
    """A permutation that depends on the seed and the family only, so that no letter goes with a magnitude."""
    return np.random.default_rng([seed, stable_hash(family)]).permutation(count).tolist()


def letters_for(count: int) -> tuple[Letter, ...]:
    """The first ``count`` letters."""
    return LETTERS[:count]


def scene_key(scene: str) -> tuple[int, str]:
    """Sort key of a scene id: its number, then its name, so that a smaller cell is still balanced over kinds."""
    number = re.search(r"(\d+)$", scene)
    return (int(number.group()) if number else 0, scene)


def cut(cell: str, families: Sequence[list[Item]], size: int, remedy: str) -> list[Item]:
    """The first ``size`` items of a cell, whole families but for the last, numbered within the cell.

    Raises SpaceNumError, with ``remedy``, if there are too few.
    """
    items = [item for family in families for item in family]
    if len(items) < size:
        raise SpaceNumError(f"cell {cell}: {len(items)} items could be made, {size} are asked for; {remedy}")
    return [item.model_copy(update={"id": f"{cell}.{number:06d}"}) for number, item in enumerate(items[:size])]
