"""Numbers in words: 'zero point eight metres' for '0.8 m' (the paper's Figure 6a)."""

from __future__ import annotations

from decimal import Decimal

from num2words import num2words

from spacenum.items.numbers import DECIMAL, Notation, Unit
from spacenum.variants.base import Variant

UNITS = {"m": "metres", "deg": "degrees"}


def magnitude(value: float, unit: Unit) -> str:
    """'zero point eight metres', 'forty degrees': as many places as the benchmark writes."""
    return f"{_words(DECIMAL.magnitude(value, unit).rstrip(' m°'))} {UNITS[unit]}"


def coordinate(value: float) -> str:
    """'one point two', 'minus zero point three'."""
    return _words(DECIMAL.coordinate(value))


def _words(digits: str) -> str:
    return str(num2words(Decimal(digits)))


VARIANT = Variant(
    settings=("transition", "layout"),
    changes="numbers are written in words, in the question and in the options",
    notation=Notation(magnitude, coordinate),
)
