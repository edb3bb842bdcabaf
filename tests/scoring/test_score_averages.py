"""Averages, cells, coupling and comparisons, from rows."""

import numpy as np
import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import CELLS
from spacenum.scoring.accuracy import (
    averages,
    detectable_averages,
    majority_letter,
    mean_over_cells,
    score_cell,
)
from spacenum.scoring.coupling import coupling
from spacenum.scoring.paired import against_chance, compare
from spacenum.scoring.published import published_items_per_cell, read_published
from spacenum.scoring.statistics import bounds, detectable_above, wilson
from tests.scoring.fakes import benchmark, family, guesses, reply, rows_of, skilled, unparsed


def test_our_average_reproduces_the_published_ones():
    table = read_published("table2_main")
    assert len(table) == 19
    for row in table.to_dict("records"):
        assert mean_over_cells(row) == pytest.approx(row["average"], abs=0.06), row["model"]


def test_average_is_empty_unless_all_cells_ran():
    assert mean_over_cells(dict.fromkeys(CELLS[1:], 0.5)) is None
    found = averages(rows_of(benchmark(cells=CELLS[1:]), skilled(0.5)))
    assert {scope for scope, _ in found} == {"layout", "space2num"}
    assert averages([]) == {}


def test_chance_is_30_over_cells_and_other_over_items():
    paper = published_items_per_cell()
    assert set(paper) == set(CELLS) and sum(paper.values()) == 3800
    found = averages(rows_of(benchmark(8), guesses))
    assert found["all", "cells"].accuracy == found["all", "cells"].chance == pytest.approx(0.3)
    assert bounds(found["all", "cells"].estimate) == pytest.approx((0.3, 0.3))
    assert found["transition", "cells"].chance == pytest.approx(0.25)
    assert found["layout", "cells"].chance == pytest.approx(1 / 3)
    some = [item for cell in CELLS for item in benchmark(40 if "1d" in cell else 8, [cell])]
    uneven = averages(rows_of(some, guesses))
    assert uneven["all", "cells"].chance == pytest.approx(0.3)
    assert uneven["all", "items"].chance == pytest.approx((4 * 40 * 0.5 + 16 * 8 * 0.25) / (4 * 40 + 16 * 8))


def test_interval_of_the_average_has_the_right_width():
    """Independent items: the standard error of the mean over cells is that of 20 binomials, averaged."""
    found = averages(rows_of(benchmark(80), skilled(0.4)))["all", "cells"]
    low, high = bounds(found.estimate)
    error = np.sqrt((16 * 0.55 * 0.45 + 4 * 0.7 * 0.3) / 80) / 20
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.2)
    assert low < found.accuracy < high


def test_interval_of_the_average_sees_scenes_that_serve_many_cells():
    """All items of a scene right or wrong together, in all cells: as uncertain as that many scenes."""
    items = benchmark(160, [cell for cell in CELLS if cell.startswith("transition")])
    rows = rows_of(items, lambda item: reply(item, item.answer) if int(item.scene[-3:]) % 2 else unparsed(item))
    found = averages(rows)["transition", "cells"]
    assert found.clusters == 40 and not found.few_clusters
    assert bounds(found.estimate) == pytest.approx(wilson(20, 40), abs=0.02)


def right(item):
    return reply(item, item.answer)


def test_a_perfect_model_is_not_certain():
    found = averages(rows_of(benchmark(32), right))
    assert bounds(found["transition", "cells"].estimate) == wilson(8, 8)  # eight scenes, whatever the items
    low, high = bounds(found["all", "cells"].estimate)  # transition is 0.4 of it, and has the fewest scenes for that
    assert (low, high) == pytest.approx(wilson(20, 20)) and high == 1
    silent = averages(rows_of(benchmark(32), unparsed))["all", "cells"]
    assert bounds(silent.estimate) == pytest.approx(wilson(0, 20))
    mixed = rows_of(benchmark(32), lambda item: right(item) if item.setting == "layout" else unparsed(item))
    low, high = bounds(averages(mixed)["all", "cells"].estimate)
    assert low < 0.6 < high


def test_one_scene_tells_nothing_of_an_average():
    rows = rows_of(benchmark(4), right)
    assert {average.estimate for average in averages(rows).values() if average.scope != "layout"} == {None}


def test_detectable_averages():
    """One cell: as for the cell. Scenes that serve many cells count once if all their items tell the same."""
    rows = rows_of(benchmark(160), guesses)
    cells = {cell: [row for row in rows if row.cell == cell] for cell in CELLS}
    assert detectable_averages({CELLS[0]: cells[CELLS[0]]}) == pytest.approx(
        (detectable_above(0.25, 160), detectable_above(0.25, 40)), abs=1e-6
    )
    transition = {cell: cells[cell] for cell in CELLS if cell.startswith("transition")}
    assert detectable_averages(transition) == pytest.approx(
        (detectable_above(0.25, 8 * 160), detectable_above(0.25, 40)), abs=1e-6
    )
    found = averages(rows)["all", "cells"]
    assert (found.detectable_items, found.detectable_scenes) == detectable_averages(cells)
    assert 0 < found.detectable_items < found.detectable_scenes


def test_unparsed_replies_stay_in_the_denominator():
    items = benchmark(16, CELLS[:1])
    rows = rows_of(items, lambda item: unparsed(item) if item.answer in "AB" else reply(item, item.answer))
    cell = score_cell(rows)
    assert (cell.n, cell.accuracy, cell.outcomes["unparsed"], cell.outcomes["right"]) == (16, 0.5, 8, 8)
    assert cell.wilson == wilson(8, 16) and cell.few_clusters


def test_a_constant_letter_scores_chance_in_a_balanced_key():
    rows = rows_of(benchmark(16), lambda item: reply(item, "A"))
    found = averages(rows)["all", "cells"]
    assert found.accuracy == pytest.approx(0.3) and found.normalised == pytest.approx(0)
    assert majority_letter([row for row in rows if row.cell == CELLS[0]]) == 0.25
    assert majority_letter([row for row in rows if row.truth == "A"]) == 1


def test_coupling_shares():
    items = [item for number in range(30) for item in family("layout.num2space.3d.room", number)]
    options = {item.id: item.options for item in items}

    def misses_size(item):
        return reply(item, next(o.letter for o in options[item.id] if o.position_ok and not o.size_ok))

    shares = {error.error: error for error in coupling(rows_of(items, misses_size))}
    assert shares["size_wrong"].share == 1 and shares["both_wrong"].share == 0
    assert {round(error.guess, 6) for error in shares.values()} == {0.333333}
    guessed = coupling(rows_of(items, skilled(0, seed=4)))
    assert all(error.estimate.low < 1 / 3 < error.estimate.high for error in guessed)
    assert sum(error.share for error in guessed) == pytest.approx(1)


def test_guess_shares_come_from_the_options():
    """Where the options hold no error of both kinds, guessing makes none."""
    item = family("layout.num2space.2d.desk", 0)[0]
    three = item.model_copy(update={"options": item.options[:3]})  # the fourth is wrong in both
    shares = {error.error: error.guess for error in coupling(rows_of([three], lambda i: unparsed(i)))}
    assert shares == {"position_wrong": 0.5, "size_wrong": 0.5, "both_wrong": 0.0}


def test_coupling_ignores_other_variations():
    rows = rows_of(family("layout.num2space.2d.desk", 0, "size"), skilled(0))
    assert [(error.n_wrong, error.share, error.guess) for error in coupling(rows)] == [(0, None, None)] * 3


def test_comparison_of_two_models():
    items = benchmark(160, CELLS[:1])
    good, bad = rows_of(items, skilled(0.6)), rows_of(items, skilled(0.1, seed=1))
    found = compare(good, bad)
    assert found.difference.p < 1e-4 and found.exact_p < 1e-4 and found.exact_test == "mcnemar"
    assert found.difference.low < 0.375 < found.difference.high
    assert compare(good, good).difference.p == compare(good, good).exact_p == 1
    assert compare(good, rows_of(items, guesses)).exact_p is None


def test_comparison_refuses_different_items():
    items = benchmark(8, CELLS[:1])
    with pytest.raises(SpaceNumError, match=items[0].id):
        compare(rows_of(items, skilled(0)), rows_of(items[1:], skilled(0)))


def test_comparison_with_chance():
    items = benchmark(80, CELLS[:1])
    good = against_chance(rows_of(items, skilled(0.5)))
    assert good.difference.p < 1e-4 and good.exact_p < 1e-4
    constant = against_chance(rows_of(items, lambda item: reply(item, "B")))
    assert constant.difference.value == 0 and constant.difference.p == 1
    assert against_chance(rows_of(benchmark(8), skilled(0.5))).exact_p is None  # 1D has another chance
