"""What an open reply says: an amount in the unit asked for, or two corners; or why neither can be read."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from spacenum.asking.parsing import Reading, after_thought

_IN_METRES = {
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), 1.0),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), 0.01),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), 0.001),
    **dict.fromkeys(("dm", "decimeter", "decimeters", "decimetre", "decimetres"), 0.1),
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres"), 1000.0),
    **dict.fromkeys(("ft", "foot", "feet"), 0.3048),
    **dict.fromkeys(("inch", "inches"), 0.0254),
    **dict.fromkeys(("yd", "yds", "yard", "yards"), 0.9144),
}
_IN_DEGREES = {
    **dict.fromkeys(("°", "deg", "degs", "degree", "degrees"), 1.0),
    **dict.fromkeys(("rad", "rads", "radian", "radians"), 180 / 3.141592653589793),
    **dict.fromkeys(("turn", "turns", "revolution", "revolutions"), 360.0),
}
_FACTORS = {"m": _IN_METRES, "deg": _IN_DEGREES}
_QUANTITY = re.compile(r"(?<![\w.])(?P<number>[-+]?\d+(?:[.,]\d+)?|[-+]?\.\d+)\s*(?P<unit>°|[a-zA-Z]+)?")
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:\.\d+)?|\.\d+)")
_RANGE = re.compile(r"\d\s*(?:-|–|—|\b(?:to|or|and)\b)\s*\.?\d")
_BOXED = re.compile(r"(?:\\boxed\s*\{|<answer>)(?P<inside>[^{}<]*)")
_DOUBTFUL = {
    "gives a bound, not an amount": re.compile(
        r"\b(?:less|more|fewer|greater|smaller|larger) than\b|\bat (?:least|most)\b|[<>≤≥]\s*\d|"
        r"\b(?:under|over|below|above) \d",
        re.I,
    ),
    "counts something else": re.compile(r"\d\s*(?:steps?|times|paces?|tiles?|pixels?|px|%|percent)\b|\d\s*%", re.I),
    "has a unit that may be several": re.compile(r"\d\s*[\"'″′]|\d\s*in\b", re.I),
    "writes a fraction or formula": re.compile(r"\d\s*/\s*\d|[a-zπ]\s*/\s*\d|\d\s*(?:pi\b|π)", re.I),
    "has a comma that may be of thousands": re.compile(r"(?<![\d.])[1-9]\d{0,2},\d{3}(?!\d)"),
}
"""What makes an amount unsure: it is then not read."""
_DIGITS = 9  # 40 cm are 0.4 m, not 0.40000000000000002


def read_amount(text: str | None, unit: Literal["m", "deg"], *, finished: bool = True) -> Reading:
    """The one amount in a reply, in ``unit``: other units of the same kind are converted, a bare number is taken in it.

    Bare numbers count only where no number has a unit. A reply that was cut is not read: a digit may be missing.
    """
    answer = _answer(text, finished)
    if isinstance(answer, Reading):
        return answer
    if _RANGE.search(answer):
        return Reading("unparsed", reason="names a range")
    for reason, sign in _DOUBTFUL.items():
        if sign.search(answer):
            return Reading("unparsed", reason=reason)
    found = [
        (float(hit["number"].replace(",", ".")), (hit["unit"] or "").lower()) for hit in _QUANTITY.finditer(answer)
    ]
    factors, others = _FACTORS[unit], [kind for name, kind in _FACTORS.items() if name != unit]
    amounts = {round(number * factors[name], _DIGITS) for number, name in found if name in factors}
    if not amounts and any(name in kind for _, name in found for kind in others):
        return Reading("unparsed", reason=f"its number is not in {'metres' if unit == 'm' else 'degrees'}")
    amounts = amounts or {number for number, _ in found}
    if len(amounts) != 1:
        return Reading("unparsed", reason=_which(sorted(amounts)))
    return Reading("parsed", value=amounts.pop())


def read_corners(text: str | None, dimensions: int, target: str, *, finished: bool = True) -> Reading:
    """Two corners with ``dimensions`` numbers each, in one line; of several such lines,
    the one that names ``target``."""
    answer = _answer(text, finished)
    if isinstance(answer, Reading):
        return answer
    lines = [(line, [float(n) for n in _NUMBER.findall(line)]) for line in answer.splitlines()]
    fitting = [(line, numbers) for line, numbers in lines if len(numbers) == 2 * dimensions]
    named = [numbers for line, numbers in fitting if target.lower() in line.lower()]
    found = named or [numbers for _, numbers in fitting] or [[n for _, numbers in lines for n in numbers]]
    if any(numbers != found[0] for numbers in found):
        return Reading("unparsed", reason="names several boxes")
    if len(found[0]) != 2 * dimensions:
        return Reading("unparsed", reason=f"has {len(found[0])} numbers in place of {2 * dimensions}")
    low, high = found[0][:dimensions], found[0][dimensions:]
    return Reading("parsed", value=[low[0], high[0]] if dimensions == 1 else [low, high])


def _answer(text: str | None, finished: bool) -> str | Reading:
    rest = after_thought(text, finished=finished)
    if isinstance(rest, Reading):
        return rest
    if not finished:
        return Reading("truncated", reason="was cut, so that digits may be missing")
    plain = unicodedata.normalize("NFKC", rest.replace("º", "°")).replace("−", "-")
    boxed = [match["inside"] for match in _BOXED.finditer(plain)]
    return boxed[-1] if boxed and _NUMBER.search(boxed[-1]) else plain


def _which(amounts: list[float]) -> str:
    return f"names several amounts: {', '.join(f'{amount:g}' for amount in amounts)}" if amounts else "has no number"
