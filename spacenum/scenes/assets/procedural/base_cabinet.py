"""Kitchen counter: a base cabinet of doors and drawers under a flat worktop."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Part, Size, box, fit
from spacenum.scenes.assets.palette import BLACK_PLASTIC
from spacenum.scenes.assets.parts.fittings import doors, drawers, kitchen_fronts


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    style = kitchen_fronts(rng)
    worktop, plinth, face = 0.04, 0.1, -d / 2 + 0.047
    body = h - worktop - plinth
    parts = [
        box((w, d, worktop), (0, 0, h - worktop), style.counter, bevel=0.004),
        box((w - 0.004, d / 2 - face, body + 0.002), (0, (d / 2 + face) / 2, plinth), style.face, bevel=0.001),
        box((w - 0.008, d / 2 - face - 0.05, plinth + 0.01), (0, (d / 2 + face) / 2 + 0.02, 0), BLACK_PLASTIC, bevel=0),
        box((w - 0.012, 0.004, body - 0.006), (0, face, plinth + 0.003), BLACK_PLASTIC, bevel=0),
    ]
    columns = max(1, round(w / float(rng.uniform(0.42, 0.6))))
    each = w / columns
    with_drawers = int(rng.integers(columns + 1))
    for k in range(columns):
        x = -w / 2 + (k + 0.5) * each
        if k == with_drawers:
            parts += drawers(
                (each, body), (x, face, plinth), style, (1.5, 1.5, 1) if rng.random() < 0.6 else (1, 1, 1, 1)
            )
        else:
            low = body * (0.77 if with_drawers < columns else 1.0)
            parts += doors((each, low), (x, face, plinth), style, 1 if each < 0.5 else 2)
            if low < body:
                parts += drawers((each, body - low), (x, face, plinth + low), style, (1,))
    return fit(parts, size)
