"""How numbers are written in prompts: one decimal place for lengths and coordinates, whole degrees for angles."""

from __future__ import annotations

from typing import Literal

from spacenum.items.schema import Corners


def write_magnitude(value: float, unit: Literal["m", "deg"]) -> str:
    """'0.8 m' or '40°'."""
    return f"{value:.1f} m" if unit == "m" else f"{value:.0f}°"


def write_corners(corners: Corners) -> str:
    """'[0.0, 1.2]' in 1D, '[(0.0, 0.0), (1.2, 1.8)]' in 2D, with three numbers a corner in 3D."""
    return "[" + ", ".join(_corner(corner) for corner in corners) + "]"


def _corner(corner: float | list[float]) -> str:
    if isinstance(corner, list):
        return "(" + ", ".join(_coordinate(value) for value in corner) + ")"
    return _coordinate(corner)


def _coordinate(value: float) -> str:
    return f"{value + 0.0:.1f}" if round(value, 1) != 0 else "0.0"  # never "-0.0"


def rounded(corners: list[list[float]]) -> Corners:
    """Corners with one decimal place, as prompts show them; 1D corners become single numbers."""
    tenths = [[round(value, 1) + 0.0 for value in corner] for corner in corners]
    return [corner[0] for corner in tenths] if len(tenths[0]) == 1 else tenths
