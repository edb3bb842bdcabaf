"""Thumbnail order: the more pixels change, the larger the action.

Reads of an item: the number asked for, and colour pixels. It puts the candidate images into the order of how much they
differ from the first image, at 32 x 32 grey pixels, and then knows no more than ``order_only``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from PIL import Image as Pillow

from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.core.arrays import Array
from spacenum.frames.store import read_image
from spacenum.items.schema import Item, images_of
from spacenum.models.baselines.choosing import IMAGES_KEPT, answers
from spacenum.models.baselines.order_only import by_order, ordering

EACH_ALONE = True

SIZE = (32, 32)


class ThumbnailOrder:
    """Keeps the thumbnails of the last images that it has read: families share them."""

    def __init__(self, context: Context) -> None:
        self._root = context.root
        self._of = lru_cache(maxsize=IMAGES_KEPT)(self._thumbnail)

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        return answers(items, self._choose)

    def _choose(self, item: Item) -> int:
        ordered = ordering(item)
        before, *candidates = map(self._of, images_of(ordered))
        return by_order(ordered, [float(np.abs(candidate - before).mean()) for candidate in candidates])

    def _thumbnail(self, image: str) -> Array:
        """Grey values [32, 32], means of the pixels in each part of the image."""
        pixels = Pillow.fromarray(read_image(self._root / image).astype(np.uint8)).convert("L")
        return np.asarray(pixels.resize(SIZE, Pillow.Resampling.BOX), float)


def load(config: ModelConfig, context: Context) -> Model:
    return ThumbnailOrder(context)
