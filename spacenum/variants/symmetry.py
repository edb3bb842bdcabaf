"""Rotational symmetry: a turn left by n degrees is asked about as a turn right by 360 - n,
and the reverse (Figure 4c)."""

from __future__ import annotations

from spacenum.frames.records import FrameRecord
from spacenum.items.schema import Item, LayoutItem
from spacenum.variants.base import Variant

OTHER_WAY = {"left": "right", "right": "left"}


def other_way_round(item: Item, frame: FrameRecord) -> Item | None:
    """The same images and options as turns the other way, whose angles and the old ones add up to 360 degrees."""
    if isinstance(item, LayoutItem) or item.group != "rotate_left_right":
        return None
    truth = {"direction": OTHER_WAY[item.truth.direction], "magnitude": 360 - item.truth.magnitude}
    options = [option.model_copy(update={"value": 360 - option.value}) for option in item.options]
    return item.model_copy(update={"truth": item.truth.model_copy(update=truth), "options": options})


VARIANT = Variant(
    settings=("transition",),
    changes="a turn left by n° is called a turn right by 360° - n°, and the reverse; the images are the same",
    skips={"coverage": "the angles are the complements of the benchmark's"},
    item=other_way_round,
)
