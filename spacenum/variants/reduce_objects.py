"""Fewer objects: layouts rendered without what is neither anchor nor target (Figure 5).

What a target stands on stays, for it would float otherwise.
"""

from __future__ import annotations

from spacenum.scenes.spec import LayoutScene, PlacedObject
from spacenum.variants.base import Variant

CLOSE_M = 1e-6


def reduced(scene: LayoutScene) -> LayoutScene:
    """The layout with its two anchors, and supports of the target's placements, alone."""
    needed = (scene.origin_anchor, scene.direction_anchor)
    kept = [placed for placed in scene.objects if placed.name in needed or _carries(placed, scene)]
    return scene.model_copy(update={"objects": tuple(kept)})


def _carries(placed: PlacedObject, scene: LayoutScene) -> bool:
    low, high = placed.box
    for target in scene.placements:
        x, y, z = target.position
        if abs(z - high[2]) < CLOSE_M and low[0] <= x <= high[0] and low[1] <= y <= high[1]:
            return True
    return False


VARIANT = Variant(
    settings=("layout",),
    changes="objects that are neither anchor nor target are removed, and the scene is rendered again",
    skips={"objects": "removing objects is what the variant is for"},
    scene=reduced,
)
