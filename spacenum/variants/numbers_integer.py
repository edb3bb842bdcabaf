"""Whole numbers: centimetres for metres, tenths of a unit for coordinates (the paper's Figure 6a).

Angles are whole numbers already: their items stay as they are, so that averages are over the same cells.
"""

from __future__ import annotations

from spacenum.items.numbers import DECIMAL, Notation, Unit
from spacenum.variants.base import Variant


def magnitude(value: float, unit: Unit) -> str:
    """'80 cm' for 0.8 m; '40°'."""
    return f"{round(100 * value)} cm" if unit == "m" else DECIMAL.magnitude(value, unit)


def coordinate(value: float) -> str:
    """'12' for 1.2."""
    return str(round(10 * value))


VARIANT = Variant(
    settings=("transition", "layout"),
    changes="numbers are whole: centimetres for metres, and a unit of a tenth in cognitive maps",
    notation=Notation(magnitude, coordinate),
)
