"""Which mean each published number is, worked out from the published numbers themselves; figures use the same."""

from __future__ import annotations

import pytest

from paper_figures import blind, grpo, mixture
from spacenum.items.schema import SETTINGS, TASKS, cells_of
from spacenum.scoring.accuracy import mean_over_cells, shares_of
from spacenum.scoring.published import published_items_per_cell, read_published

SIZES = published_items_per_cell()
HALF = 0.05 + 1e-9
"""What rounding to one decimal place allows."""


def mean(row, cells, weighting):
    shares = shares_of({cell: SIZES[cell] for cell in cells}, weighting)
    return sum(share * row[cell] for cell, share in shares.items())


def met(column, setting, weighting):
    """In how many rows of Figure 4a a mean of Table 2's cells is the number of that column, within rounding."""
    cells = read_published("table2_main").set_index("model")
    rows = read_published("fig4a_blind").to_dict("records")
    return sum(abs(mean(cells.loc[row["model"]], cells_of(setting), weighting) - row[column]) <= HALF for row in rows)


def test_figure_4a_weighs_items():
    assert blind.WEIGHTING == "items"
    assert met("layout_original", "layout", blind.WEIGHTING) == 7
    assert met("layout_original", "layout", "cells") == 0
    assert met("transition_original", "transition", "items") == met("transition_original", "transition", "cells") == 7


def test_figure_7b_weighs_its_two_settings_alike():
    """Read off a plot; both settings' values are rounded too."""
    table = read_published("fig7b_mixture_read_from_plot")
    assert mixture.GROUPS["all"][1] == "settings" and len(table) == 14
    sizes = {"transition.num2space.rotate_up_down": 800, "layout.num2space.2d.room": 3000}
    for weighting, met in (("settings", 14), ("items", 0), ("cells", 0)):
        shares = shares_of(sizes, weighting) if weighting != "cells" else dict(zip(sizes, (0.4, 0.6), strict=True))
        means = [sum(s * row[x] for s, x in zip(shares.values(), SETTINGS, strict=True)) for _, row in table.iterrows()]
        close = abs(table["overall"] - means) <= 0.1 + 1e-9
        assert close.sum() == met, weighting


@pytest.mark.parametrize("reward", grpo.REWARDS)
def test_table_3_counts_items_and_its_settings_and_tasks_add_up(reward):
    """Changes are whole numbers of right answers; those of both settings are those of both tasks."""
    assert grpo.WEIGHTING == "items"
    change = read_published("table3_grpo_reward").set_index("metric")[f"{reward}_delta"]
    sizes = {name: sum(SIZES[cell] for cell in cells_of(name)) for name in SETTINGS}
    sizes |= {name: sum(SIZES[cell] for cell in cells_of(task=name)) for name in TASKS}
    items = {name: round(change[name] * size / 100) for name, size in sizes.items()}
    for name, size in sizes.items():
        assert change[name] == pytest.approx(100 * items[name] / size, abs=0.0101), name
    assert items["transition"] + items["layout"] == items["num2space"] + items["space2num"]
    by_cells = 0.4 * change["transition"] + 0.6 * change["layout"], (change["num2space"] + change["space2num"]) / 2
    assert abs(by_cells[0] - by_cells[1]) > 0.02, "means over cells would add up otherwise"


def test_table_2_weighs_cells():
    for row in read_published("table2_main").to_dict("records"):
        assert mean_over_cells(row) == pytest.approx(row["average"], abs=0.06)


def test_figure_4c_asks_the_items_of_table_2():
    cells = read_published("table2_main").set_index("model")
    apart = [
        abs(row[f"{task}_original"] - cells.loc[row["model"], f"transition.{task}.rotate_left_right"])
        for row in read_published("fig4c_rotational_symmetry").to_dict("records")
        for task in TASKS
    ]
    assert sum(gap < HALF for gap in apart) == 9 and max(apart) <= 3


@pytest.mark.parametrize("name", ["fig6b_abstraction_delta", "fig7a_dimension_transfer_delta"])
def test_figures_6b_and_7a_are_whole_items_of_a_cell(name):
    """100 items at desk scale: a mean over three drawings would leave thirds."""
    desks = read_published(name).filter(like=".desk")
    assert (desks % 1 == 0).all(axis=None)


def test_table_4_counts_items_of_sat_but_not_of_omnispatial():
    """Of 37 and 23 items each change is a whole number. Of 346, 4.5 points aren't; five passes over them have 1730."""
    change = read_published("table4_external_delta").set_index("benchmark")

    def counts(name, size):
        return [round(c * size / 100) for c in change.loc[name] if abs(100 * round(c * size / 100) / size - c) <= HALF]

    assert counts("sat_action_consequence", 37) == [3, 7] and counts("sat_object_movement", 23) == [8, 10]
    assert counts("omnispatial_motion", 346) == [19] and counts("omnispatial_motion", 5 * 346) == [95, 78]
