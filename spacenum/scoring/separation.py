"""How far apart two options are: what a two-choice question asks a model to tell."""

from __future__ import annotations

import numpy as np

from spacenum.items.schema import Corners


def separation(first: float | Corners, second: float | Corners) -> float:
    """The largest difference between two options' numbers, in their unit: metres, degrees, or units of the map."""
    return float(np.abs(np.subtract(first, second)).max())


def weber_fraction(first: float | Corners, second: float | Corners) -> float:
    """Their separation over their mean size; an option's size is its largest number, without its sign."""
    sizes = [float(np.abs(option).max()) for option in (first, second)]
    return separation(first, second) / float(np.mean(sizes))
