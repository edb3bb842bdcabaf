"""Layouts as labelled points: each object's centre, and the corners of its box,
so that its size can be read (Figure 6b)."""

from __future__ import annotations

from spacenum.core.arrays import Pixels
from spacenum.variants.base import Picture, Variant
from spacenum.variants.drawing import draw_circle, draw_labels, line_width, paper, projected


def points(picture: Picture) -> Pixels:
    """A disc at each object's centre and small ones at the corners of its box, on white."""
    drawn, objects = paper(picture.frame), projected(picture.frame)
    for one in objects:
        for corner in one.corners:
            draw_circle(drawn, corner, 1.2 * line_width(drawn), one.colour, filled=True)
        draw_circle(drawn, one.centre, 3.0 * line_width(drawn), one.colour, filled=True)
    return draw_labels(drawn, objects)


VARIANT = Variant(
    settings=("layout",),
    changes="the photo is replaced with labelled points: each object's centre and the corners of its box",
    skips={"colour": "the depth and id images are of what the drawings replace"},
    draw=points,
)
