"""No number is typed into the report's words."""

from __future__ import annotations

import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.paper.files import PROSE, TEMPLATES
from spacenum.paper.prose import check_prose

LOOKED_UP = '#value("averages", row: (model: "m_2", scope: "all"), column: "accuracy")% in #name("num2space") // line 3'


def test_the_report_s_words_have_no_typed_number():
    check_prose(PROSE, (TEMPLATES / PROSE).read_text(encoding="utf-8"))


def test_what_is_looked_up_may_have_digits_in_its_name():
    check_prose("it.typ", LOOKED_UP)


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("It is right in 54.4% of items.", "54"),
        ("All eighteen models fail.", "eighteen"),
        ("About ½ of them fail.", "½"),
        ('#text("20 cells")', "20"),
        ("#emph[1D]", "1"),
        (LOOKED_UP.replace(" //", " of 30 //"), "30"),
        ('#value("averages", column: "accuracy")[7]', "7"),
        ("\\u{34}", "34"),
    ],
)
def test_a_typed_number_is_refused_with_its_line(line: str, typed: str):
    with pytest.raises(SpaceNumError, match=rf"^it\.typ, line 4: '{typed}' is typed by hand; look it up"):
        check_prose("it.typ", f'= Results\n\n#value("cells",\n) {line}\n')
