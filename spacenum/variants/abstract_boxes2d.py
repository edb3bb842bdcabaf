"""Layouts as labelled 2D boxes: the rectangle that each object's box spans in the image (Figure 6b)."""

from __future__ import annotations

import numpy as np

from spacenum.core.arrays import Pixels
from spacenum.variants.base import Picture, Variant
from spacenum.variants.drawing import draw_labels, draw_lines, paper, projected


def boxes(picture: Picture) -> Pixels:
    """Rectangles on white."""
    frame = picture.frame
    drawn, objects = paper(frame), projected(frame)
    for one in objects:
        (left, top), (right, bottom) = one.rectangle(frame.camera.width, frame.camera.height)
        around = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        draw_lines(drawn, zip(around, np.roll(around, -1, axis=0), strict=True), one.colour)
    return draw_labels(drawn, objects)


VARIANT = Variant(
    settings=("layout",),
    changes="the photo is replaced with labelled 2D boxes",
    skips={"colour": "the depth and id images are of what the drawings replace"},
    draw=boxes,
)
