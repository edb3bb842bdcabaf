"""Models between guessing, the best shortcut and the ideal observer."""

from __future__ import annotations

import pandas as pd
import pytest

from paper_figures.dots import DIFFERENCE
from paper_figures.shortcuts import FIGURE, PANELS
from spacenum.items.schema import CELLS, cells_of
from spacenum.tables.base import ModelScores
from spacenum.tables.comparisons import comparisons_table
from spacenum.tables.paired import TOTALS, asymmetry_table
from spacenum.tables.shortcuts import COLUMNS, shortcuts_table
from tests.scoring.fakes import benchmark, guesses, reply, scores_of, skilled

ITEMS = benchmark(16)
NUM2SPACE = [item for item in ITEMS if item.cell in cells_of("transition", "num2space")]


def row_of(table: pd.DataFrame, model: str, scope: str) -> dict:
    return table[(table["model"] == model) & (table["scope"] == scope)].iloc[0].to_dict()


@pytest.fixture(scope="module")
def scores() -> list[ModelScores]:
    return [
        scores_of("chance", ITEMS, guesses, "reference"),
        scores_of("weak rule", NUM2SPACE, skilled(0.1, 5), "shortcut"),
        scores_of("rule", NUM2SPACE, skilled(0.5, 1), "shortcut"),
        scores_of("ideal_observer", ITEMS, lambda item: reply(item, item.answer), "reference"),
        scores_of("poor", ITEMS, lambda item: reply(item, "A")),
        scores_of("good", ITEMS, lambda item: reply(item, item.answer)),
        scores_of("half", NUM2SPACE[::2], skilled(0.5, 2), "human"),
    ]


def test_every_model_stands_between_chance_and_ideal(scores):
    table = shortcuts_table(scores)
    assert [*table] == COLUMNS and set(table["model"]) == {"poor", "good", "half"}
    assert len(table[table["model"] == "good"]) == len(CELLS) + len(TOTALS)
    poor, good = (row_of(table, name, "transition.num2space") for name in ("poor", "good"))
    rule = 100 * sum(row.score for row in scores[2].rows) / len(scores[2].rows)
    assert good["shortcut"] == "rule" and good["shortcut_accuracy"] == pytest.approx(rule, abs=0.01)
    assert (poor["chance"], poor["ideal"], poor["share"], good["share"]) == (25, 100, 0, 100)
    assert poor["shortcut_share"] == pytest.approx(100 * (rule - 25) / 75, abs=0.01)
    assert (poor["side"], good["side"]) == ("below", "above")
    assert good["difference"] == pytest.approx(100 - rule, abs=0.01)
    assert set(table["adjustment"]) == {"holm", "bh"}


def test_guessing_stands_where_no_shortcut_does_better(scores):
    table = shortcuts_table(scores)
    assert row_of(table, "poor", "layout.space2num.2d.desk")["shortcut"] == "chance"
    assert row_of(table, "poor", "transition")["shortcut"] == "each cell's best"
    without = shortcuts_table(scores[1:])
    assert pd.isna(row_of(without, "poor", "layout.space2num.2d.desk")["shortcut"])
    assert row_of(without, "poor", "layout.space2num.2d.desk")["share"] == 0
    assert pd.isna(row_of(without, "poor", "all")["shortcut_accuracy"])


def test_numbers_are_over_the_items_that_a_model_was_asked(scores):
    table = shortcuts_table(scores)
    half = row_of(table, "half", "transition.num2space")
    asked = {row.item for row in scores[-1].rows}
    rows = [row for row in scores[2].rows if row.item in asked]
    assert half["n"] == len(asked) == len(NUM2SPACE) // 2
    assert half["shortcut_accuracy"] == pytest.approx(100 * sum(row.score for row in rows) / len(rows), abs=0.01)


def test_without_an_ideal_observer_there_is_no_share(scores):
    table = shortcuts_table([model for model in scores if model.info.name != "ideal_observer"])
    assert table["ideal"].isna().all() and table["share"].isna().all() and table["difference"].notna().any()
    assert shortcuts_table([]).empty


def test_shortcuts_are_compared_here_alone(scores):
    """Or each would make every other correction for many comparisons harder."""
    assert not {"rule", "weak rule"} & {*comparisons_table(scores)["model"], *comparisons_table(scores)["other"]}
    assert "rule" not in {*asymmetry_table(scores)["model"]}


def test_the_figure_shows_what_the_table_says(scores):
    drawn = FIGURE.ours({"shortcuts": shortcuts_table(scores)})
    assert set(drawn["panel"]) == set(PANELS.values())
    good = drawn[(drawn["row"] == "good") & (drawn["panel"] == PANELS["transition.num2space"])].set_index("series")
    assert good.loc["model", "value"] == good.loc["ideal observer", "value"] == 100
    assert good.loc[DIFFERENCE, "low"] > 0 and good.loc["best shortcut", "value"] < 100
