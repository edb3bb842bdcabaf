"""The paper's claims. Statements and margins were written before any vision-language model was
scored here; don't tune them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spacenum.claims.base import Above, Below, Claim, WithinShare
from spacenum.claims.measures import (
    ALL,
    Measure,
    Number,
    both_wrong_beyond_guessing,
    change,
    difference,
    equal,
    external_gains,
    level,
    mean_over,
    minus,
    normalised,
    of_models,
    share_of_traces,
    skilled_at,
    weakest,
    wrong_proximity_by_size,
)
from spacenum.claims.panel import StudyResults
from spacenum.claims.settings import tuned_on
from spacenum.geometry.poses import DIRECTIONS
from spacenum.items.schema import CELLS, DIMENSIONS, SCALES, Cell, Dimension, Setting, Task, cells_of
from spacenum.scoring.published import read_published
from spacenum.traces.labels import FAILURES

NEAR, MINOR, LOST, COMMON = 10.0, 1 / 3, 0.5, 10.0
"""Points above chance that are still near it; the share of the skill above chance by which a minor change stays within;
the share of it that is lost where a model isn't invariant; percent of traces in which a failure is common."""

ROTATIONS = equal(["transition.space2num.rotate_left_right"])
TRANSITIONS, LAYOUTS = mean_over("transition"), mean_over("layout")
BOTH = {cell: 1 / 2 / len(cells_of(Cell.of(cell).setting)) for cell in CELLS}
"""The mean of the two settings."""
WITH_DECIMALS = equal([cell for cell in CELLS if not Cell.of(cell).group.startswith("rotate")])
"""Cells whose numbers change when decimals become integers: angles are whole already."""
DRAWINGS = ("abstract_points", "abstract_boxes2d", "abstract_boxes3d")
SHARES = (0, 25, 50, 75, 100)
"""Percent of transitions in the mixtures."""


def _layouts(*, dimension: Dimension | None = None, scale: str | None = None) -> dict[str, float]:
    """Equal weights for the layout cells of a dimension, or of a scale."""
    cells = [(name, Cell.of(name)) for name in cells_of("layout")]
    return equal([n for n, c in cells if dimension in (None, c.group) and scale in (None, c.scale)])


def _action(group: str) -> dict[str, float]:
    return equal([cell for cell in cells_of("transition") if Cell.of(cell).group == group])


def _transfer(own: bool) -> Measure:
    """The gain in dimensions that were trained, or in the others; each dimension counts the same."""

    def measure(study: StudyResults) -> Number:
        numbers = [
            change(
                "base", [tuned_on(d)], equal([c for o in DIMENSIONS if (o == d) == own for c in _layouts(dimension=o)])
            )
            for d in DIMENSIONS
        ]
        total = numbers[0](study)
        for other in numbers[1:]:
            total = total.plus(other(study))
        return total.times(1 / len(DIMENSIONS))

    return measure


# ---- what the paper's own numbers give


def _models() -> pd.DataFrame:
    table = read_published("table2_main")
    return table[table["model"] != "Random Guess"]


def _guess() -> pd.DataFrame:
    table = read_published("table2_main")
    return table[table["model"] == "Random Guess"]


def _mean(table: pd.DataFrame, columns: Sequence[str]) -> float:
    """Mean of all numbers of some columns."""
    return float(table[list(columns)].to_numpy(dtype=float).mean())


def _mean_of(name: str, *columns: str) -> float:
    return _mean(read_published(name), columns)


def _above_chance(weights: Sequence[str] = CELLS) -> float:
    return _mean(_models(), list(weights)) - _mean(_guess(), list(weights))


def _normalised(weights: Sequence[str]) -> float:
    """Mean chance-corrected accuracy of cells, in percent."""
    cells = list(weights)
    guess = _guess()[cells].to_numpy(dtype=float)
    return float((100 * (_models()[cells].to_numpy(dtype=float) - guess) / (100 - guess)).mean())


def _weakest() -> float:
    averages = np.sort(_models()["average"].to_numpy(dtype=float))
    return float(averages[: -(-len(averages) // 4)].mean()) - _mean(_guess(), ["average"])


def _task_difference(setting: Setting, first: Task, second: Task) -> float:
    means = [_mean(_models(), list(mean_over(setting, task))) for task in (first, second)]
    return means[0] - means[1]


def _both_beyond_guessing() -> float:
    return _mean_of("fig3b_error_coupling", "both_wrong") - 100 / 3


def _blind() -> float:
    """Points of the chance-corrected scale."""
    lost = {}
    for name, guess in (("transition", 25.0), ("layout", 100 / 3)):
        seen, blind = (_mean_of("fig4a_blind", f"{name}_{way}") for way in ("original", "blind"))
        lost[name] = 100 * (seen - blind) / (100 - guess)
    return lost["transition"] - lost["layout"]


def _seen_above(setting: Setting) -> Callable[[], float]:
    """Skill above chance of the 7 models that Figures 4 to 6 show."""
    guess = {"transition": 25.0, "layout": 100 / 3}[setting]
    return lambda: _mean_of("fig4a_blind", f"{setting}_original") - guess


def _rotations() -> float:
    """Loss less half of the skill above chance."""
    before, after = (_mean_of("fig4c_rotational_symmetry", f"space2num_{name}") for name in ("original", "modified"))
    return before - after - LOST * (before - 25)


def _abstraction(*tasks: Task) -> float:
    names = [cell.removeprefix("layout.") for cell in LAYOUTS]
    return _mean_of("fig6b_abstraction_delta", *(name for name in names if name.startswith(tasks)))


def _strongest() -> list[float]:
    gain = _abstraction("space2num", "num2space")
    return [
        gain - _mean_of("fig5_visual_interventions", "reduce_objects_layout_delta"),
        gain - _mean_of("fig6a_number_representation", "integer_layout_delta"),
    ]


def _published_transfer() -> list[float]:
    table = read_published("fig7a_dimension_transfer_delta")
    cells = [name for name in table.columns if name.count(".") == 2]
    own = np.array([[cell.split(".")[1] == trained for cell in cells] for trained in table["tuned_on"]])
    gains = table[cells].to_numpy(dtype=float)
    return [float(gains[~own].mean()), float(gains[own].mean() - gains[~own].mean())]


def _published_mixture() -> list[float]:
    table = read_published("fig7b_mixture_read_from_plot")
    by_share = table[table["train_size"] == 17640].groupby("transition_percent")["overall"].mean()
    return [float(by_share[25] - by_share[share]) for share in SHARES if share != 25]


def _minor(id: str, says: str, what: str, weights: dict[str, float], variants: Sequence[str], **more: Any) -> Claim:
    """A claim that something changes little: by no more than a share of the skill above chance that could be lost."""
    fields: dict[str, Any] = {"numbers": (change("base", variants, weights),), "stake": level(weights), **more}
    return Claim(
        id=id,
        says=says,
        statement=f"the change in accuracy, mean over {what}, is less than a third of the accuracy above chance there",
        rule=WithinShare(MINOR),
        **fields,
    )


CLAIMS = (
    Claim(
        id="near_chance",
        says="Vision-language models are near chance at telling what numbers mean in space.",
        statement=f"accuracy minus chance, mean over the 20 cells and the VLMs, is below {NEAR:g} points",
        rule=Below(NEAR),
        numbers=(level(ALL),),
        items="all 20 cells",
        published=lambda: [_above_chance()],
        source="Table 2, mean of 18 models",
        no_skill=True,
    ),
    Claim(
        id="weakest_are_random",
        says="Several models are near or below random guessing.",
        statement="the weakest quarter of the VLMs is less than 2 points above chance, mean over the 20 cells",
        rule=Below(2.0),
        numbers=(of_models(weakest, level(ALL), "no VLM was run on all 20 cells"),),
        items="all 20 cells",
        published=lambda: [_weakest()],
        source="Table 2, the 5 lowest averages of 18",
        no_skill=True,
    ),
    Claim(
        id="low_in_every_action",
        says="Accuracy is low across all actions.",
        statement=f"in each of the four actions, accuracy minus chance, mean over both tasks, is below {NEAR:g} points",
        rule=Below(NEAR),
        numbers=tuple(level(_action(group)) for group in DIRECTIONS),
        items="transition cells",
        published=lambda: [_above_chance(list(_action(group))) for group in DIRECTIONS],
        source="Table 2, mean of 18 models",
        no_skill=True,
    ),
    Claim(
        id="wrong_answers_come_closer",
        says="Answers in transitions come closer to the truth as models grow, even when they fail.",
        statement="within families, proximity of wrong answers rises with each doubling of the parameters",
        rule=Above(),
        numbers=(wrong_proximity_by_size,),
        items="transition cells, wrong answers only",
        published=None,
        source="Figure 3a gives the proximity of all answers",
        unit="points per doubling",
        signed_by_model=True,
    ),
    Claim(
        id="errors_are_coupled",
        says="Errors of position and size are coupled.",
        statement="of wrong answers to layouts in which both vary, both are wrong more often than by guessing",
        rule=Above(),
        numbers=(both_wrong_beyond_guessing,),
        items="layouts of variation 'both', wrong answers only",
        published=lambda: [_both_beyond_guessing()],
        source="Figure 3b, mean of 6 families",
    ),
    Claim(
        id="dimensions_are_harder",
        says="Layouts become harder from 1D to 3D.",
        statement="chance-corrected accuracy in 1D is above that in 3D",
        rule=Above(),
        numbers=(level(minus(_layouts(dimension="1d"), _layouts(dimension="3d")), normalised),),
        items="layout cells of 1D and 3D",
        published=lambda: [_normalised(list(_layouts(dimension="1d"))) - _normalised(list(_layouts(dimension="3d")))],
        source="Table 2, mean of 18 models",
    ),
    Claim(
        id="rooms_are_harder",
        says="Layouts are harder in rooms than on desks.",
        statement="chance-corrected accuracy on desks is above that in rooms",
        rule=Above(),
        numbers=(level(minus(*(_layouts(scale=scale) for scale in SCALES)), normalised),),
        items="layout cells",
        published=lambda: [_normalised(list(_layouts(scale="desk"))) - _normalised(list(_layouts(scale="room")))],
        source="Table 2, mean of 18 models",
    ),
    _minor(
        "reasoning_changes_nothing",
        "Explicit reasoning changes hardly anything.",
        "the 20 cells",
        ALL,
        [],
        numbers=(change("letters", ["reasoning"], ALL),),
        stake=level(ALL, condition="letters"),
        items="all 20 cells, with and without reasoning",
        published=None,
        source="Section 3.3, in words (no more than 1%)",
    ),
    *(
        Claim(
            id=f"traces_show_{failure}",
            says=f"Reasoning fails as {failure.replace('_', ' ')}.",
            statement=f"the rules find the failure in more than {COMMON:g}% of the traces of wrong answers",
            rule=Above(COMMON),
            numbers=(share_of_traces(failure),),
            items="traces of wrong answers that the rules could label",
            published=None,
            source="Section 3.3, by examples",
            unit="% of traces",
        )
        for failure in FAILURES
    ),
    Claim(
        id="blind_hurts_transitions_more",
        says="Black images cost more in transitions than in layouts.",
        statement="the loss on black images, as a share of what lies between chance and 100, is larger in transitions",
        rule=Above(),
        numbers=(change("base", ["blind"], minus(LAYOUTS, TRANSITIONS), normalised),),  # losses: layouts are added
        items="all 20 cells, and with black images",
        published=lambda: [_blind()],
        source="Figure 4a, mean of 7 models",
    ),
    Claim(
        id="layouts_partly_solvable_blind",
        says="Layouts can partly be solved without seeing.",
        statement="on black images, accuracy in layouts is above chance",
        rule=Above(),
        numbers=(level(LAYOUTS, condition="blind"),),
        items="layout cells, with black images",
        published=lambda: [_mean_of("fig4a_blind", "layout_blind") - 100 / 3],
        source="Figure 4a, mean of 7 models",
    ),
    Claim(
        id="space2num_easier_in_transitions",
        says="In transitions, naming the number is easier than finding the image.",
        statement="Space2Num minus Num2Space, mean over the transition cells, is above 0",
        rule=Above(),
        numbers=(level(minus(mean_over("transition", "space2num"), mean_over("transition", "num2space"))),),
        items="transition cells",
        published=lambda: [_task_difference("transition", "space2num", "num2space")],
        source="Table 2, mean of 18 models (Figure 4b shows larger differences)",
    ),
    Claim(
        id="num2space_easier_in_layouts",
        says="In layouts it is the other way round.",
        statement="Num2Space minus Space2Num, mean over the layout cells, is above 0",
        rule=Above(),
        numbers=(level(minus(mean_over("layout", "num2space"), mean_over("layout", "space2num"))),),
        items="layout cells",
        published=lambda: [_task_difference("layout", "num2space", "space2num")],
        source="Table 2, mean of 18 models",
    ),
    Claim(
        id="weak_rotational_invariance",
        says="Skill doesn't survive the rephrasing of a rotation as the opposite one.",
        statement="models that are above chance lose more than half of it when left n° is asked as right 360° - n°",
        rule=Above(),
        numbers=(
            of_models(
                skilled_at(ROTATIONS),
                difference(change("symmetry", ["base"], ROTATIONS), lambda study: level(ROTATIONS)(study).times(LOST)),
                "no VLM is above chance in rotations left and right",
            ),
        ),
        items="rotations left and right of Space2Num, of models above chance there, as asked and as the opposite one",
        published=lambda: [_rotations()],
        source="Figure 4c, Space2Num, mean of 7 models (35.7 to 26.7)",
        unit="points beyond half of the skill",
    ),
    _minor(
        "overlay_is_minor",
        "Anchors drawn on the images change little.",
        "the transition cells",
        TRANSITIONS,
        ["anchor_overlay"],
        items="transition cells, and with a crosshair drawn",
        published=lambda: [_mean_of("fig5_visual_interventions", "add_anchor_transition_delta")],
        published_stake=_seen_above("transition"),
        source="Figure 5, mean of 7 models; their skill from Figure 4a",
    ),
    _minor(
        "fewer_objects_are_minor",
        "Taking away other objects changes little.",
        "the layout cells",
        LAYOUTS,
        ["reduce_objects"],
        items="layout cells, and without other objects",
        published=lambda: [_mean_of("fig5_visual_interventions", "reduce_objects_layout_delta")],
        published_stake=_seen_above("layout"),
        source="Figure 5, mean of 7 models; their skill from Figure 4a",
    ),
    _minor(
        "words_are_minor",
        "Numbers in words change little.",
        "the transition cells",
        TRANSITIONS,
        ["numbers_words"],
        items="transition cells, and with numbers in words",
        published=lambda: [_mean_of("fig6a_number_representation", "natural_language_transition_delta")],
        published_stake=_seen_above("transition"),
        source="Figure 6a, mean of 7 models; their skill from Figure 4a",
    ),
    _minor(
        "integers_are_minor",
        "Whole numbers change little.",
        "the moves and the layouts (angles are whole already)",
        WITH_DECIMALS,
        ["numbers_integer"],
        items="moves and layouts, and with whole numbers",
        published=None,
        source="Figure 6a gives transitions with their rotations, which don't change",
    ),
    Claim(
        id="abstraction_helps_space2num_most",
        says="Structured drawings help Space2Num most.",
        statement="the gain from drawings in place of photos is larger in Space2Num than in Num2Space layouts",
        rule=Above(),
        numbers=(change("base", DRAWINGS, minus(mean_over("layout", "space2num"), mean_over("layout", "num2space"))),),
        items="layout cells, and as points, 2D boxes and 3D boxes",
        published=lambda: [_abstraction("space2num") - _abstraction("num2space")],
        source="Figure 6b, mean of 7 models",
    ),
    Claim(
        id="drawings_are_the_strongest_signal",
        says="Structured drawings are the strongest signal of all changes to layouts.",
        statement="the gain from drawings in place of photos is larger than that from fewer objects and from integers",
        rule=Above(),
        numbers=tuple(
            difference(change("base", DRAWINGS, LAYOUTS), change("base", [other], LAYOUTS))
            for other in ("reduce_objects", "numbers_integer")
        ),
        items="layout cells, as drawings, without other objects, and with whole numbers",
        published=_strongest,
        source="Figures 5, 6a and 6b, mean of 7 models",
    ),
    Claim(
        id="transfer_is_partial",
        says="What is learnt in one dimension of layouts helps partly in the others.",
        statement="tuned on one dimension, the others gain, and less than the one",
        rule=Above(),
        numbers=(_transfer(own=False), difference(_transfer(own=True), _transfer(own=False))),
        items="layout cells, before and after tuning on each dimension",
        published=_published_transfer,
        source="Figure 7a, mean of 2 models",
    ),
    Claim(
        id="a_quarter_of_transitions_is_best",
        says="A mixture of 25% transitions and 75% layouts serves both settings best.",
        statement="tuned on it, the mean of both settings is above that of every other mixture of the same size",
        rule=Above(),
        numbers=tuple(change(tuned_on(f"{share}%"), [tuned_on("25%")], BOTH) for share in SHARES if share != 25),
        items="all 20 cells, tuned on mixtures",
        published=_published_mixture,
        source="Figure 7b at 17,640 items, mean of 2 models, read off the plot",
    ),
    Claim(
        id="tuning_helps_elsewhere",
        says="What tuning teaches helps on other benchmarks.",
        statement="tuned models are above their bases, mean over the sets of other benchmarks",
        rule=Above(),
        numbers=(external_gains,),
        items="other benchmarks' items, before and after tuning",
        published=lambda: [_mean_of("table4_external_delta", "Qwen3-VL-4B", "Qwen3-VL-8B")],
        source="Table 4, mean of 2 models and 3 sets",
    ),
)
