"""Time reversal (ours): the image after comes first, and the action is the opposite one by the same amount.

Only for Space2Num: a Num2Space family shares its first image, and reversed each of its items would need one of its own.
"""

from __future__ import annotations

from spacenum.frames.records import FrameRecord
from spacenum.items.schema import Item, LayoutItem
from spacenum.variants.base import Variant

OPPOSITE = {
    "forward": "backward",
    "backward": "forward",
    "left": "right",
    "right": "left",
    "up": "down",
    "down": "up",
}


def reversed_in_time(item: Item, frame: FrameRecord) -> Item | None:
    """The action that leads back."""
    if isinstance(item, LayoutItem) or item.task != "space2num":
        return None
    truth = item.truth.model_copy(update={"direction": OPPOSITE[item.truth.direction]})
    return item.model_copy(update={"truth": truth})


VARIANT = Variant(
    settings=("transition",),
    changes="the two images change places, and the action is the opposite one by the same amount",
    skips={"colour": "the pictures are the base's, which were compared the way they were taken"},
    item=reversed_in_time,
    swaps_images=True,
)
