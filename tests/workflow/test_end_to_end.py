"""The tiny study from seeds to tables: what must hold whatever the pictures look like."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from PIL import Image

from spacenum.items.schema import CELLS, SETTINGS
from spacenum.tables.main_table import COLUMNS
from tests.workflow.conftest import TABLES


@pytest.fixture(scope="module")
def main_table(finished):
    return pd.read_csv(finished.study / "results/main_table.csv")


def test_main_table_has_the_models_in_order_and_every_cell(finished, main_table):
    assert list(main_table.columns) == list(COLUMNS)
    assert list(main_table["model"]) == finished.config()["models"]
    filled = main_table.set_index("model")[list(CELLS)].notna()
    for model in main_table["model"]:
        runs = [cell for cell in CELLS if model != "classical_geometry" or cell.startswith("transition")]
        assert list(filled.columns[filled.loc[model]]) == runs
    assert set(main_table.loc[main_table["n_unparsed"] > 0, "model"]) <= {
        "classical_geometry",
        "trained_blind",
    }  # the latter where a cell has one family


def test_ideal_observer_solves_every_cell(main_table):
    row = main_table.set_index("model").loc["ideal_observer"]
    assert (row[[*CELLS, "average"]] == 100).all()


@pytest.mark.parametrize("model", ["chance", "majority_letter"])
def test_guessing_and_constant_answers_score_chance(main_table, model):
    row = main_table.set_index("model").loc[model]
    assert {cell: row[cell] for cell in CELLS} == {cell: 50 if ".1d." in cell else 25 for cell in CELLS}
    assert row["average"] == 30


def test_checks_find_every_letter_right_equally_often(finished):
    counts = {}
    for setting in SETTINGS:
        report = json.loads((finished.study / f"data/items/benchmark/base/{setting}.checks.json").read_text())
        assert report["items"] == sum(cell["items"] for cell in report["cells"].values())
        counts |= report["cells"]
    sizes = {cell: 8 if cell.startswith("transition") else 4 for cell in CELLS}
    assert counts == {
        cell: {"items": n, "letters": {letter: n // k for letter in "ABCD"[:k]}}
        for cell, n in sizes.items()
        for k in [2 if ".1d." in cell else 4]
    }


@pytest.mark.parametrize("figure", ["main_table", "teaser"])
def test_figure_is_drawn(finished, figure):
    stem = finished.study / "results/figures" / figure
    assert stem.with_suffix(".pdf").read_bytes().startswith(b"%PDF-")
    with Image.open(stem.with_suffix(".png")) as image:
        assert len(image.convert("L").getcolors()) > 10
    assert len(pd.read_csv(stem.with_suffix(".csv"))) > 0


def test_gallery_shows_every_item(finished):
    gallery = finished.study / "results/gallery"
    assert "<html" in (gallery / "index.html").read_text()
    shown = "".join(path.read_text() for path in (gallery / "items").iterdir())
    for setting in SETTINGS:
        for line in (finished.study / f"data/items/benchmark/base/{setting}.jsonl").read_text().splitlines():
            assert json.loads(line)["id"] in shown


def test_coverage_counts_what_every_shard_kept(finished):
    coverage = pd.read_csv(finished.study / "results/tables/coverage.csv")
    kept = coverage[coverage["outcome"] == "kept"].groupby("setting")["count"].sum()
    for setting in SETTINGS:
        files = finished.study.glob(f"data/frames/{setting}/base/*/families.jsonl")
        families = sum(len(path.read_text().splitlines()) for path in files)
        assert kept[setting] == families * (4 if setting == "transition" else 1) > 0  # magnitudes are counted each
    assert "## layout" in (finished.study / "results/tables/coverage.md").read_text()


def test_tables_have_a_row_for_each_model_and_what_it_answers(finished):
    rows = {table: pd.read_csv(finished.study / f"results/tables/{table}.csv") for table in (*TABLES, "statistics")}
    cells, layouts = len(CELLS), sum(cell.startswith("layout") for cell in CELLS)
    assert rows["cells"].groupby("model", sort=False).size().to_dict() == {
        model: cells - layouts if model == "classical_geometry" else cells for model in finished.config()["models"]
    }
    for table in ("averages", "proximity"):
        assert set(rows[table]["model"]) == set(rows["cells"]["model"]), table
    pairs = set(rows["comparisons"][["model", "other"]].itertuples(index=False, name=None))
    assert pairs == {("classical_geometry", "chance")}  # the only one that is no reference
    assert rows["coupling"].empty  # every third layout varies position and size, and a shard has one of each scale
    assert len(rows["statistics"]) == cells / 2  # both tasks in a row


def test_nothing_half_written_stays(finished):
    assert finished.half_written() == []


def test_training_items_are_made_and_checked_too(place):
    before = place.made()
    run = place.snakemake("train_items")
    assert run.status == 0, run.terminal
    sizes = {}
    for setting in SETTINGS:
        sizes |= json.loads((place.study / f"data/items/train/base/{setting}.checks.json").read_text())["cells"]
    assert {cell: found["items"] for cell, found in sizes.items()} == {
        cell: 3 if ".1d." in cell else 4 for cell in CELLS if not cell.endswith(".room")
    }
    coverage = pd.read_csv(place.study / "results/tables/train_coverage.csv")
    planned = (
        coverage.drop_duplicates(["setting", "group", "direction", "magnitude"]).groupby("setting")["planned"].sum()
    )
    assert planned.to_dict() == {
        "layout": 1,
        "transition": 4 * 4,
    }  # four families of the one room, four magnitudes each
    after = place.made()
    assert {name: after.get(name) for name in before} == before
    assert place.planned("all", "train_items") == set()
