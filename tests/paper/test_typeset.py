"""A study's report as a PDF: what stands in it, and that it is the same on every machine."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from spacenum.core.errors import SpaceNumError
from spacenum.paper import files, typeset
from spacenum.paper.files import PROSE, TEMPLATES, check_typesetter
from spacenum.paper.typeset import write_paper
from tests.paper.made import Made, always_a, make

typst = pytest.importorskip("typst", reason="the package 'typst' isn't installed")

PAGE_PT = 11 * 72 - 0.8 * 72
"""The lower edge of what is printed on a page."""


class Typeset:
    """A report that was typeset: its bytes, and what typst can tell of it."""

    def __init__(self, made: Made, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        write_paper(made.params, made.sources, folder, folder / "out.pdf")
        self.pdf = (folder / "out.pdf").read_bytes()

    def texts(self, selector: str) -> list[str]:
        """The words of each element that a selector of typst finds."""
        found = self._query(selector)
        return [re.sub(r"\s+", " ", "".join(words(element))).strip() for element in found]

    def values(self, selector: str) -> list[dict[str, Any]]:
        """What metadata elements hold."""
        return [element["value"] for element in self._query(selector)]

    def _query(self, selector: str) -> list[Any]:
        where = {"root": str(self._folder), "ignore_system_fonts": True}
        return json.loads(typst.query(str(self._folder / PROSE), selector, **where))


def words(element: Any) -> Iterator[str]:
    if isinstance(element, list):
        for one in element:
            yield from words(one)
    elif isinstance(element, dict):
        if element.get("func") == "space":
            yield " "
        yield element["text"] if isinstance(element.get("text"), str) else ""
        yield from words([element[key] for key in ("body", "children", "child") if key in element])


def test_the_same_results_give_the_same_bytes_without_a_date(tmp_path, monkeypatch):
    made = []
    for place in ("one", "another"):
        (tmp_path / place).mkdir()
        monkeypatch.chdir(tmp_path / place)
        made.append(Typeset(make(Path("results"), [always_a("m")], ["blind"]), Path("typeset")).pdf)
    assert made[0].startswith(b"%PDF") and b"CreationDate" not in made[0] and made[0] == made[1]


def test_without_a_vlm_the_abstract_says_so_and_with_one_it_has_its_number(tmp_path):
    without = Typeset(make(tmp_path / "one", [always_a("chance", "reference"), always_a("m")]), tmp_path / "a")
    [abstract] = without.texts("<abstract>")
    assert "No vision-language model was run." in abstract and "1 baseline and 1 reference" in abstract
    made = make(tmp_path / "two", [always_a("m"), always_a("my-vlm_2b", "vlm")])
    [abstract] = Typeset(made, tmp_path / "b").texts("<abstract>")
    with made.sources.main_table.open() as file:
        [row] = [row for row in csv.DictReader(file) if row["model"] == "my-vlm_2b"]
    mean, low, high = (f"{float(row[column]):.1f}" for column in ("average", "average_low", "average_high"))
    assert f"my-vlm_2b, is right in {mean}% ({low} to {high})" in abstract
    assert "No vision-language model" not in abstract


def test_what_a_study_lacks_its_report_lacks(tmp_path):
    plain = Typeset(make(tmp_path / "one", [always_a("m")]), tmp_path / "a").texts("heading")
    blind = Typeset(make(tmp_path / "two", [always_a("m")], ["blind"]), tmp_path / "b").texts("heading")
    assert set(blind) - set(plain) == {"Without images"} and "Accuracy" in plain


def test_words_of_others_are_printed_as_they_are(tmp_path):
    made = make(tmp_path / "study", [always_a("m")])
    evil = '#panic("out") *b* $x$ @ref \\ </a> `raw` [link] <teaser>'
    with made.sources.claims.open() as file:
        rows = [*csv.DictReader(file)]
    with made.sources.claims.open("w", newline="") as file:
        table = csv.DictWriter(file, [*rows[0]])
        table.writeheader()
        table.writerows([{**rows[0], "says": evil}])
    params = made.params.model_copy(update={"version": evil})
    report = Typeset(Made(params, made.sources), tmp_path / "a")
    [subtitle], [claim] = report.texts("<subtitle>"), report.texts("<claim>")
    assert f"typeset by SpaceNum {evil} from" in subtitle and claim.startswith(f"{evil} cannot tell")


def copied(folder: Path, monkeypatch: pytest.MonkeyPatch, was: str, becomes: str) -> None:
    """Typeset from a copy of the templates whose words are changed."""
    shutil.copytree(TEMPLATES, folder)
    text = (folder / PROSE).read_text()
    assert text.count(was) == 1
    (folder / PROSE).write_text(text.replace(was, becomes))
    monkeypatch.setattr(typeset, "TEMPLATES", folder)
    monkeypatch.setattr(files, "TEMPLATES", folder)


def test_a_number_typed_by_hand_stops_the_build(tmp_path, monkeypatch):
    made = make(tmp_path / "study", [always_a("m")])
    copied(tmp_path / "templates", monkeypatch, "= Limits", "= Limits\n\nWe asked 18 models.")
    with pytest.raises(SpaceNumError, match=r"paper\.typ, line \d+: '18' is typed by hand"):
        Typeset(made, tmp_path / "a")


@pytest.mark.parametrize(
    ("lookup", "said"),
    [
        ('#value("avrages", column: "accuracy")', 'there is no table "avrages"'),
        ('#value("averages", row: (model: "x"), column: "accuracy")', 'the table "averages" has 0 rows of'),
        ('#value("constants", row: (name: "cells"), column: "val")', 'the table "constants" has no column "val"'),
    ],
)
def test_a_number_that_no_table_has_stops_the_build(lookup, said, tmp_path, monkeypatch):
    made = make(tmp_path / "study", [always_a("m")])
    copied(tmp_path / "templates", monkeypatch, "= Limits", f"= Limits\n\n{lookup}")
    with pytest.raises(SpaceNumError, match=re.escape(said)):
        Typeset(made, tmp_path / "a")


def test_a_missing_typesetter_is_told_before_anything_runs(monkeypatch):
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    with pytest.raises(SpaceNumError, match=r"results/paper\.pdf is typeset by the package 'typst'"):
        check_typesetter()


def test_a_figure_that_is_no_pdf_is_named(tmp_path):
    made = make(tmp_path / "study", [always_a("m")])
    (tmp_path / "study" / "teaser.pdf").write_text("no PDF")
    with pytest.raises(SpaceNumError, match="PDF"):
        Typeset(replace(made), tmp_path / "a")


def test_no_figure_leaves_the_page(tmp_path):
    """A tall figure of a column beside a wide one is where typst would cut it off."""
    made = make(tmp_path / "study", [always_a("m")], ["blind", "symmetry"])
    for name, size in {"main_table": (7.1, 12), "teaser": (7.1, 3.2), "blind": (3.35, 6), "symmetry": (7.1, 5)}.items():
        Figure(figsize=size).savefig(tmp_path / "study" / f"{name}.pdf")
    places = Typeset(made, tmp_path / "a").values("<drawn>")
    assert {place["file"] for place in places} == {f"{name}.pdf" for name in made.sources.figures}
    assert all(place["top"] >= 0 and place["top"] + place["height"] <= PAGE_PT for place in places), places
