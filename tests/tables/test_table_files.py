"""Tables: columns, emptiness, percent, and that the same scores give the same bytes."""

import io
from dataclasses import replace

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from paper_figures.base import OURS, FigureData
from paper_figures.drawing import write
from paper_figures.main_table import FIGURE
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import CELLS
from spacenum.scoring.accuracy import mean_over_cells
from spacenum.scoring.published import read_published
from spacenum.tables.base import ModelScores, to_csv
from spacenum.tables.comparisons import comparisons_table
from spacenum.tables.detail import averages_table, cells_table, coupling_table, proximity_table
from spacenum.tables.main_table import (
    COLUMNS,
    caption,
    main_table,
    published_table,
    to_latex,
    to_markdown,
    write_main_table,
)
from tests.scoring.fakes import benchmark, guesses, reply, scores_of, skilled, unparsed

SIMULATORS = {"transition": "blender", "layout": "blender"}


@pytest.fixture(scope="module")
def scores():
    items = benchmark(16)
    return [
        scores_of("chance", items, guesses, "reference"),
        scores_of("always A", items, lambda item: reply(item, "A"), "baseline"),
        scores_of("tiny_vlm", items, skilled(0.3, silent=0.1), size=0.5),
        scores_of("half|run", [item for item in items if item.setting == "transition"], skilled(0.6, 1), size=8),
    ]


def test_main_table(scores):
    table = main_table(scores)
    assert list(table) == COLUMNS
    head = "model,kind,parameters_b,n_items,n_unparsed,unread,n_low_letter_mass,average,average_low,average_high"
    assert to_csv(table).splitlines()[0] == ",".join([head, *CELLS])
    chance, letter, tiny, half = pd.read_csv(io.StringIO(to_csv(table))).to_dict("records")
    assert chance["average"] == letter["average"] == 30
    assert (chance["n_unparsed"], chance["kind"], tiny["parameters_b"]) == (0, "reference", 0.5)
    assert tiny["n_unparsed"] > 0 and tiny["average_low"] < tiny["average"] < tiny["average_high"]
    assert tiny["average"] == pytest.approx(mean_over_cells(tiny), abs=0.005)
    assert pd.isna(half["average"]) and pd.isna(half["average_low"])
    assert pd.isna(half[CELLS[-1]]) and half[CELLS[0]] > 25
    assert to_csv(table).splitlines()[-1].endswith("," * 12)  # empty, not 0


def test_a_model_that_says_one_letter_is_noted_and_told_of_but_no_baseline_is(scores, tmp_path, capsys):
    models = [*scores, ModelScores(scores[1].info.model_copy(update={"name": "stuck", "kind": "vlm"}), scores[1].rows)]
    several = [replace(row, outcome="several", letter=None, chosen="AB?", shown="AA?")
               for row in scores[1].rows]  # fmt: skip
    models.append(ModelScores(scores[1].info.model_copy(update={"name": "turned", "kind": "vlm"}), several))
    n = len(scores[1].rows)
    said = f"the right ones are spread: stuck ({n} of {n} are A), turned ({2 * n} of {2 * n} are A)."
    write_main_table(*(tmp_path / name for name in ("t.csv", "t.md", "t.tex")), models, SIMULATORS, "letter-greedy")
    assert said in (tmp_path / "t.md").read_text() and said in (tmp_path / "t.tex").read_text()
    assert f"warning: main table: Nearly all letters are one, though {said}" in capsys.readouterr().err
    assert "Nearly all" not in caption(scores, SIMULATORS, "letter-greedy")


def test_letters_that_a_model_would_hardly_write_are_counted_and_noted(scores):
    known = [replace(row, letter_mass=0.4 if k < 3 else 0.6) for k, row in enumerate(scores[2].rows)]
    sure = [replace(row, letter_mass=0.5) for row in scores[1].rows]
    models = [scores[0], ModelScores(scores[1].info, sure), ModelScores(scores[2].info, known)]
    counts = main_table(models)["n_low_letter_mass"]
    assert pd.isna(counts[0]) and counts.tolist()[1:] == [0, 3]
    table, text = main_table(models), caption(models, SIMULATORS, "letter-logprobs")
    note = "so that they are not what the model would write: tiny_vlm (3 of"
    assert note in to_markdown(table, text) and note.replace("_", r"\_") in to_latex(table, text)
    assert "next token's probability" not in caption(models[:2], SIMULATORS, "letter-logprobs")


def silenced(model, every: int):
    """The same scores, with each ``every``-th reply unread, each second of these cut."""
    rows = []
    for k, row in enumerate(model.rows):
        unread = k % every == 0 and row.outcome in ("right", "wrong")
        lost = {"letter": None, "score": 0.0, "outcome": "truncated" if k % (2 * every) else "unparsed",
                "proximity": None, "position_ok": None, "size_ok": None}  # fmt: skip
        rows.append(replace(row, **lost) if unread else row)
    return ModelScores(model.info, rows)


@pytest.mark.parametrize(("every", "marked"), [(1, True), (3, True), (50, False)])
def test_unread_replies_stand_beside_the_score_in_every_form(scores, every, marked, tmp_path, capsys):
    models = [scores[0], silenced(scores[1], every)]
    files = [tmp_path / name for name in ("t.csv", "t.md", "t.tex")]
    write_main_table(*files, models, SIMULATORS, "letter-greedy")
    csv, markdown, latex = (path.read_text() for path in files)
    chance, letter = pd.read_csv(io.StringIO(csv)).to_dict("records")
    replies, unread = len(scores[1].rows), -(-len(scores[1].rows) // every)
    assert (letter["n_unparsed"], letter["unread"]) == (unread, round(100 * unread / replies, 2))
    assert chance["n_unparsed"] == 0 and pd.isna(chance["unread"])
    share = f"{100 * unread / replies:.1f}"
    assert f"{unread} ({share}%){'†' * marked} |" in markdown
    assert rf"{unread} ({share}\%)" + r"$^\dagger$" * marked + " &" in latex
    note = f"More than 10% of its replies are unread: always A ({unread} of {replies})."
    assert (note in markdown, note.replace("%", r"\%") in latex) == (marked, marked)
    told = capsys.readouterr().err
    assert f"main table: {unread} of {replies} replies of always A are unread ({share}%)" in told
    assert "chance" not in told


def test_unread_replies_of_items_that_were_asked_several_times_are_counted_each(scores):
    rows = [
        replace(row, outcome="several", letter=None, score=0.0, chosen="?!?", shown="?!?") for row in scores[1].rows
    ]
    (row,) = main_table([ModelScores(scores[1].info, rows)]).to_dict("records")
    assert (row["n_items"], row["n_unparsed"], row["unread"]) == (len(rows), 3 * len(rows), 100.0)


def test_unread_replies_stand_in_the_figure(scores, tmp_path):
    models = [scores[0], silenced(scores[1], 1), silenced(scores[2], 50)]
    tables = {"cells": cells_table(models), "averages": averages_table(models)}
    shown = FIGURE.ours(tables)
    unread = shown[shown["series"] == "unread"].set_index(["row", "panel"])["value"]
    assert unread["always A"].tolist() == [100.0] * 21 and "chance" not in unread.index
    assert 0 < unread[("tiny_vlm", "average")] < 100
    figure = plt.figure(figsize=(7, 3))
    FIGURE.plot.draw(figure.subfigures(), shown.assign(source=OURS))
    written = [text for axes in figure.findobj(Axes) for text in axes.texts]
    bold = [text.get_text() for text in written if text.get_weight() == "bold" and text.get_color() == "red"]
    assert bold[0] == "100.0" and len(bold) >= 1
    corners = [patch for axes in figure.findobj(Axes) for patch in axes.patches if isinstance(patch, Polygon)]
    assert sum(patch.get_facecolor()[:3] == (1, 0, 0) for patch in corners) >= len(CELLS)
    plt.close(figure)


def test_published_rows_are_the_papers_and_marked():
    table, paper = published_table(), read_published("table2_main")
    assert set(table["kind"]) == {"published"} and set(table["n_items"]) == {3800}
    assert table[list(CELLS)].equals(paper[list(CELLS)]) and table["average"].equals(paper["average"])
    assert table["n_unparsed"].isna().all() and table["average_low"].isna().all()
    assert table.set_index("model")["parameters_b"]["Ovis2.5-9B"] == 9


def test_markdown_and_latex(scores):
    table = main_table(scores)
    plain, both = to_markdown(table, "Caption.", None), to_markdown(table, "Caption.", published_table())
    assert "published" not in plain and both.startswith(plain)
    assert "## Published" in both and both.count("| published |") == 19
    assert r"| half\|run | vlm |  |" in plain
    rows = [line for line in plain.splitlines() if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") for line in rows} == {len(CELLS) + 5}
    latex = to_latex(table, "50% of tiny_vlm", published_table())
    assert r"\caption{50\% of tiny\_vlm}" in latex and latex.index("Published") > latex.index(r"half\textbar{}run")
    body = [line for line in latex.splitlines() if line.endswith(r"\\") and "multicolumn" not in line]
    assert {line.count(" & ") for line in body} == {len(CELLS) + 2}


def test_caption_names_what_differs_from_the_paper(scores):
    text = caption(scores, SIMULATORS, "letter-greedy")
    for part in ("layout by blender (in the paper", "letter-greedy", "Items per cell: 16", "another scale", "is 30.0"):
        assert part in text
    assert "50.0 in 1D" in text
    assert "(in the paper" not in caption(scores, {"transition": "ai2thor", "layout": "isaacsim"}, "letter-greedy")
    full = [item for cell in CELLS for item in benchmark(400 if "room" in cell else 100, [cell])]
    assert "as many as in the paper" in caption([scores_of("m", full, guesses)], SIMULATORS, "letter-greedy")


def test_caption_says_how_certain_the_numbers_are(scores):
    text = caption(scores, SIMULATORS, "letter-greedy")
    for part in (
        "clustered by scene",
        "Wilson",
        "behind the intervals: 20 (8 of layout desk, 8 of layout room, 4 of transition)",
        "Fewer than 20 of layout desk, layout room, transition: intervals depend on few scenes.",
        "80% power",
        "for the average",
    ):
        assert part in text, part
    assert "not even a perfect score" in caption([scores_of("m", benchmark(4), guesses)], SIMULATORS, "letter-greedy")
    enough = caption([scores_of("m", benchmark(80), guesses)], SIMULATORS, "letter-greedy")
    assert "Fewer than 20" not in enough
    whole = averages_table([scores_of("m", benchmark(80), guesses)]).set_index(["scope", "weighting"])
    low, high = whole.loc[("all", "cells"), ["detectable_items", "detectable_scenes"]]
    assert f"{low:.1f} and {high:.1f} for the average" in enough
    half = caption(scores[3:], SIMULATORS, "letter-greedy")
    assert "for a cell" in half and "for the average" not in half
    assert "80% power" not in caption([], SIMULATORS, "letter-greedy")


def test_a_perfect_model_is_not_certain_in_the_main_table(scores):
    perfect = scores_of("perfect", benchmark(16), lambda item: reply(item, item.answer), "reference")
    row = main_table([perfect]).iloc[0]
    assert row["average"] == row["average_high"] == 100 and row["average_low"] < 95
    chance = main_table(scores[:2])
    assert (chance["average_low"] == 30).all() and (chance["average_high"] == 30).all()


def test_power_stands_in_every_long_table():
    scores = [scores_of("m", benchmark(32), skilled(0.3))]
    for make in (cells_table, averages_table, proximity_table, coupling_table):
        table = make(scores)
        known = table.dropna(subset=["detectable_items", "detectable_scenes"])
        assert len(known) and (known["detectable_items"] <= known["detectable_scenes"]).all()


def test_cells(scores):
    table = cells_table(scores).set_index(["model", "cell"])
    assert len(table) == 3 * 20 + 8
    row = table.loc[("tiny_vlm", CELLS[0])]
    assert row["right"] + row["wrong"] + row["unparsed"] + row["truncated"] == row["n"] == 16
    assert row["accuracy"] == round(100 * row["right"] / 16, 2)
    assert row["wilson_low"] < row["accuracy"] < row["wilson_high"]
    assert row["few_clusters"] and row["clusters"] == 4
    assert table.loc[("chance", "layout.num2space.1d.desk"), ["accuracy", "chance", "normalised"]].tolist() == [
        50,
        50,
        0,
    ]


def test_averages_are_labelled_and_agree_with_the_main_table(scores):
    table = averages_table(scores)
    main = main_table(scores).set_index("model").loc["tiny_vlm"]
    found = table.set_index(["model", "scope", "weighting"]).loc[("tiny_vlm", "all", "cells")]
    assert found[["accuracy", "low", "high"]].tolist() == main[["average", "average_low", "average_high"]].tolist()
    assert set(table.loc[table["model"] == "half|run", "scope"]) == {"transition"}
    assert table.loc[table["model"] == "chance", "accuracy"].equals(table.loc[table["model"] == "chance", "chance"])


def test_proximity_and_coupling(scores):
    near = proximity_table(scores)
    whole = near[(near["task"] == "all") & (near["group"] == "all")].set_index("model")
    assert whole.loc["chance", ["proximity", "chance", "always_second"]].tolist() == [52.5, 52.5, 66.25]
    assert whole.loc["half|run", "proximity"] > 60 and whole.loc["half|run", "n"] == 128
    errors = coupling_table(scores)
    assert set(errors["guess"]) == {33.33}
    assert set(errors.loc[errors["model"] == "always A", "share"]) == {33.33}
    assert "half|run" not in set(errors["model"])


def test_comparisons(scores):
    table = comparisons_table(scores)
    assert "chance" not in set(table["model"])  # a reference is not tested
    pairs = table[table["other"] != "chance"]
    assert set(zip(pairs["model"], pairs["other"], strict=True)) == {
        ("always A", "tiny_vlm"),
        ("always A", "half|run"),
        ("tiny_vlm", "half|run"),
    }
    totals = table[table["adjustment"] == "holm"]
    assert set(totals["scope"]) == {"all", "transition", "layout"}
    assert (table["adjusted_p"] >= table["clustered_p"]).all()
    smallest = totals["clustered_p"].min()
    assert totals["adjusted_p"].min() == pytest.approx(min(1, smallest * len(totals)), rel=1e-3)
    half = table.set_index(["model", "other", "scope"]).loc[("half|run", "chance", "transition")]
    assert half["low"] > 0 and half["exact_test"] == "binomial" and half["exact_p"] < 1e-6
    assert len(comparisons_table(scores, [])) == 23 + 23 + 9
    with pytest.raises(SpaceNumError, match="nobody"):
        comparisons_table(scores, [("tiny_vlm", "nobody")])


def test_a_person_who_was_asked_a_share_is_compared_on_that_share():
    items = benchmark(16, CELLS[:2])
    person = scores_of("ada", [item for item in items if not item.family.endswith("3")], skilled(0.9), "human")
    for scores in ([person, scores_of("vlm", items, skilled(0.5))], [scores_of("vlm", items, skilled(0.5)), person]):
        table = comparisons_table(scores)
        assert set(table.loc[table["other"] == "chance", "n"]) == {12, 16}
        assert table.loc[table["other"] != "chance", "n"].tolist() == [12, 12]


def test_models_need_names_of_their_own_and_items_once(scores):
    with pytest.raises(SpaceNumError, match="named chance"):
        main_table([scores[0], scores[0]])
    with pytest.raises(SpaceNumError, match=r"2 scores of item"):
        ModelScores(scores[0].info, scores[0].rows * 2)


def test_another_model_changes_no_row(scores):
    assert to_csv(main_table(scores)).startswith(to_csv(main_table(scores[:3])))


def test_nothing_ran():
    for table in (main_table([]), cells_table([]), averages_table([]), proximity_table([])):
        assert table.empty and len(table.columns) > 10
    assert comparisons_table([]).empty
    single = comparisons_table([scores_of("one scene", benchmark(4, CELLS[:1]), skilled(0.5))])
    assert single["clustered_p"].isna().all() and single["few_clusters"].all()
    silent = [scores_of("silent", benchmark(8), unparsed)]
    assert main_table(silent)["average"].tolist() == [0]
    assert coupling_table(silent)["share"].isna().all()


def test_files_are_the_same_every_time(scores, tmp_path):
    for name in ("one", "two"):
        paths = [tmp_path / f"{name}.{suffix}" for suffix in ("table.csv", "md", "tex")]
        write_main_table(*paths, scores, SIMULATORS, "letter-greedy", with_published=True)
        write(FIGURE, [FigureData(OURS, plotted(scores))], tmp_path / name, ["what was run"])
    for suffix in ("table.csv", "md", "tex", "csv", "pdf", "png"):
        assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"two.{suffix}").read_bytes(), suffix


def test_the_figure_shows_the_tables_numbers(scores):
    table = plotted(scores).query("series == 'accuracy'").set_index(["row", "panel"])
    assert len(table) == 4 * 21
    assert table.loc[("always A", "average"), "value"] == 30
    assert table.loc["half|run"]["value"].notna().sum() == 8


def plotted(scores):
    return FIGURE.ours({"cells": cells_table(scores), "averages": averages_table(scores)})
