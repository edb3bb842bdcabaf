"""Trash bin: a pedal bin, a bin with a swing lid, or a waste basket with crumpled paper."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, ellipsoid, fit
from spacenum.scenes.assets.palette import BLACK_PLASTIC, PAINTS, PAPER, STEEL, pick
from spacenum.scenes.assets.parts.furniture import DARK
from spacenum.scenes.assets.parts.shapes import clip, loft, superellipse, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    shell = pick((STEEL, Material(pick(PAINTS, rng), roughness=0.35), Material((0.25, 0.26, 0.28), roughness=0.5)), rng)
    style = pick(("pedal", "swing", "basket"), rng)
    maker = {"pedal": _pedal, "swing": _swing, "basket": _basket}[style]
    return fit(maker(w, d, h, shell, rng), size)


def _wall(w: float, d: float, levels: list[tuple[float, float]], power: float, material: Material) -> Part:
    """A solid through rings; levels: (share of the width, height)."""
    return loft([superellipse(f * w, f * d, z, power, 40) for f, z in levels], material)


def _pedal(w: float, d: float, h: float, shell: Material, rng: np.random.Generator) -> list[Part]:
    lid = clip(0.16 * h, 0.06, 0.09)
    edge = h - lid
    deep = d - 0.05
    cap = pick((BLACK_PLASTIC, shell), rng)
    parts = [
        _wall(w, deep, [(0.97, 0), (0.97, 0.035)], 2, BLACK_PLASTIC),
        _wall(w, deep, [(0.95, 0.03), (0.95, edge)], 2, shell),
        _wall(w, deep, [(0.9, edge - 0.01), (0.9, edge + 0.01)], 2, DARK),
        _wall(
            w,
            deep,
            [
                (1, edge + 0.006),
                (1, edge + 0.03),
                (0.95, h - 0.45 * lid),
                (0.75, h - 0.15 * lid),
                (0.4, h - 0.02 * lid),
                (0.05, h),
            ],
            2,
            cap,
        ),
        box((0.12, 0.05, 0.03), (0, deep / 2, edge), BLACK_PLASTIC, 0.004),
    ]
    back = d / 2 - deep / 2 - 0.01
    pedal = box((0.09, 0.08, 0.012), (0, -d / 2 + 0.04, 0.014), STEEL if cap is shell else BLACK_PLASTIC, 0.004)
    return [*(part.moved((0, back, 0)) for part in parts), pedal]


def _swing(w: float, d: float, h: float, shell: Material, rng: np.random.Generator) -> list[Part]:
    lid = clip(0.34 * h, 0.12, 0.2)
    edge = h - lid
    cap = tint(shell, 0.6) if shell is not STEEL else BLACK_PLASTIC
    parts = [
        _wall(w, d, [(0.78, 0), (0.8, 0.01), (0.97, edge)], 6, shell),
        _wall(
            w,
            d,
            [
                (1, edge - 0.004),
                (1, edge + 0.02),
                (0.94, edge + 0.4 * lid),
                (0.72, edge + 0.8 * lid),
                (0.62, h - 0.004),
                (0.6, h),
            ],
            6,
            cap,
        ),
    ]
    slope = float(np.hypot(0.11 * d, 0.4 * lid))
    tilt = float(np.degrees(np.arctan2(0.11 * d, 0.4 * lid)))
    flap = box((0.5 * w, 0.03, 0.86 * slope), (0, 0, -0.43 * slope), DARK, 0.008).turned(-tilt, "x")
    return [*parts, flap.moved((0, -0.415 * d, edge + 0.6 * lid))]


def _basket(w: float, d: float, h: float, shell: Material, rng: np.random.Generator) -> list[Part]:
    top = h - 0.035
    inner = [(0.96, top - 0.004), (0.955, top - 0.05), (0.9, top - 0.055)]
    parts = [
        _wall(
            w,
            d,
            [(0.74, 0), (0.76, 0.008), (0.98, top - 0.03), (1, top - 0.028), (1, top), (0.97, top), *inner],
            2,
            shell,
        ),
        _wall(w, d, [(0.9, top - 0.06), (0.9, top - 0.05)], 2, DARK),
    ]
    for x, y, r in (
        (-0.2, -0.12, 0.17),
        (0.17, -0.17, 0.16),
        (0.03, 0.17, 0.18),
        (0.24, 0.13, 0.14),
        (-0.24, 0.14, 0.14),
    ):
        ball = ellipsoid((r * w, r * d, 0.17 * min(w, d)), (0, 0, 0), PAPER, 2)
        crumpled = ball.vertices * rng.uniform(0.82, 1.1, len(ball.vertices))[:, None]
        parts.append(Part(crumpled, ball.faces, PAPER, False).moved((x * w, y * d, top - 0.03)))
    return parts
