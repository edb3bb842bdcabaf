"""Numbers in words: 'zero point eight metres' for '0.8 m' (the paper's Figure 6a)."""

from __future__ import annotations

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
    """Sign, whole part and each decimal place. num2words itself loses the sign of -0.3 and the place of 1.0."""
    whole, _, places = digits.removeprefix("-").partition(".")
    said = [*(["minus"] if digits.startswith("-") else []), num2words(int(whole))]
    return " ".join([*said, *(["point"] if places else []), *(num2words(int(place)) for place in places)])


VARIANT = Variant(
    settings=("transition", "layout"),
    changes="numbers are written in words, in the question and in the options",
    notation=Notation(magnitude, coordinate),
)
