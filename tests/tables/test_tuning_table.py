"""What tuning changes: known differences, in the rows that each experiment has."""

from __future__ import annotations

import pytest

from spacenum.items.schema import CELLS
from spacenum.tables.settings import TunedPair
from spacenum.tables.tuning import tuning_table
from tests.scoring.fakes import benchmark, reply, scores_of

PAIR = TunedPair(
    base="seer",
    tuned="seer-maps-sft",
    recipe="maps",
    condition="maps",
    train_size=64,
    transition_percent=25,
    dimensions=["1d", "3d"],
)
KNOWN = {"maps": (27, 12)}


def scores():
    """A base that always says A, and a tuned model that knows the layouts of 2D and nothing else."""
    items = benchmark(16)
    known = [item for item in items if ".2d." in item.cell]
    base = scores_of("seer", items, lambda item: reply(item, "A"))
    return items, [base, scores_of(PAIR.tuned, items, lambda item: reply(item, item.answer if item in known else "A"))]


def test_transfer_has_the_twelve_cells_of_layouts():
    _, both = scores()
    table = tuning_table("transfer", [PAIR], both, KNOWN)
    assert list(table)[:9] == ["model", "recipe", "cell", "weighting", "base", "tuned", "difference", "low", "high"]
    assert list(table["cell"]) == [cell for cell in CELLS if cell.startswith("layout")]
    assert set(table["model"]) == {"seer"} and set(table["recipe"]) == {"maps"} and set(table["n"]) == {16}
    assert dict(zip(table["cell"], table["difference"], strict=True)) == {
        cell: 75.0 if ".2d." in cell else 0.0 for cell in table["cell"]
    }
    assert set(table["dimensions"]) == {"1d 3d"}
    assert set(table["benchmark_layouts"]) == {27} and set(table["known_objects"]) == {12}
    assert (table["low"] <= table["difference"]).all() and (table["difference"] <= table["high"]).all()


def test_groups_are_means_over_cells_and_need_all_of_them():
    items, both = scores()
    every = tuning_table("mixture", [PAIR], both, KNOWN)
    assert (every["tuned_low"] <= every["tuned"]).all() and (every["tuned"] <= every["tuned_high"]).all()
    assert list(every.loc[every["group"] == "all", "weighting"]) == ["cells", "items", "settings"]
    assert every.set_index(["group", "weighting"]).loc[("all", "settings"), "difference"] == 12.5, "half of 25 and of 0"
    mixture = every[every["weighting"] == "cells"].set_index("group")
    assert set(mixture["train_size"]) == {64} and set(mixture["transition_percent"]) == {25}
    assert list(mixture.index) == ["all", "transition", "layout"]
    assert list(mixture["chance"]) == pytest.approx([30.0, 25.0, 100 / 3], abs=0.01)
    assert list(mixture["difference"]) == [15.0, 0.0, 25.0] and mixture.loc["all", "n"] == len(items)
    assert list(dict.fromkeys(tuning_table("grpo", [PAIR], both, KNOWN)["group"])) == [
        "transition",
        "layout",
        "num2space",
        "space2num",
    ]
    layouts = [
        scores_of(m.info.name, [i for i in items if i.setting == "layout"], lambda i: reply(i, "A")) for m in both
    ]
    assert list(tuning_table("mixture", [PAIR], layouts, KNOWN)["group"]) == ["layout", "layout"]
    assert tuning_table("grpo", [], both, {}).empty
