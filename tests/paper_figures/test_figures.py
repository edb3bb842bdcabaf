"""Figures: the published numbers as they are printed, this study's as they stand in its tables, and nothing cut off."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from paper_figures import abstraction, blind, catalogue, grpo, main_table, mixture, proximity, transfer
from paper_figures.base import OURS, PUBLISHED, FigureData, tidy
from paper_figures.by_size import UNSIZED
from paper_figures.dots import DIFFERENCE, Dots
from paper_figures.drawing import draw, parts_and_notes
from paper_figures.notes import caption, interval_note, run_note
from paper_figures.shown import tables_of
from paper_figures.style import COLUMN_IN, LONGEST, PAGE_IN, limits, short
from spacenum.asking.base import ModelInfo
from spacenum.scoring.published import read_published
from spacenum.tables.settings import FigureParams, TablesParams
from tests.paper_figures import invented

pytestmark = pytest.mark.filterwarnings("error")

NUMBERS = [name for name in catalogue.names() if catalogue.figure(name).published]
NOTE = ["what was run", "a warning"]
OF_SEVEN = ("blind", "asymmetry", "symmetry", "interventions", "number_representation", "abstraction")


@pytest.fixture(scope="module")
def results():
    """Made-up results of the paper's 18 models."""
    return invented.tables()


def shown(name, results, study, published):
    """A figure's parts and notes as the pipeline has them."""
    chosen = [invented.config_name(title) for title in invented.SEVEN] if name in OF_SEVEN else None
    params = FigureParams(figure=name, study=invented.study() if study else None, published=published, models=chosen)
    return parts_and_notes(catalogue.figure(name), params, {table: results[table] for table in own_tables(name)})


def own_tables(name):
    return catalogue.figure(name).tables


DRAWN = [(name, "study") for name in catalogue.names()]
DRAWN += [(name, sources) for name in NUMBERS for sources in ("published", "both")]


@pytest.mark.parametrize(("name", "sources"), DRAWN)
def test_every_figure_is_drawn_without_a_warning_and_nothing_is_cut_off(name, sources, results):
    figure = catalogue.figure(name)
    parts, notes = shown(name, results, sources != "published", sources != "study")
    drawn = draw(figure, parts, notes)
    FigureCanvasAgg(drawn).draw()
    assert cut_off(drawn) == []
    assert drawn.get_size_inches()[0] in (COLUMN_IN, PAGE_IN) and drawn.get_size_inches()[1] < 9.5, "a page is higher"
    sizes = [text.get_fontsize() for text in drawn.findobj(Text) if text.get_text().strip()]
    assert min(sizes) >= 5.5, "points, in the size in which it is printed"


@pytest.mark.parametrize("name", NUMBERS)
def test_every_published_number_is_shown(name):
    figure = catalogue.figure(name)
    part = figure.published_part()
    known = read_published(figure.published).select_dtypes("number")
    keys = [column for column in known if column in ("train_size", "transition_percent")]
    assert sorted(part.table["value"].dropna()) == sorted(known.drop(columns=keys).stack())


@pytest.mark.parametrize("name", [name for name in NUMBERS if name != "external"])
def test_what_compares_stands_on_one_row_of_one_panel(name, results):
    """Of the same models, ours under the paper's names; nothing published stands where this study can't."""
    parts, _ = shown(name, results, True, True)
    ours, paper = (part.table for part in parts)
    place = ["row", "panel", "series"]
    if name == "main_table":
        paper = paper[paper["row"] != "Random Guess"]
    if name == "mixture":
        paper = paper[paper["row"].str.contains("17,640") & paper["panel"].isin([0, 50, 100])]
        ours, paper = ours.astype({"panel": float}), paper.astype({"panel": float})
    assert {*paper[place].astype(str).itertuples(index=False)} <= {*ours[place].astype(str).itertuples(index=False)}


def test_a_figure_shows_the_models_that_the_config_chose(results):
    seven = [invented.config_name(title) for title in invented.SEVEN]
    for name in ("blind", "abstraction"):
        parts, _ = shown(name, results, True, False)
        assert list(dict.fromkeys(parts[0].table["row"])) == invented.SEVEN
    some = tables_of({"cells": results["cells"]}, invented.infos(), seven[::-1])["cells"]
    assert list(dict.fromkeys(some["model"])) == invented.SEVEN[::-1]
    twins = [info.model_copy(update={"title": "Qwen3-VL-4B"}) for info in invented.infos()]
    assert set(tables_of({"cells": results["cells"]}, twins, seven)["cells"]["model"]) == set(seven)


def test_families_have_a_colour_and_sizes_an_axis(results):
    parts, _ = shown("proximity", results, True, True)
    for part in parts:
        points = part.table[part.table["series"] != proximity.MIDDLE].set_index("row")
        assert points.loc["InternVL3.5-38B", ["series", "panel"]].tolist() == ["InternVL3.5", 38.0]
    assert parts[0].table.set_index("row").loc["demonstration", "series"].tolist()[0] == UNSIZED
    families = shown("coupling", results, True, False)[0][0].table
    assert {"InternVL3.5", "Qwen3-VL", "demonstration"} <= set(families["row"]) and "Qwen3-VL-4B" not in set(
        families["row"]
    )


def test_drawings_are_averaged_and_a_mean_has_no_interval(results):
    names = abstraction.DRAWINGS
    base = results[names[0]]
    tables = {name: base.assign(difference=base["difference"] + 3 * k) for k, name in enumerate(names)}
    table = abstraction.FIGURE.ours(tables)
    alone = abstraction.FIGURE.ours({names[0]: base})
    assert (table["value"] - alone["value"]).dropna().round(6).unique().tolist() == [3.0]
    assert table["low"].isna().all() and alone["low"].notna().all()


def test_the_main_table_ranks_all_models_together(results):
    parts, _ = shown("main_table", results, True, True)
    table = pd.concat([part.table.assign(source=part.source) for part in parts])
    ranked = main_table._ranked(table)
    means = table[(table["panel"] == "average") & (table["series"] == "accuracy")].set_index(["source", "row"])["value"]
    assert means.loc[ranked].is_monotonic_decreasing and {source for source, _ in ranked[:30]} == {OURS, PUBLISHED}


def test_an_interval_of_few_scenes_does_not_set_the_axis():
    assert limits([50, 60], [34], [100]) == (pytest.approx(38.2), pytest.approx(71.8))
    assert limits([50, 60], [48], [65]) == (pytest.approx(46.98), pytest.approx(66.02))


def test_captions_say_what_the_marks_mean():
    for name in catalogue.names():
        figure = catalogue.figure(name)
        said = caption(figure, invented.study())
        assert said.startswith(f"{figure.number}. {figure.title}. {figure.sees} {figure.plot.marks} ")
        assert "18 VLMs" in said
        assert (f"clustered by {figure.clusters}" in said) == (figure.clusters is not None)


def cut_off(figure):
    """What reaches beyond the figure's edge: axes with all that belongs to them, legends, and texts of their own."""
    width, height = figure.bbox.size
    parts = [figure, *figure.subfigs]
    artists = [artist for part in parts for artist in (*part.axes, *part.legends, *part.texts)]
    boxes = {artist: artist.get_tightbbox() for artist in artists}
    return [a for a, box in boxes.items() if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height]


def test_published_and_measured_numbers_stand_in_the_same_places():
    paired = pd.DataFrame([{"model": "m", "scope": scope, "weighting": "items", "base": 40.0,
                            "changed": 25.0, "difference": -15.0,
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


def test_the_bar_of_a_difference_leaves_the_tick_out_only_where_its_interval_leaves_out_zero():
    """Black images cost 10 points of 40: the bar spans 40 plus the interval."""

    def bars(low, high):
        place = {"row": "m", "panel": "p", "n": 10, "reference": 25}
        rows = [{"series": "a", "value": 40}, {"series": "b", "value": 30}]
        table = tidy(place | row for row in [*rows, {"series": DIFFERENCE, "value": -10, "low": low, "high": high}])
        axes = draw(catalogue.figure("blind"), [FigureData(OURS, table)], []).subfigs[1].axes[0]
        marks = [line for line in axes.lines if len(line.get_xdata()) == 1]
        assert [line.get_marker() for line in marks] == ["|", "o"]
        spans = [tuple(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 0.9]
        return [span for span in spans if span[0] == span[0]]

    assert bars(-15, -5) == [(25, 35)] and bars(-25, 5) == [(15, 45)] and bars(None, None) == []


def test_a_middle_value_taken_unseen_is_the_better_of_the_two():
    row = {"model": "m", "kind": "vlm", "family": "f", "parameters_b": 4.0, "task": "all", "group": "all", "n": 8,
           "proximity": 60.0, "low": 50.0, "high": 70.0,
           "chance": 52.5, "always_second": 66.0, "always_third": 65.0}  # fmt: skip
    table = proximity.FIGURE.ours({"proximity": pd.DataFrame([row])}).set_index("series")
    assert table.loc[proximity.MIDDLE, "value"] == 66


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
    drawn = draw(catalogue.figure("blind"), [FigureData(OURS, tidy([]))], NOTE)
    assert any("nothing to show" in text.get_text() for text in drawn.findobj(Text))


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
            pair
            | sure
            | {"recipe": "r", "group": group, "weighting": mean}
            | {"train_size": 64, "transition_percent": 25.0}
            for group, (_, mean) in mixture.GROUPS.items()
        ]
    )
    drawn = mixture.FIGURE.ours({"mixture": mixture_table})
    assert set(drawn["series"]) == set(mixture.FIGURE.published_part().table["series"])
    assert drawn["row"].tolist() == ["base: 64 items"] * 3 and drawn["value"].tolist() == [35.0] * 3
    assert drawn[["low", "high", "reference"]].drop_duplicates().values.tolist() == [[31.0, 39.0, 30.0]]
    rewarded = pd.DataFrame(
        [pair | {"recipe": f"r.{reward}", "group": "layout", "weighting": "items"} for reward in grpo.REWARDS]
    )
    drawn, paper = grpo.FIGURE.ours({"grpo": rewarded}), grpo.FIGURE.published_part().table
    assert set(drawn["series"]) == set(paper["series"]) and set(drawn["row"]) < set(paper["row"])
    cells = pd.DataFrame([pair | {"recipe": "one", "dimensions": "1d", "cell": "layout.num2space.1d.desk"}])
    drawn, paper = transfer.FIGURE.ours({"transfer": cells}), transfer.FIGURE.published_part().table
    assert set(drawn["panel"]) == set(paper["panel"]) and drawn["value"].dropna().tolist() == [5.0]


def test_names_that_begin_alike_stay_apart_when_cut():
    names = [f"{'a_model_with_a_long_name' * 2}, tuned on dimension_{d}d" for d in (1, 2, 3)]
    cut = [short(name) for name in names]
    assert len(set(cut)) == 3 and all(len(name) == LONGEST and "…" in name for name in cut)
    assert short("Qwen3-VL-4B, tuned on 1d") == "Qwen3-VL-4B, tuned on 1d"
