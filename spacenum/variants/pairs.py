"""Pairs (ours): the options of an item two by two, so that each question has a separation, from which a psychometric
function is fitted (``spacenum.scoring.resolution``).

Of an item with four options come three: its truth beside each other option. A pair is a family of two items that offer
the same two options; each is right once, so that a constant answer scores exactly chance. Which stands at A goes by a
hash of the pair's name. No frame is rendered for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from spacenum.core.provenance import stable_hash
from spacenum.items.families import letters_for
from spacenum.items.schema import Item
from spacenum.variants.base import Variant


def two_choice(item: Item) -> Sequence[Item]:
    """The item once for each of its wrong options, offered beside the truth alone."""
    return [_pair(item, option.letter) for option in item.options if option.letter != item.answer]


def _pair(item: Item, other: str) -> Item:
    family = ".".join([item.family, *sorted((item.answer, other))])
    offered = [option for option in item.options if option.letter in (item.answer, other)]
    if stable_hash(family) % 2:
        offered.reverse()
    letters = letters_for(2)
    answer = letters[[option.letter for option in offered].index(item.answer)]
    options = [option.model_copy(update={"letter": letter}) for option, letter in zip(offered, letters, strict=True)]
    return item.model_copy(
        update={"id": f"{item.id}.{item.answer}{other}", "family": family, "options": options, "answer": answer}
    )


VARIANT = Variant(
    settings=("transition", "layout"),
    changes="two options instead of four, once for each pair of them",
    skips={
        "coverage": "it is made of some families of each cell, which hold some magnitudes more often than others",
        "colour": "the base's pictures of a family are checked together; two of them tell less",
    },
    expand=two_choice,
)
