"""Anchor overlay: a centred crosshair and two circles on every image of a transition,
as fixed marks to measure from (Figure 5)."""

from __future__ import annotations

import numpy as np

from spacenum.core.arrays import Pixels
from spacenum.variants.base import Picture, Variant
from spacenum.variants.drawing import draw_circle, draw_lines

COLOUR = (255, 40, 40)
RADII = (1 / 6, 1 / 3)
"""Of the circles, as shares of the image's height; the crosshair reaches as far as the outer one."""


def overlaid(picture: Picture) -> Pixels:
    """The photo with the marks about its middle."""
    drawn = picture.pixels.copy()
    height, width = drawn.shape[:2]
    middle, reach = np.array([width / 2, height / 2]), RADII[-1] * height
    for radius in RADII:
        draw_circle(drawn, middle, radius * height, COLOUR)
    across, down = np.array([reach, 0.0]), np.array([0.0, reach])
    draw_lines(drawn, [(middle - across, middle + across), (middle - down, middle + down)], COLOUR)
    return drawn


VARIANT = Variant(
    settings=("transition",),
    changes="a crosshair and two circles about the middle are drawn on every image",
    skips={"colour": "what is drawn over a picture is in no depth or id image"},
    draw=overlaid,
)
