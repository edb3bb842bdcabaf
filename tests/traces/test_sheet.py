"""The sheet for people, there and back."""

from __future__ import annotations

import csv
import io

import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.traces.sheet import COLUMNS, read_sheet, sheet_text, trace_id
from tests.traces.conftest import trace_of

TRACES = [
    trace_of("one", '- The sofa is gone,\nso "70°"; it\'s large.', answer="right"),
    trace_of("two", "The stool is on the left of the image."),
    trace_of("three", "20° would move it less."),
    trace_of("four", "C."),
]
GIVEN = [("yes", "no", "no", ""), ("0", "N", "TRUE", "no"), ("", "", "", ""), ("", "", "", "y")]


def filled(given=GIVEN, **change):
    """The sheet's rows with labels filled in; ``change``: columns of the second row."""
    rows = list(csv.DictReader(io.StringIO(sheet_text(TRACES))))
    for row, words in zip(rows, given, strict=True):
        row.update(zip(COLUMNS[5:9], words, strict=True))
    rows[1].update(change)
    return rows


def saved(path, rows, columns=COLUMNS, **dialect):
    with path.open("w", encoding=dialect.pop("encoding", "utf-8"), newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", **dialect)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_sheet_shows_the_trace_and_nothing_that_sways():
    rows = list(csv.reader(io.StringIO(sheet_text(TRACES))))
    assert rows[0] == list(COLUMNS)
    first = [trace_id(TRACES[0]), "one", "m", "By how much did you turn?", "'" + TRACES[0].text, *[""] * 5]
    assert rows[1] == first  # a list is no formula


@pytest.mark.parametrize("dialect", [{}, {"delimiter": ";", "encoding": "utf-8-sig", "lineterminator": "\r\n"}])
def test_labels_come_back(tmp_path, dialect):
    labels = read_sheet(saved(tmp_path / "anna.csv", filled(), **dialect), "anna", TRACES)
    assert [(label.item, label.outcome, label.failures) for label in labels] == [
        ("one", "labelled", ("coarse_cue",)),
        ("two", "labelled", ("image_space",)),
        ("four", "unclear", ()),
    ]
    assert {label.source for label in labels} == {"anna"} and labels[0].answer == "right"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"coarse_cue": "perhaps"}, "row 3: column 'coarse_cue' says 'perhaps'; it should say yes or no"),
        ({"id": "0123"}, "row 3: '0123' is the id of no trace of this study"),
        ({"id": trace_id(TRACES[0])}, f"row 3: id {trace_id(TRACES[0])} stands in an earlier row too"),
        ({"coarse_cue": ""}, "row 3: column 'coarse_cue' is empty, others aren't"),
        ({"unclear": "yes"}, "row 3: 'unclear' and 'image_space' are both yes"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, change, sentence):
    sheet = saved(tmp_path / "anna.csv", filled(**change))
    with pytest.raises(SpaceNumError) as raised:
        read_sheet(sheet, "anna", TRACES)
    assert str(raised.value).startswith(f"{sheet}, {sentence}")


def test_a_missing_column_is_named(tmp_path):
    sheet = saved(tmp_path / "anna.csv", filled(), [name for name in COLUMNS if name != "unclear"])
    with pytest.raises(SpaceNumError, match="row 1: column 'unclear' is missing"):
        read_sheet(sheet, "anna", TRACES)


def test_labels_of_another_reply_are_refused(tmp_path):
    sheet = saved(tmp_path / "anna.csv", filled())
    with pytest.raises(SpaceNumError, match=r"row 3: .* the model has replied anew"):
        read_sheet(sheet, "anna", [TRACES[0], trace_of("two", "Other words."), *TRACES[2:]])
