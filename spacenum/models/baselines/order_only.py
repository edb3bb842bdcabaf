"""Order only: knows which candidate image follows the larger action, and no magnitude.

Reads of an item: the number asked for, and the *order* of the images' magnitudes, from the truth, on purpose: what is
left of a score beyond this is sense for magnitudes. It answers with the image of the rank that the number most likely
has among four, were they drawn from the group's magnitudes. Space2Num shows one action, which has no order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb

from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.frames.plan import MAGNITUDES
from spacenum.items.schema import Item, LayoutItem, TransitionItem
from spacenum.models.baselines.choosing import NotAsked, answers


def likeliest_rank(place: int, magnitudes: int, options: int) -> int:
    """The most probable rank, from 0, of the magnitude at ``place`` (from 0, smallest first) of ``magnitudes``, in a
    set of ``options`` of them that holds it, all such sets alike; of two, the lower.

    The sets in which it has rank r number C(place, r) * C(magnitudes - 1 - place, options - 1 - r).
    """
    sets = [comb(place, rank) * comb(magnitudes - 1 - place, options - 1 - rank) for rank in range(options)]
    return sets.index(max(sets))


def by_order(item: TransitionItem, order: Sequence[float]) -> int:
    """The option whose image has the rank that the item's number most likely has. order: grows with the rank."""
    magnitudes = MAGNITUDES[item.group]
    rank = likeliest_rank(magnitudes.index(item.truth.magnitude), len(magnitudes), len(item.options))
    return sorted(range(len(order)), key=lambda option: order[option])[rank]


def ordering(item: Item) -> TransitionItem:
    """The item, if it shows images to put into order; NotAsked if not."""
    if isinstance(item, LayoutItem) or item.task != "num2space":
        raise NotAsked("it shows no images that differ in magnitude")
    return item


class OrderOnly:
    """Needs no image."""

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        return answers(items, self._choose)

    def _choose(self, item: Item) -> int:
        ordered = ordering(item)
        return by_order(ordered, [option.value for option in ordered.options])


def load(config: ModelConfig, context: Context) -> Model:
    return OrderOnly()
