"""Mirror reader: the ideal observer, but for the side on which it reads y: to the right of x, not to the left.

Reads what the ideal observer reads. 1D has no y, so those cells stay empty.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spacenum.asking.base import Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.geometry.observe import mirrored_corners
from spacenum.items.schema import Item, LayoutItem
from spacenum.models.baselines.choosing import NotAsked
from spacenum.models.baselines.ideal_observer import IdealObserver

READS_FRAMES = True
EACH_ALONE = True


class MirrorReader(IdealObserver):
    """Layouts in 2D and 3D."""

    def choose(self, item: Item) -> int:
        if not isinstance(item, LayoutItem) or item.group == "1d":
            raise NotAsked("it has no y axis")
        return super().choose(item)

    def measured(self, image: str, item: LayoutItem) -> NDArray[np.float64]:
        return mirrored_corners(super().measured(image, item), np.array(item.truth.anchors.origin.corners))


def load(config: ModelConfig, context: Context) -> Model:
    return MirrorReader(context)
