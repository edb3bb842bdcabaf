"""Figures: the published numbers as they are printed, this study's as they stand in its tables, and nothing cut off."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from paper_figures import blind, catalogue, grpo, main_table, mixture, proximity, transfer
from paper_figures.base import OURS, PUBLISHED, FigureData, tidy
from paper_figures.dots import DIFFERENCE, Dots
from paper_figures.drawing import draw
from paper_figures.notes import interval_note, run_note
from paper_figures.style import LONGEST, short
from spacenum.asking.base import ModelInfo
from spacenum.scoring.published import read_published
from spacenum.tables.settings import TablesParams

NUMBERS = [name for name in catalogue.names() if catalogue.figure(name).published]
NOTE = ["what was run", "a warning"]


@pytest.mark.parametrize("name", NUMBERS)
def test_every_published_number_is_shown_and_no_word_is_cut_off(name):
    figure = catalogue.figure(name)
    part = figure.published_part()
    known = read_published(figure.published).select_dtypes("number")
    keys = [column for column in known if column in ("train_size", "transition_percent")]
    assert sorted(part.table["value"].dropna()) == sorted(known.drop(columns=keys).stack())
    drawn = draw(figure, [FigureData(OURS, part.table), part], NOTE)
    FigureCanvasAgg(drawn).draw()
    assert cut_off(drawn) == []


def cut_off(figure):
    """What reaches beyond the figure's edge: axes with all that belongs to them, legends, and texts of their own."""
    width, height = figure.bbox.size
    parts = [figure, *figure.subfigs]
    artists = [artist for part in parts for artist in (*part.axes, *part.legends, *part.texts)]
    boxes = {artist: artist.get_tightbbox() for artist in artists}
    return [a for a, box in boxes.items() if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height]


def test_published_and_measured_numbers_stand_in_the_same_places():
    paired = pd.DataFrame([{"model": "m", "scope": scope, "base": 40.0, "changed": 25.0, "difference": -15.0,
                            "low": -20.0, "high": -9.0, "chance": 25.0, "n": 80}
                           for scope in ("transition", "layout", "all")])  # fmt: skip
    ours, paper = blind.FIGURE.ours({"blind": paired}), blind.FIGURE.published_part().table
    assert set(ours["panel"]) == set(paper["panel"])
    assert set(ours["series"]) - {DIFFERENCE} == set(paper["series"])
    assert ours.set_index(["panel", "series"]).loc[("Layout", DIFFERENCE), ["value", "low", "high"]].tolist() == [
        -15,
        -20,
        -9,
    ]


def test_a_difference_is_marked_only_where_its_interval_leaves_out_zero():
    def lines(low, high):
        place = {"row": "m", "panel": "p", "n": 10, "reference": 25}
        rows = [{"series": "a", "value": 40}, {"series": "b", "value": 30}]
        table = tidy(place | row for row in [*rows, {"series": DIFFERENCE, "value": -10, "low": low, "high": high}])
        figure = catalogue.figure("blind")
        axes = draw(figure, [FigureData(OURS, table)], []).subfigs[1].axes[0]
        return [
            line.get_linestyle()
            for line in axes.lines
            if len(line.get_xdata()) == 2 and set(line.get_xdata()) == {40, 30}
        ]

    assert lines(-15, -5) == ["-"] and lines(-25, 5) == [":"]


def test_a_middle_value_taken_unseen_is_the_better_of_the_two():
    row = {"model": "m", "task": "all", "group": "all", "n": 8, "proximity": 60.0, "low": 50.0, "high": 70.0,
           "chance": 52.5, "always_second": 66.0, "always_third": 65.0}  # fmt: skip
    table = proximity.FIGURE.ours({"proximity": pd.DataFrame([row])}).set_index("series")
    assert table.loc["a middle value, taken unseen", "value"] == 66


def test_the_papers_averages_are_those_of_its_cells():
    table = main_table.FIGURE.published_part().table
    cells = table[table["panel"] != "average"].groupby("row")["value"].mean()
    averages = table[table["panel"] == "average"].set_index("row")["value"]
    assert (cells - averages).abs().max() < 0.06


def test_a_figure_without_answers_says_so():
    drawn = draw(
        catalogue.figure("blind"), [FigureData(OURS, tidy([])), catalogue.figure("blind").published_part()], NOTE
    )
    assert any("nothing to show" in text.get_text() for text in drawn.findobj(Text))
    assert {OURS, PUBLISHED} <= {text.get_text() for text in drawn.findobj(Text)}


def test_notes_say_what_was_run_and_warn_of_few_scenes():
    models = [ModelInfo(name="a", kind="baseline"), ModelInfo(name="b", kind="baseline")]
    study = TablesParams(models=models, mode="letter-greedy", simulators={"transition": "blender"})
    note = run_note(study)
    assert "transition by blender" in note and "letter-greedy" in note and "2 baselines; no VLM was run" in note
    few, many = (pd.DataFrame({"few_clusters": [flag]}) for flag in (True, False))
    figure, point = catalogue.figure("coupling"), {"row": "m", "panel": "p", "series": "s", "value": 1.0}
    shown = tidy([point | {"low": 0.0, "high": 2.0}])
    assert "fewer than 20 scenes" in interval_note(figure, shown, {"t": few})
    assert "fewer" not in interval_note(figure, shown, {"t": many})
    assert interval_note(figure, tidy([point]), {"t": few}) is None


def test_a_panel_that_a_source_lacks_stays_empty():
    table = tidy([{"row": "m", "panel": "p", "series": "s", "value": 1.0}])
    other = tidy([{"row": "m", "panel": "q", "series": "s", "value": 2.0}])
    figure = catalogue.figure("interventions")
    assert isinstance(figure.plot, Dots)
    panels = [
        axes.get_title()
        for axes in draw(figure, [FigureData(OURS, table), FigureData(PUBLISHED, other)], []).subfigs[1].axes
    ]
    assert panels == ["p", "q"]


def test_mixtures_stand_on_their_share_of_transitions():
    table = mixture.FIGURE.published_part().table
    assert set(table["panel"].astype(float)) == {0, 25, 50, 75, 100}


def test_tuned_models_stand_beside_the_published_ones():
    pair = {"model": "base", "base": 30.0, "low": 1.0, "high": 9.0, "n": 20, "difference": 5.0, "tuned": 35.0}
    sure = {"tuned_low": 31.0, "tuned_high": 39.0, "chance": 30.0}
    mixture_table = pd.DataFrame(
        [
            pair | sure | {"recipe": "r", "group": group, "train_size": 64, "transition_percent": 25.0}
            for group in mixture.GROUPS
        ]
    )
    drawn = mixture.FIGURE.ours({"mixture": mixture_table})
    assert set(drawn["series"]) == set(mixture.FIGURE.published_part().table["series"])
    assert drawn["row"].tolist() == ["base, 64 items"] * 3 and drawn["value"].tolist() == [35.0] * 3
    assert drawn[["low", "high", "reference"]].drop_duplicates().values.tolist() == [[31.0, 39.0, 30.0]]
    rewarded = pd.DataFrame([pair | {"recipe": f"r.{reward}", "group": "layout"} for reward in grpo.REWARDS])
    drawn, paper = grpo.FIGURE.ours({"grpo": rewarded}), grpo.FIGURE.published_part().table
    assert set(drawn["series"]) == set(paper["series"]) and set(drawn["panel"]) < set(paper["panel"])
    cells = pd.DataFrame([pair | {"recipe": "1d", "cell": "layout.num2space.1d.desk"}])
    drawn, paper = transfer.FIGURE.ours({"transfer": cells}), transfer.FIGURE.published_part().table
    assert set(drawn["panel"]) == set(paper["panel"]) and drawn["value"].dropna().tolist() == [5.0]


def test_names_that_begin_alike_stay_apart_when_cut():
    names = [f"{'a_model_with_a_long_name' * 2}, tuned on dimension_{d}d" for d in (1, 2, 3)]
    cut = [short(name) for name in names]
    assert len(set(cut)) == 3 and all(len(name) == LONGEST and "…" in name for name in cut)
    assert short("demonstration, tuned on dimension_1d") == "demonstration, tuned on dimension_1d"
