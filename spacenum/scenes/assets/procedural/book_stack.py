"""Stack of books: three to five hardbacks of different sizes, one upon another, a little turned."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Part, Size, fit
from spacenum.scenes.assets.parts.books import book
from spacenum.scenes.assets.parts.shapes import moved, turned


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    count = int(np.clip(round(h / 0.035), 3, 5))
    shares = rng.uniform(0.7, 1.3, count)
    thick = h * shares / shares.sum()
    parts: list[Part] = []
    z = 0.0
    for k, t in enumerate(thick):
        scale = (1.0 - 0.07 * k) * rng.uniform(0.93, 1.0) if k else 1.0
        # Lying with the spine towards the viewer: the book's length runs along X.
        volume = turned(book((d * scale, w * scale, float(t)), rng), 90)
        if k % 2 and rng.random() < 0.4:
            volume = turned(volume, 180)
        swing = float(rng.uniform(-9, 9)) if k else 0.0
        parts += moved(turned(volume, swing), (rng.uniform(-0.02, 0.02) * w, rng.uniform(-0.02, 0.02) * d, z))
        z += float(t)
    return fit(parts, size)
