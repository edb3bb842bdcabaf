"""Colours and materials that things are made of, as sRGB in 0..1, from which generators draw with their own seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from spacenum.scenes.assets.mesh import Colour, Material

T = TypeVar("T")

WOODS: tuple[tuple[Colour, Colour], ...] = (
    ((0.62, 0.45, 0.28), (0.50, 0.34, 0.19)),
    ((0.42, 0.27, 0.16), (0.31, 0.19, 0.11)),
    ((0.78, 0.64, 0.45), (0.68, 0.53, 0.35)),
    ((0.28, 0.18, 0.12), (0.20, 0.12, 0.08)),
    ((0.55, 0.33, 0.20), (0.44, 0.24, 0.14)),
)
FABRICS: tuple[Colour, ...] = (
    (0.36, 0.42, 0.50), (0.58, 0.30, 0.26), (0.72, 0.66, 0.55), (0.30, 0.42, 0.34), (0.24, 0.27, 0.36),
    (0.66, 0.52, 0.24), (0.55, 0.55, 0.55), (0.50, 0.36, 0.46),
)  # fmt: skip
PAINTS: tuple[Colour, ...] = (
    (0.80, 0.22, 0.18), (0.16, 0.40, 0.66), (0.93, 0.74, 0.20), (0.20, 0.52, 0.36), (0.86, 0.48, 0.22),
    (0.46, 0.30, 0.56), (0.90, 0.90, 0.88), (0.30, 0.62, 0.66),
)  # fmt: skip
CERAMICS: tuple[Colour, ...] = (
    (0.93, 0.92, 0.90), (0.24, 0.38, 0.54), (0.70, 0.36, 0.26), (0.34, 0.48, 0.42), (0.86, 0.78, 0.60),
)  # fmt: skip

STEEL = Material((0.72, 0.73, 0.74), roughness=0.28, metallic=1.0)
CHROME = Material((0.85, 0.86, 0.87), roughness=0.12, metallic=1.0)
BRASS = Material((0.78, 0.62, 0.32), roughness=0.3, metallic=1.0)
BLACK_METAL = Material((0.08, 0.08, 0.09), roughness=0.45, metallic=0.3)
BLACK_PLASTIC = Material((0.05, 0.05, 0.06), roughness=0.4)
WHITE_ENAMEL = Material((0.92, 0.92, 0.91), roughness=0.25)
DARK_GLASS = Material((0.03, 0.03, 0.04), roughness=0.06)
PAPER = Material((0.93, 0.92, 0.87), roughness=0.9)


def pick(options: Sequence[T], rng: np.random.Generator) -> T:
    """One of ``options``, drawn with ``rng``."""
    return options[int(rng.integers(len(options)))]


def wood(rng: np.random.Generator) -> Material:
    """A wood of random species, with grain along each part's longest axis."""
    colour, colour2 = pick(WOODS, rng)
    return Material(colour, roughness=0.5, pattern="wood", colour2=colour2, scale=0.06)


def fabric(rng: np.random.Generator) -> Material:
    """A woven upholstery fabric."""
    colour = pick(FABRICS, rng)
    return Material(colour, roughness=0.95, pattern="fabric", colour2=tuple(0.82 * c for c in colour), scale=0.012)  # type: ignore[arg-type]


def ceramic(rng: np.random.Generator) -> Material:
    """Glazed ceramic."""
    return Material(pick(CERAMICS, rng), roughness=0.2)


def paint(rng: np.random.Generator) -> Material:
    """A strong paint or plastic colour."""
    return Material(pick(PAINTS, rng), roughness=0.5)
