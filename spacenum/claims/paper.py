"""The paper's claims. Statements and margins were written before any vision-language model was
scored here; don't tune them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spacenum.claims.base import Above, Below, Claim, Within
from spacenum.claims.measures import (
    ALL,
    both_wrong_beyond_guessing,
    change,
    level,
    mean_over,
    minus,
    paired,
    proximity_by_size,
)
from spacenum.items.schema import Setting, Task
from spacenum.scoring.published import read_published
from spacenum.scoring.rows import ScoreRow

NEAR, MINOR, EQUAL, CONSISTENT = 10.0, 5.0, 1.0, 90.0
"""Points above chance that are still near it; points that are minor; points within which reasoning is said to stay;
share of the same answers (%) from which a model would count as invariant."""

ROTATIONS = {f"transition.{task}.rotate_left_right": 0.5 for task in ("num2space", "space2num")}
TRANSITIONS, LAYOUTS = mean_over("transition"), mean_over("layout")
DRAWINGS = ("abstract_points", "abstract_boxes2d", "abstract_boxes3d")


def _same_letter(first: ScoreRow, second: ScoreRow) -> float | None:
    return float(first.letter == second.letter) if first.letter and second.letter else None


def _models() -> pd.DataFrame:
    table = read_published("table2_main")
    return table[table["model"] != "Random Guess"]


def _mean(table: pd.DataFrame, columns: Sequence[str]) -> float:
    """Mean of all numbers of some columns."""
    return float(table[list(columns)].to_numpy(dtype=float).mean())


def _mean_of(name: str, *columns: str) -> float:
    return _mean(read_published(name), columns)


def _above_chance() -> float:
    table = read_published("table2_main")
    return _mean(_models(), ["average"]) - _mean(table[table["model"] == "Random Guess"], ["average"])


def _task_difference(setting: Setting, first: Task, second: Task) -> float:
    means = [_mean(_models(), list(mean_over(setting, task))) for task in (first, second)]
    return means[0] - means[1]


def _proximity_slope() -> float:
    table = read_published("fig3a_proximity")
    names = table["model"].str.extract(r"(?P<family>.+)-(?P<size>[0-9.]+)B$")
    doublings = pd.Series(np.log2(names["size"].to_numpy(dtype=float)))
    centred = (doublings - doublings.groupby(names["family"]).transform("mean")).to_numpy(dtype=float)
    return float(centred @ table["proximity"].to_numpy(dtype=float) / (centred @ centred))


def _both_beyond_guessing() -> float:
    return _mean_of("fig3b_error_coupling", "both_wrong") - 100 / 3


def _blind() -> float:
    means = {name: _mean_of("fig4a_blind", name) for name in read_published("fig4a_blind").columns if name != "model"}
    lost = {name: means[f"{name}_original"] - means[f"{name}_blind"] for name in ("transition", "layout")}
    return lost["transition"] - lost["layout"]


def _abstraction() -> float:
    names = [cell.removeprefix("layout.") for cell in LAYOUTS]
    means = {
        task: _mean_of("fig6b_abstraction_delta", *(name for name in names if name.startswith(task)))
        for task in ("space2num", "num2space")
    }
    return means["space2num"] - means["num2space"]


CLAIMS = (
    Claim(
        id="near_chance",
        says="Vision-language models are near chance at telling what numbers mean in space.",
        statement=f"accuracy minus chance, mean over the 20 cells and the VLMs, is below {NEAR:g} points",
        rule=Below(NEAR),
        measure=level(ALL, lambda row: row.score - row.chance),
        items="all 20 cells",
        published=_above_chance,
        source="Table 2, mean of 18 models",
    ),
    Claim(
        id="proximity_scales",
        says="Answers in transitions come closer to the truth as models grow.",
        statement="within families, proximity rises with each doubling of the parameters",
        rule=Above(),
        measure=proximity_by_size,
        items="transition cells",
        published=_proximity_slope,
        source="Figure 3a, the same slope over 6 families",
        unit="points per doubling",
        signed_by_model=True,
    ),
    Claim(
        id="errors_are_coupled",
        says="Errors of position and size are coupled.",
        statement="of wrong answers to layouts in which both vary, both are wrong more often than by guessing",
        rule=Above(),
        measure=both_wrong_beyond_guessing,
        items="layouts of variation 'both', wrong answers only",
        published=_both_beyond_guessing,
        source="Figure 3b, mean of 6 families",
    ),
    Claim(
        id="reasoning_changes_nothing",
        says="Explicit reasoning changes accuracy by no more than 1%.",
        statement=f"accuracy with reasoning minus without, mean over the 20 cells, lies within {EQUAL:g} point of 0",
        rule=Within(EQUAL),
        measure=change("letters", ["reasoning"], ALL),
        items="all 20 cells, with and without reasoning",
        published=None,
        source="Section 3.3, in words",
    ),
    Claim(
        id="blind_hurts_transitions_more",
        says="Black images cost more in transitions than in layouts.",
        statement="the loss of accuracy on black images is larger in transitions than in layouts",
        rule=Above(),
        measure=change("base", ["blind"], minus(LAYOUTS, TRANSITIONS)),  # losses, so layouts are what is added
        items="all 20 cells, and with black images",
        published=_blind,
        source="Figure 4a, mean of 7 models",
    ),
    Claim(
        id="space2num_easier_in_transitions",
        says="In transitions, naming the number is easier than finding the image.",
        statement="Space2Num minus Num2Space, mean over the transition cells, is above 0",
        rule=Above(),
        measure=level(
            minus(mean_over("transition", "space2num"), mean_over("transition", "num2space")), lambda row: row.score
        ),
        items="transition cells",
        published=lambda: _task_difference("transition", "space2num", "num2space"),
        source="Table 2, mean of 18 models (Figure 4b shows larger differences)",
    ),
    Claim(
        id="num2space_easier_in_layouts",
        says="In layouts it is the other way round.",
        statement="Num2Space minus Space2Num, mean over the layout cells, is above 0",
        rule=Above(),
        measure=level(minus(mean_over("layout", "num2space"), mean_over("layout", "space2num")), lambda row: row.score),
        items="layout cells",
        published=lambda: _task_difference("layout", "num2space", "space2num"),
        source="Table 2, mean of 18 models",
    ),
    Claim(
        id="weak_rotational_invariance",
        says="Answers don't survive the rephrasing of a rotation as the opposite one.",
        statement=f"the same letter is chosen in fewer than {CONSISTENT:g}% of the pairs in which both can be read",
        rule=Below(CONSISTENT),
        measure=paired("base", ["symmetry"], ROTATIONS, _same_letter),
        items="rotate left/right, as asked and as the opposite rotation",
        published=None,
        source="Figure 4c gives accuracies only",
        unit="% of pairs",
    ),
    Claim(
        id="overlay_is_minor",
        says="Anchors drawn on the images change little.",
        statement=f"the change in accuracy, mean over the transition cells, lies within {MINOR:g} points of 0",
        rule=Within(MINOR),
        measure=change("base", ["anchor_overlay"], TRANSITIONS),
        items="transition cells, and with a crosshair drawn",
        published=lambda: _mean_of("fig5_visual_interventions", "add_anchor_transition_delta"),
        source="Figure 5, mean of 7 models",
    ),
    Claim(
        id="fewer_objects_are_minor",
        says="Taking away other objects changes little.",
        statement=f"the change in accuracy, mean over the layout cells, lies within {MINOR:g} points of 0",
        rule=Within(MINOR),
        measure=change("base", ["reduce_objects"], LAYOUTS),
        items="layout cells, and without other objects",
        published=lambda: _mean_of("fig5_visual_interventions", "reduce_objects_layout_delta"),
        source="Figure 5, mean of 7 models",
    ),
    Claim(
        id="words_are_minor",
        says="Numbers in words change little.",
        statement=f"the change in accuracy, mean over the transition cells, lies within {MINOR:g} points of 0",
        rule=Within(MINOR),
        measure=change("base", ["numbers_words"], TRANSITIONS),
        items="transition cells, and with numbers in words",
        published=lambda: _mean_of("fig6a_number_representation", "natural_language_transition_delta"),
        source="Figure 6a, mean of 7 models",
    ),
    Claim(
        id="integers_are_minor",
        says="Whole numbers change little.",
        statement=f"the change in accuracy, mean over both settings, lies within {MINOR:g} points of 0",
        rule=Within(MINOR),
        measure=change(
            "base", ["numbers_integer"], {cell: weight / 2 for cell, weight in (TRANSITIONS | LAYOUTS).items()}
        ),
        items="all 20 cells, and with whole numbers",
        published=lambda: _mean_of("fig6a_number_representation", "integer_transition_delta", "integer_layout_delta"),
        source="Figure 6a, mean of 7 models and both settings",
    ),
    Claim(
        id="abstraction_helps_space2num_most",
        says="Structured drawings help Space2Num most.",
        statement="the gain from drawings in place of photos is larger in Space2Num than in Num2Space layouts",
        rule=Above(),
        measure=change("base", DRAWINGS, minus(mean_over("layout", "space2num"), mean_over("layout", "num2space"))),
        items="layout cells, and as points, 2D boxes and 3D boxes",
        published=_abstraction,
        source="Figure 6b, mean of 7 models",
    ),
)
