"""Blind: every image is black, and nothing else changes (the paper's Figure 4a)."""

from __future__ import annotations

import numpy as np

from spacenum.core.arrays import Pixels
from spacenum.variants.base import Picture, Variant


def black(picture: Picture) -> Pixels:
    """A black image of the base picture's size."""
    return np.zeros((picture.frame.camera.height, picture.frame.camera.width, 3), np.uint8)


VARIANT = Variant(
    settings=("transition", "layout"),
    changes="every image is black; the words are the same",
    skips=dict.fromkeys(("distinct", "colour"), "all images are black"),
    draw=black,
)
