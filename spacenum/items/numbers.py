"""How numbers are written in prompts: one decimal place for lengths and coordinates, whole degrees for angles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from spacenum.items.schema import Corners

Unit = Literal["m", "deg"]


@dataclass(frozen=True)
class Notation:
    """A way to write the numbers of items: magnitudes with their unit, and coordinates of a cognitive map."""

    magnitude: Callable[[float, Unit], str]
    coordinate: Callable[[float], str]

    def corners(self, corners: Corners) -> str:
        """Two corners in brackets; a corner of two or three numbers stands in round ones."""
        return "[" + ", ".join(self._corner(corner) for corner in corners) + "]"

    def _corner(self, corner: float | list[float]) -> str:
        if isinstance(corner, list):
            return "(" + ", ".join(self.coordinate(value) for value in corner) + ")"
        return self.coordinate(corner)


def write_magnitude(value: float, unit: Unit) -> str:
    """'0.8 m' or '40°'."""
    return f"{value:.1f} m" if unit == "m" else f"{value:.0f}°"


def _coordinate(value: float) -> str:
    return f"{value + 0.0:.1f}" if round(value, 1) != 0 else "0.0"  # never "-0.0"


DECIMAL = Notation(write_magnitude, _coordinate)
"""The benchmark's own: '0.8 m', '40°', '[0.0, 1.2]' in 1D, '[(0.0, 0.0), (1.2, 1.8)]' in 2D,
three numbers a corner in 3D."""


def write_corners(corners: Corners) -> str:
    """Two corners as the benchmark writes them."""
    return DECIMAL.corners(corners)


def rounded(corners: list[list[float]]) -> Corners:
    """Corners with one decimal place, as prompts show them; 1D corners become single numbers."""
    tenths = [[round(value, 1) + 0.0 for value in corner] for corner in corners]
    return [corner[0] for corner in tenths] if len(tenths[0]) == 1 else tenths
