"""One model under two conditions: known differences, agreement, and which items pair."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import mcnemar

from spacenum.items.schema import CELLS, LETTERS
from spacenum.tables.base import ModelScores
from spacenum.tables.paired import asymmetry_table, paired_table
from tests.scoring.fakes import benchmark, reply, scores_of, skilled, unparsed

TURNS = [f"transition.{task}.rotate_left_right" for task in ("num2space", "space2num")]


def row(table, scope, weighting=None):
    """The row of a scope; a cell has one weighting."""
    found = table[(table["scope"] == scope) & (table["weighting"] == (weighting or "items"))]
    assert len(found) == 1
    return found.iloc[0]


def test_right_against_blind_is_the_whole_scale():
    items = benchmark(16)
    base = [scores_of("seer", items, lambda item: reply(item, item.answer))]
    blind = [scores_of("seer", items, lambda item: reply(item, "A"))]
    table = paired_table(base, blind)
    assert set(CELLS) | {"all", "transition", "layout", "layout.space2num"} <= set(table["scope"])
    turns = row(table, TURNS[0])
    assert (turns["base"], turns["changed"], turns["chance"], turns["difference"]) == (100, 25, 25, -75)
    assert turns["n"] == 16 and turns["exact_p"] == float(f"{mcnemar([[4, 12], [0, 0]], exact=True).pvalue:.4g}")
    assert turns["same_letter"] == 25 and pd.isna(turns["kappa"]), "a constant answer has no kappa"
    assert row(table, "all", "cells")["difference"] == -70  # 1D cells fall by half only: 30.0 is the mean chance


def test_totals_have_a_row_for_each_mean_and_are_corrected_within_it():
    """Right in every cell of layouts but room, where 24 of 40 items stand; black images leave nothing."""
    sizes = {cell: 24 if cell.endswith("room") else 16 for cell in CELLS}
    items = [item for cell, n in sizes.items() for item in benchmark(n, [cell])]
    seen = [scores_of("m", items, lambda i: reply(i, i.answer if i.scale != "room" else other_of(i)))]
    table = paired_table(seen, [scores_of("m", items, unparsed)])
    layout = {w: row(table, "layout", w)["base"] for w in ("cells", "items")}
    assert layout == {"cells": 50.0, "items": 40.0}
    assert row(table, "all", "settings")["base"] == 70.0 and row(table, "all", "cells")["base"] == 70.0
    assert row(table, "all", "items")["base"] == round(100 * (8 * 16 + 6 * 16) / sum(sizes.values()), 2)
    assert set(table.loc[table["scope"] == "layout", "weighting"]) == {"cells", "items"}
    totals = table[table["adjustment"] == "holm"]
    for _, of_weighting in totals.groupby("weighting"):
        given = of_weighting["clustered_p"].dropna()
        assert of_weighting["adjusted_p"].min() == pytest.approx(min(1, len(given) * given.min()), rel=1e-3)


def other_of(item):
    """A wrong letter of those that the item has."""
    return next(option.letter for option in item.options if option.letter != item.answer)


def test_only_items_that_both_have_are_compared():
    items = benchmark(16)
    base = [scores_of("one", items, skilled(0.6))]
    some = [scores_of("one", [item for item in items if item.cell == TURNS[0]], skilled(0.6))]
    table = paired_table(base, some)
    assert list(table["scope"]) == [TURNS[0]]
    same = row(table, TURNS[0])
    assert (same["difference"], same["same_letter"], same["kappa"]) == (0, 100, 1)
    assert paired_table(base, [ModelScores(base[0].info, [])]).empty


def test_what_was_not_read_counts_as_wrong_and_agrees_with_nothing():
    items = benchmark(16, TURNS)
    base = [scores_of("one", items, lambda item: reply(item, item.answer))]
    table = paired_table(base, [scores_of("one", items, unparsed)])
    assert (row(table, TURNS[0])["changed_unread"], row(table, TURNS[0])["changed"]) == (16, 0)
    assert table["same_letter"].isna().all()


def test_the_tasks_are_paired_by_what_they_ask():
    """Space2Num right where Num2Space is wrong: 100 points, on items of the same place in families of one start."""
    items = benchmark(16, TURNS)
    scores = scores_of("one", items, lambda i: reply(i, i.answer if i.task == "space2num" else other(i.answer)))
    starts = [replace(r, family=f"{r.scene}.{r.task}") for r in scores.rows]
    table = asymmetry_table([ModelScores(scores.info, starts)])
    turns = row(table, "transition.rotate_left_right")
    assert (turns["n"], turns["base"], turns["changed"], turns["difference"]) == (16, 0, 100, 100)
    assert "transition" not in set(table["scope"]), "three groups did not run"
    apart = [replace(r, family=f"{r.cell}.{r.scene}") for r in scores.rows]
    assert asymmetry_table([ModelScores(scores.info, apart)]).empty


def other(letter: str) -> str:
    return LETTERS[(LETTERS.index(letter) + 1) % 4]
