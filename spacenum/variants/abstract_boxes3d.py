"""Layouts as labelled 3D boxes: the edges of each object's box through the same camera (Figure 6b)."""

from __future__ import annotations

from spacenum.core.arrays import Pixels
from spacenum.variants.base import Picture, Variant
from spacenum.variants.drawing import EDGES, draw_labels, draw_lines, paper, projected


def boxes(picture: Picture) -> Pixels:
    """The 12 edges of every box on white."""
    drawn, objects = paper(picture.frame), projected(picture.frame)
    for one in objects:
        draw_lines(drawn, ((one.corners[a], one.corners[b]) for a, b in EDGES), one.colour)
    return draw_labels(drawn, objects)


VARIANT = Variant(
    settings=("layout",),
    changes="the photo is replaced with labelled 3D boxes through the same camera",
    skips={"colour": "the depth and id images are of what the drawings replace"},
    draw=boxes,
)
