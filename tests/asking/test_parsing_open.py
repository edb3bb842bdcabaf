"""Numbers and corners as models write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacenum.asking.parsing_open import read_amount, read_corners


@pytest.mark.parametrize(
    ("unit", "reply", "expected"),
    [
        ("m", "0.8 m", 0.8),
        ("m", "0.8", 0.8),
        ("m", "**0.8 metres**", 0.8),
        ("m", "You moved 80 cm.", 0.8),
        ("m", "0,8 m", 0.8),
        ("m", "about .8m", 0.8),
        ("m", "0.8 m (80 cm)", 0.8),
        ("m", "<think>1.2 m?</think>0.8 m", 0.8),
        ("m", "I count 3 chairs, so \\boxed{0.8}", 0.8),
        ("deg", "40°", 40),
        ("deg", "40º", 40),
        ("deg", "40 degrees.", 40),
        ("deg", "−40°", -40),
        ("m", "0.8 to 1.0 m", "unparsed"),
        ("m", "0.8-1.0 m", "unparsed"),
        ("m", "0.8 m or 1 m", "unparsed"),
        ("m", "40°", "unparsed"),
        ("deg", "0.8 m", "unparsed"),
        ("m", "B", "unparsed"),
        ("m", "forty", "unparsed"),
        ("m", "", "unparsed"),
        ("m", "<think>0.8 m", "truncated"),
    ],
)
def test_amount(unit, reply, expected):
    found = read_amount(reply, unit)
    assert (found.value if found.value is not None else found.outcome) == expected, found


@pytest.mark.parametrize(
    ("dimensions", "reply", "expected"),
    [
        (1, "[0.4, 1.0]", [0.4, 1.0]),
        (1, "0.4, 1.0", [0.4, 1.0]),
        (2, '"chair": [(0.4, 0.2), (1.0, 0.8)]', [[0.4, 0.2], [1.0, 0.8]]),
        (2, "(-0.4, 0.2) and (1.0, 0.8)", [[-0.4, 0.2], [1.0, 0.8]]),
        (2, '"bed": [(0, 0), (1.2, 1.8)]\n"chair": [(0.4, 0.2), (1, 0.8)]', [[0.4, 0.2], [1.0, 0.8]]),
        (2, "(0.4, 0.2)\n(1.0, 0.8)", [[0.4, 0.2], [1.0, 0.8]]),
        (3, "[(0, 0, 0), (1, 1, 1)]", [[0, 0, 0], [1, 1, 1]]),
        (2, "[0.4, 1.0]", "unparsed"),
        (2, "[(0.4, 0.2), (1.0, 0.8)]\n[(0.4, 0.2), (1.0, 0.9)]", "unparsed"),
        (2, "somewhere", "unparsed"),
    ],
)
def test_corners(dimensions, reply, expected):
    found = read_corners(reply, dimensions, "chair")
    assert (found.value if found.value is not None else found.outcome) == expected, found


def test_cut_numbers_are_not_read():
    assert read_amount("0.8", "m", finished=False).outcome == "truncated"
    assert read_corners("[0.4, 1.", 1, "chair", finished=False).outcome == "truncated"


@given(st.integers(-9000, 9000), st.sampled_from([1, 2, 3]))
def test_what_is_written_is_read(tenths, dimensions):
    value = tenths / 10
    assert read_amount(f"{value:.1f} m", "m").value == value
    corner = [value, value + 1, value + 2][:dimensions]
    written = f"[({', '.join(f'{n:.1f}' for n in corner)}), ({', '.join(f'{n:.1f}' for n in corner)})]"
    expected = [value, value] if dimensions == 1 else [[round(n, 1) for n in corner]] * 2
    assert read_corners(written, dimensions, "chair").value == expected


@given(st.text(), st.booleans())
def test_any_text_is_read_without_failing(text, finished):
    for found in (read_amount(text, "m", finished=finished), read_corners(text, 2, "chair", finished=finished)):
        assert (found.value is None) != (found.outcome == "parsed") and (found.value is None) == bool(found.reason)


@pytest.mark.parametrize(
    ("reply", "unit", "value"),
    [
        ("24 inches", "m", 0.6096),
        ("0.5 km", "m", 500),
        ("6 dm", "m", 0.6),
        ("2 yards", "m", 1.8288),
        ("0.5 turns", "deg", 180),
    ],
)
def test_units_that_are_known_are_converted(reply, unit, value):
    assert read_amount(reply, unit).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("reply", "unit", "reason"),
    [
        ('24"', "m", "a unit that may be several"),
        ("2 steps", "m", "counts something else"),
        ("2 steps of 0.3 m", "m", "counts something else"),
        ("In 2 steps, 0.8 m", "m", "counts something else"),  # in all, or each
        ("1,200 mm", "m", "a comma that may be of thousands"),
        ("less than 1 m", "m", "a bound"),
        ("at least 20 degrees", "deg", "a bound"),
        ("pi/6", "deg", "a fraction or formula"),
        ("1/2 m", "m", "a fraction or formula"),
    ],
)
def test_what_may_mean_another_amount_is_not_read(reply, unit, reason):
    read = read_amount(reply, unit)
    assert read.outcome == "unparsed" and reason in read.reason


@pytest.mark.parametrize(
    "text",
    [
        '{"x": [0.4, 1.0], "y": [0.2, 0.8]}', "x in [0.4, 1.0], y in [0.2, 0.8]", "x 0.4 to 1.0, y 0.2 to 0.8",
        "x range: [0.4, 1.0], y range: [0.2, 0.8]", "0.4 ≤ x ≤ 1.0, 0.2 ≤ y ≤ 0.8", "[0.4,1.0] × [0.2,0.8]",
        "x between 0.4 and 1.0, y between 0.2 and 0.8", "center (0.7, 0.5), size (0.6, 0.6)",
        "(40 cm, 20 cm), (100 cm, 80 cm)", "pixel (40, 20), (100, 80)", "x from 0,4 to 1,0, y from 0,2 to 0,8",
        "x: 0,4, y: 1,2", "The chair is not at (0, 0), (1, 1)",
    ],
)  # fmt: skip
def test_four_numbers_of_another_meaning_are_no_corners(text):
    assert read_corners(text, 2, "chair").value != [[0.2, 0.8], [0.4, 1.0]]
    assert read_corners(text, 2, "chair").outcome == "unparsed"


@pytest.mark.parametrize(
    "text",
    [
        "8×10^-1 m", "8 0 cm", "1 500 m", "0.8 ± 0.1 m", "1.000.5 m", "0.8~1.0 m", "0.8…1.0 m", "0.8 Mm",
        "It is not 0.8 m.", "If it turned left, 0.8 m", "0.8 m or more", "up to 0.8 m", "2 × 0.8 m",
        "I can't tell if it is 0.8 m",
    ],
)  # fmt: skip
def test_an_amount_that_is_open_is_not_read(text):
    assert read_amount(text, "m").outcome == "unparsed"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        *((text, "m") for text in (
            "约0.8米", "大约0.8米。", "向前移动0.8米", "0.8米左右", "約0.8メートルです",
            "약 0.8미터입니다", "약 0.8m입니다", "0,8 метра",
            "примерно 0,8 м", "0,8 metros", "environ 0,8 mètre", "circa 0,8 metri", "80 centímetros", "etwa 0,8 Meter",
            "La distancia es de 0,8 metros.", "Der Abstand beträgt 0,8 Meter.", "답: 0.8미터", "答案：0.8米",
        )),
        *((text, "deg") for text in (
            "40 градусов", "40 grados", "unos 40 grados a la izquierda", "40 Grad", "etwa 40 Grad nach links", "40度",
            "向左旋转40度", "約40度です", "40도입니다", "40 degrés vers la gauche", "40 gradi", "40 graus", "旋转了40°",
        )),
    ],
)  # fmt: skip
def test_units_of_other_languages_are_read(text, unit):
    assert read_amount(text, unit).value == {"m": 0.8, "deg": 40}[unit]


@pytest.mark.parametrize(
    "text",
    [
        "①0.8 m", "2½ m", "bis zu 40 Grad", "hasta 0,8 m", "до 40 градусов", "keine 40 Grad", "不会是0.8米",
        "每步0.8米",
        "½ m", "不到0.8米", "超过0.8米", "至少0.8米", "0.8米以上", "menos de 0,8 m", "weniger als 0,8 m",
        "mindestens 0,8 m",         "moins de 0,8 m", "менее 0,8 м", "не 0,8 м", "nicht 0,8 m",
        "no es 0,8 m", "0.8到1.0米", "0.8米或1米", "第3把椅子",
        "图2",
        "0.8米/秒", "0.8米每秒", "0.8平方米", "0,8 metros por segundo", "如果左转，0.8米", "от 0,8 до 1 м",
        "entre 0,8 y 1 m",
        "40 grad",
        "0.8米高", "不是0.8米",
    ],
)  # fmt: skip
def test_what_is_open_in_another_language_is_not_read(text):
    assert read_amount(text, "m").outcome == read_amount(text, "deg").outcome == "unparsed"


def test_an_armchair_is_no_chair():
    text = "armchair: (0, 0), (1, 1)\nchair: (0.4, 0.2), (1.0, 0.8)"
    assert read_corners(text, 2, "chair").value == [[0.4, 0.2], [1.0, 0.8]]
