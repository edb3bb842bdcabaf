"""What an open reply says: an amount in the unit asked for, or two corners; or why neither can be read.

A number is read only if its unit and its role are known: "0.8 miles", "40 °C", "0.8 m²" and "3 chairs" are no amounts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from spacenum.asking.parsing import Reading, after_thought
from spacenum.asking.plain import compatible, unboxed

_IN_METRES = {
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres", "米", "公尺", "メートル", "미터"), 1.0),
    **dict.fromkeys(("metro", "metros", "metri", "mètre", "mètres", "metern", "м", "метр", "метра", "метров"), 1.0),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres", "厘米", "公分", "センチ"), 0.01),
    **dict.fromkeys(
        ("centímetros", "centimètres", "centimetri", "zentimeter", "zentimetern", "см", "сантиметра"), 0.01
    ),
    **dict.fromkeys(("сантиметров", "센티미터", "센티", "センチメートル"), 0.01),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres", "毫米"), 0.001),
    **dict.fromkeys(("dm", "decimeter", "decimeters", "decimetre", "decimetres", "分米"), 0.1),
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres", "千米", "公里"), 1000.0),
    **dict.fromkeys(("ft", "foot", "feet"), 0.3048),
    **dict.fromkeys(("inch", "inches"), 0.0254),
    **dict.fromkeys(("yd", "yds", "yard", "yards"), 0.9144),
}
_IN_DEGREES = {
    **dict.fromkeys(("°", "deg", "degs", "degree", "degrees", "度", "도"), 1.0),
    **dict.fromkeys(("grado", "grados", "gradi", "grau", "graus", "degré", "degrés", "Grad"), 1.0),  # "grad": a 400th
    **dict.fromkeys(("градус", "градуса", "градусов"), 1.0),
    **dict.fromkeys(("rad", "rads", "radian", "radians", "弧度"), 180 / 3.141592653589793),
    **dict.fromkeys(("turn", "turns", "revolution", "revolutions"), 360.0),
}
_FACTORS = {"m": _IN_METRES, "deg": _IN_DEGREES}
_KNOWN = {**_IN_METRES, **_IN_DEGREES}
_BEHIND_UNIT = re.compile(
    "(?:左右|远|遠|处|的|角|です|でした|ほど|くらい|前後|前進|입니다|이다|정도|앞|だけ|回転|移動).*|다"
)
"""What follows a unit without a space: "0.8米左右"."""
_SIGNED = r"[-+]?(?:\d+(?:[.,]\d+)?|\.\d+)"
_QUANTITY = re.compile(
    rf"(?:(?<![\w.^])|(?P<joined>(?<=[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af])))(?P<number>{_SIGNED})"
    r"(?P<gap>[ \t~]{0,3})(?P<unit>°[CFK]?|[^\W\d_]+(?:\^|/\w|\d)?)?"
)
"""joined: behind a Chinese, Japanese or Korean word, as in "约0.8米"; without a unit that is none ("图2")."""
_NUMBER = re.compile(rf"(?<![\w.]){_SIGNED}".replace("[.,]", r"\."))
_NO_UNITS = {
    *("to", "the", "left", "right", "forward", "forwards", "backward", "backwards", "back", "up", "down", "upward"),
    *("upwards", "downward", "downwards", "ahead", "away", "clockwise", "counterclockwise", "anticlockwise", "and"),
    *(
        "or",
        "is",
        "was",
        "so",
        "because",
        "since",
        "as",
        "which",
        "that",
        "where",
        "for",
        "in",
        "on",
        "at",
        "from",
        "by",
    ),
    *("with", "of", "toward", "towards", "then", "if", "but", "not", "horizontally", "vertically"),
}
"""Words behind a number that are no unit."""
_RANGE = re.compile(r"\d[^\S\n]{0,3}(?:°|[a-zA-Z]{1,12})?[^\S\n]{0,3}(?:-|–|—|\b(?:to|or|and)\b)[^\S\n]{0,3}\.?\d")
_ANSWER, _LABEL = (
    re.compile(
        rf"(?:^|[\n.;,*]\s{{0,3}}|\b(?:the|my|so) )(?:final |correct )?(?:{words})\b[ *_]{{0,3}}"
        r"(?::|=|\bis\b(?: thus)?:?)",
        re.IGNORECASE,
    )
    for words in ("answer|result", "amount|distance|angle")
)
"""What the answer stands behind; all that follows the first of them must agree."""
_POWER = re.compile(r"(?<![\w.])\d{1,9}(?:\.\d{1,9})?[eE][-+]?\d{1,2}(?![\w.])")
_CONVERTED = re.compile(
    r"\(\s{0,3}(?:or|i\.e\.,?|=|≈|about|approx(?:imately|\.)?|roughly|~)?\s{0,3}(?P<inside>[^()]{1,40})\)"
)
_TAG = re.compile(r"<answer>(?P<inside>[^<]{0,400})", re.IGNORECASE)
_DOUBTFUL = {
    "gives a bound, not an amount": re.compile(
        r"\b(?:less|more|fewer|greater|smaller|larger) than\b|\bat (?:least|most)\b|[<>≤≥]\s?\d|"
        r"\b(?:under|over|below|above) \d|"
        r"\b(?:menos|más|mais) (?:de|que)\b|\b(?:al|pelo) menos\b|\b(?:weniger|mehr) als\b|"
        r"\bmindestens\b|\bhöchstens\b|"
        r"\b(?:moins|plus) de\b|\bau (?:moins|plus)\b|\b(?:meno|più) di\b|\balmeno\b|\b(?:менее|более|меньше|больше)\b|"
        r"\b(?:bis zu|hasta|jusqu'à|fino a|até|до|(?:макс|мин)имум|m[aá]xim(?:um|al|o)|m[ií]nim(?:um|al|o))\b|"
        r"不到|不足|超过|超過|至少|至多|最多|[小大少多低高]于|以[上下内]|未満|이상|이하|미만",
        re.I,
    ),
    "denies or supposes it, or gives a bound": re.compile(
        r"\b(?:is|was)(?: not|n't)\b|\bif\b|\bor (?:more|less|fewer)\b|\bup to\b|\bcan(?:not|'t)\b|"
        r"\b(?:per|a|por|pro|par|al|в) (?:second|segundo|sekunde|seconde|secondo|секунду)\b|每秒|毎秒|초당|"
        r"\b(?:nicht|no es|não|n'est pas|non è|не|si|wenn|falls|если|keine?|nie|nunca|jamais|никогда)\b|"
        r"如果|若|不[是会]|零下|每|并非|没有|ではな|아[니닙닌]",
        re.I,
    ),
    "writes a sum, product, power or tolerance": re.compile(
        r"\d\s?(?:[×±*^]|x (?=\d)|\+/-)\s?\d|\d\s?(?:~|\.{2,3}|…)\s?\.?\d|\d ×", re.I
    ),
    "has a number in several parts": re.compile(r"\d[ \u00a0]\d|\d[.,]\d+[.,]\d"),
    "has a unit that isn't one": re.compile(r"\d\s?Mm\b|°\s?/|\bright angles?\b"),
    "counts something else": re.compile(r"\d\s?(?:steps?|times|paces?|tiles?|pixels?|px|%|percent)\b|\d\s?%", re.I),
    "has a unit that may be several": re.compile(r"\d\s?[\"'″′]|\d\s?in\b(?! the| this| a\b)", re.I),
    "writes a fraction or formula": re.compile(r"\d\s?/\s?\d|[a-zπ]\s?/\s?\d|\d\s?(?:pi\b|π)", re.I),
    "has a comma that may be of thousands": re.compile(r"(?<![\d.])[1-9]\d{0,2},\d{3}(?!\d)"),
}
"""What makes an amount unsure: it is then not read."""
_AXIS = re.compile(
    r"\b(?P<axis>[xyz])[_ ]?(?:\d|min|max|low|high|start|end)?\s{0,3}(?::|=|∈|\bfrom\b|\branges from\b)\s{0,3}[\[(]?"
    rf"(?P<first>{_SIGNED})(?:\s{{0,3}}(?:to|-|–|—|\.\.\.?|,)\s{{0,3}}(?P<second>{_SIGNED})(?![\w.]|\s{{0,3}}[:=]))?",
    re.IGNORECASE,
)
"""A range or a number of a named axis."""
_NO_CORNERS = re.compile(
    r"(?<![a-z])[xyzwhld](?![a-z])|\bx_?m|\b(?:range|axis|width|height|length|depth|size|dimensions?|cent(?:er|re)|"
    r"middle|extent|radius|offset|pixels?|px|not|isn't|if)\b|[≤≥<>×±%]|\d\s?(?:cm|mm|dm|km|ft|feet|inch\w*|yd)\b",
    re.IGNORECASE,
)
"""In a line whose bare numbers are no corners: ranges by axis in other forms, sizes, other units, denials."""
MOST_CHARACTERS = 10_000
"""A longer reply, thoughts apart, is no amount."""
_DIGITS = 9  # 40 cm are 0.4 m, not 0.40000000000000002
_SAME = 0.01
"""Relative difference within which a second amount is the first in another unit."""


def read_amount(text: str | None, unit: Literal["m", "deg"], *, finished: bool = True) -> Reading:
    """The one amount in a reply, in ``unit``: other units of the same kind are converted, a bare number is taken in it.

    Where "answer:" or a box says which, that alone is read. Bare numbers count only where no number has a unit. A reply
    that was cut is not read: a digit may be missing.
    """
    answer = _answer(text, finished)
    if isinstance(answer, Reading):
        return answer
    answer = _without_conversion(answer, unit)
    if _RANGE.search(answer):
        return Reading("unparsed", reason="names a range")
    for reason, sign in _DOUBTFUL.items():
        if sign.search(answer):
            return Reading("unparsed", reason=reason)
    found = [*_quantities(answer)]
    if strange := next((name for _, name in found if name and name not in _KNOWN), None):
        return Reading("unparsed", reason=f"has the unit '{strange}', which isn't known")
    factors = _FACTORS[unit]
    amounts = {round(number * factors[name], _DIGITS) for number, name in found if name in factors}
    if not amounts and any(name for _, name in found):
        return Reading("unparsed", reason=f"its number is not in {'metres' if unit == 'm' else 'degrees'}")
    amounts = amounts or {number for number, _ in found}
    if len(amounts) != 1:
        return Reading("unparsed", reason=_which(sorted(amounts)))
    return Reading("parsed", value=amounts.pop())


def _quantities(answer: str) -> Iterator[tuple[float, str]]:
    """Numbers with the words behind them that are their units; "" for none."""
    for hit in _QUANTITY.finditer(answer):
        unit = _unit(hit["unit"] or "")
        unit = "" if unit in _NO_UNITS and hit["gap"] else unit
        if unit or hit["joined"] is None:
            yield float(hit["number"].replace(",", ".")), unit


def _unit(word: str) -> str:
    """The unit that a word is, or that it starts with; the word itself if that isn't known."""
    name = word if word in _KNOWN or word.startswith("°") else word.lower()
    starts = (name[:end] for end in range(min(len(name), 16) - 1, 0, -1) if _BEHIND_UNIT.fullmatch(name, end))
    return name if name in _KNOWN else next((start for start in starts if start in _KNOWN), name)


def _without_conversion(answer: str, unit: Literal["m", "deg"]) -> str:
    """Without a second amount in brackets that is the first in another unit, within rounding: "0.8 m (2.62 ft)"."""
    factors = _FACTORS[unit]

    def kept(match: re.Match[str]) -> str:
        before = [*_quantities(answer[max(0, match.start() - 40) : match.start()])][-1:]
        inside = [*_quantities(match["inside"])]
        if len(before) == len(inside) == 1 and before[0][1] in factors and inside[0][1] in factors:
            first, second = (number * factors[name] for number, name in (before[0], inside[0]))
            return "" if abs(first - second) <= _SAME * abs(first) else match[0]
        return match[0]

    return _CONVERTED.sub(kept, answer)


def read_corners(text: str | None, dimensions: int, target: str, *, finished: bool = True) -> Reading:
    """Two corners with ``dimensions`` numbers each, in one line; of several such lines, the one that names ``target``.

    Any two opposite corners say the same box; the lower one is given first. Ranges by axis ("x: 0.4 to 1.0") are read.
    """
    answer = _answer(text, finished)
    if isinstance(answer, Reading):
        return answer
    lines = [(line, _box(line, dimensions)) for line in answer.splitlines()]
    fitting = [(line, box) for line, box in lines if box]
    of_target = re.compile(rf"(?<![a-z]){re.escape(target.lower())}(?![a-z])")
    named = [box for line, box in fitting if of_target.search(line.lower())]
    found = named or [box for _, box in fitting]
    if not found and (whole := _box(answer, dimensions)):
        found = [whole]
    if not found:
        numbers = len(_NUMBER.findall(answer))
        return Reading("unparsed", reason=f"has {numbers} numbers in place of {2 * dimensions}")
    if any(box != found[0] for box in found):
        return Reading("unparsed", reason="names several boxes")
    low, high = found[0]
    return Reading("parsed", value=[low[0], high[0]] if dimensions == 1 else [low, high])


def _box(line: str, dimensions: int) -> tuple[list[float], list[float]] | None:
    """The lower and the upper corner in a line; None if it has other numbers than these."""
    if _AXIS.search(line):
        return _by_axis(line, dimensions)
    if _NO_CORNERS.search(line):
        return None
    numbers = [float(number) for number in _NUMBER.findall(line)]
    if len(numbers) != 2 * dimensions:
        return None
    return _ordered([*zip(numbers[:dimensions], numbers[dimensions:], strict=True)])


def _by_axis(line: str, dimensions: int) -> tuple[list[float], list[float]] | None:
    """Of a line that names axes: two numbers for each of them and no other number, none with a comma, which may stand
    between two or within one."""
    found: dict[str, list[float]] = {axis: [] for axis in "xyz"[:dimensions]}
    for hit in _AXIS.finditer(line):
        numbers = [number for number in (hit["first"], hit["second"]) if number]
        if any("," in number for number in numbers):
            return None
        found.setdefault(hit["axis"].lower(), []).extend(map(float, numbers))
    left = _NUMBER.search(_AXIS.sub(" ", line))
    if left or len(found) != dimensions or any(len(ends) != 2 for ends in found.values()):
        return None
    return _ordered([(ends[0], ends[1]) for ends in found.values()])


def _ordered(spans: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [min(span) for span in spans], [max(span) for span in spans]


def _answer(text: str | None, finished: bool) -> str | Reading:
    """What follows the thoughts; of it, what stands in the last box or tag or behind "answer:", if that has a
    number."""
    rest = after_thought(text, finished=finished)
    if isinstance(rest, Reading):
        return rest
    if not finished:
        return Reading("truncated", reason="was cut, so that digits may be missing")
    if len(rest) > MOST_CHARACTERS:
        return Reading("unparsed", reason=f"is longer than {MOST_CHARACTERS} characters")
    plain = _plain(rest)
    inside = [*unboxed(plain), *(match["inside"] for match in _TAG.finditer(plain))]
    if inside and _NUMBER.search(inside[-1]):
        return inside[-1]
    label = _ANSWER.search(plain) or _LABEL.search(plain)
    behind = plain[label.end() :] if label else ""
    return behind if _NUMBER.search(behind) else plain


def _plain(text: str) -> str:
    """In plain characters, one space at a time; powers of ten written out."""
    kept = text.replace("º", "°").replace("℃", "°C").replace("²", "^2").replace("³", "^3")
    found = compatible(kept, 4).replace("⁄", "/").replace("−", "-").replace("\\circ", "°")
    found = re.sub(r"[^\S\n]+", " ", found.replace("^°", "°").replace("^{°}", "°"))
    return _POWER.sub(lambda match: f"{float(match[0]):.12g}", found)


def _which(amounts: list[float]) -> str:
    return f"names several amounts: {', '.join(f'{amount:g}' for amount in amounts)}" if amounts else "has no number"
