"""From captured families to items: seeded option order, one item per option, ids by place in the cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import stable_hash
from spacenum.frames.records import LayoutFamily, TransitionFamily
from spacenum.items.schema import LETTERS, Item, Letter

AnyFamily = TransitionFamily | LayoutFamily


class OptionOrders:
    """The order of each family's options: seeded, and balanced within the cell.

    Blocks of as many families as there are options take the rotations of one seeded permutation: within a block each
    option stands once at each letter, so that no letter goes with a magnitude, not even by chance.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._taken: Counter[str] = Counter()

    def next(self, cell: str, count: int) -> list[int]:
        """The order for the cell's next family: option number ``order[k]`` stands at letter k."""
        block, turn = divmod(self._taken[cell], count)
        self._taken[cell] += 1
        order = np.random.default_rng([self._seed, stable_hash(cell), block]).permutation(count)
        return np.roll(order, turn).tolist()


def drawn_orders(rng: np.random.Generator, draws: int, families: int, count: int) -> NDArray[np.int64]:
    """[draws, families, count] orders of a cell's families, each draw balanced as ``OptionOrders`` does."""
    blocks = -(-families // count)
    drawn = rng.permuted(np.broadcast_to(np.arange(count), (draws, blocks, count)), axis=-1)
    turned = np.stack([np.roll(drawn, turn, axis=-1) for turn in range(count)], axis=2)
    return turned.reshape(draws, blocks * count, count)[:, :families]


def distinct(families: Sequence[AnyFamily]) -> list[AnyFamily]:
    """The families with ids that are theirs alone: by chance a room is swept twice in one direction from one start."""
    seen: Counter[str] = Counter()
    named: list[AnyFamily] = []
    for family in families:
        seen[family.id] += 1
        number = seen[family.id]
        named.append(family if number == 1 else family.model_copy(update={"id": f"{family.id}.{number}"}))
    return named


def without_repeats(families: Sequence[AnyFamily]) -> list[AnyFamily]:
    """The families without those that would ask what an earlier one asks: the same magnitudes of a direction, from one
    start. A room of many families has some by chance."""
    asked: dict[tuple[object, ...], AnyFamily] = {}
    for family in families:
        what: tuple[object, ...] = (family.id,)
        if isinstance(family, TransitionFamily):
            what = family.direction, family.start, *(end.magnitude for end in family.ends)
        asked.setdefault(what, family)
    return [*asked.values()]


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
