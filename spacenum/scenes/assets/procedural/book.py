"""Book: a hardback that lies flat, with spine, pages and a printed cover."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Part, Size, fit
from spacenum.scenes.assets.parts.books import book


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    return fit(book(size, rng), size)
