"""Made-up results of the paper's 18 models and of references, as tables that every figure can be drawn from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from spacenum.asking.base import ModelInfo
from spacenum.items.schema import CELLS, SETTINGS, TASKS, Cell, cells_of
from spacenum.scoring.published import read_published
from spacenum.tables.base import ModelScores
from spacenum.tables.detail import averages_table, cells_table, coupling_table, proximity_table
from spacenum.tables.paired import asymmetry_table, paired_table
from spacenum.tables.resolution import UNITS
from spacenum.tables.settings import TablesParams, TunedPair
from spacenum.tables.tuning import tuning_table
from tests.scoring.fakes import benchmark, guesses, rows_of, skilled

PUBLISHED = [name for name in read_published("table2_main")["model"] if name != "Random Guess"]
SEVEN = list(read_published("fig4a_blind")["model"])
PAIRED = (
    *("blind", "symmetry", "anchor_overlay", "reduce_objects", "numbers_words", "numbers_integer", "mirrored"),
    *("abstract_points", "abstract_boxes2d", "abstract_boxes3d", "time_reversed", "reasoning"),
)


def config_name(title: str) -> str:
    """What a study calls a model of the paper: 'qwen3_vl_4b'."""
    return title.lower().replace(".", "_").replace("-", "_")


def infos() -> list[ModelInfo]:
    """References, the 18, and a small one of another family."""
    found = [ModelInfo(name="chance", kind="reference"), ModelInfo(name="classical_geometry", kind="baseline")]
    for title in PUBLISHED:
        family, size = re.fullmatch(r"(.+)-([0-9.]+)B", title).groups()
        found.append(
            ModelInfo(name=config_name(title), kind="vlm", parameters_b=float(size), family=family, title=title)
        )
    small = ModelInfo(name="demonstration", kind="demonstration", parameters_b=0.0087, family="demonstration")
    return [*found, small]


def study() -> TablesParams:
    made = {"transition": "ai2thor", "layout": "isaacsim"}
    return TablesParams(models=infos(), mode="letter-paper", simulators=made)


def scores(items, shift: float = 0.0, names: set[str] | None = None) -> list[ModelScores]:
    """Each model a little better than the one before; some replies can't be read."""
    found = []
    for k, info in enumerate(infos()):
        if names is None or info.name in names:
            answer = guesses if info.kind == "reference" else skilled(0.02 + 0.01 * k + shift, k, 0.02 * (k % 3))
            found.append(ModelScores(info, rows_of(items, answer)))
    return found


def tables() -> dict[str, pd.DataFrame]:
    """All tables that figures are drawn from, of 160 items."""
    items = benchmark(8)
    every = scores(items)
    seven = {config_name(title) for title in SEVEN}
    base = [model for model in every if model.info.name in seven]
    pairs = paired_table(base, scores(items, 0.1, seven))
    found = {name: pairs for name in PAIRED}
    found |= {
        "cells": cells_table(every),
        "averages": averages_table(every),
        "asymmetry": asymmetry_table(_by_start(base)),
    }
    found |= {"proximity": proximity_table(every), "coupling": coupling_table(every)}
    found |= {name: _tuned(name, base, items) for name in ("transfer", "mixture", "grpo")}
    return (
        found
        | {"external": _external(), "statistics": _statistics(), "shortcuts": _shortcuts()}
        | {"pretraining": _pretraining(), "resolution": _resolution(), "psychometric": _psychometric(), "told": _told()}
    )


def _by_start(models: list[ModelScores]) -> list[ModelScores]:
    """The same with families that both tasks share, as of real items."""
    return [ModelScores(model.info, [replace(row, family=_start(row)) for row in model.rows]) for model in models]


def _start(row) -> str:
    return f"{row.cell.replace(f'.{row.task}', '')}.{row.scene}.{row.task}"


def _tuned(experiment: str, base: list[ModelScores], items) -> pd.DataFrame:
    bases = [model for model in base if model.info.title in ("Qwen3-VL-4B", "Qwen3-VL-8B")]
    made, pairs = [*bases], []
    for model in bases:
        for k, (name, dimensions) in enumerate((("one", ["1d"]), ("two", ["2d"]), ("three", ["3d"]))):
            condition = f"{name}.{('strict', 'graded', 'other')[k]}" if experiment == "grpo" else name
            tuned = ModelInfo(name=f"{model.info.name}-{name}", kind="vlm")
            made.append(ModelScores(tuned, rows_of(items, skilled(0.3 + 0.2 * k, k))))
            pairs.append(
                TunedPair(base=model.info.name, tuned=tuned.name, recipe=name, condition=condition,
                          train_size=17640, transition_percent=50.0 * k, dimensions=dimensions)
            )  # fmt: skip
    return tuning_table(experiment, pairs, made, dict.fromkeys(("one", "two", "three"), (24, 12)))


def _external() -> pd.DataFrame:
    protocols = {"omnispatial_motion": ("direct", "official"), "sat_action_consequence": ("shuffled", "circular"),
                 "sat_object_movement": ("shuffled", "circular")}  # fmt: skip
    return pd.DataFrame(
        {"model": f"{base}-mixed-sft", "kind": "vlm", "benchmark": name, "protocol": protocol, "scope": "all",
         "n": 37, "base": base, "difference": 3.0 * k, "difference_low": 3.0 * k - 6, "difference_high": 3.0 * k + 6}
        for base in ("qwen3_vl_4b", "qwen3_vl_8b") for name, pair in protocols.items()
        for k, protocol in enumerate(pair)
    )  # fmt: skip


def _statistics() -> pd.DataFrame:
    return read_published("fig2_statistics").assign(benchmark_per_task=32, train_per_task=36)


def _shortcuts() -> pd.DataFrame:
    scopes = [f"{setting}.{task}" for setting in SETTINGS for task in ("num2space", "space2num")]
    return pd.DataFrame(
        {"model": info.name, "scope": scope, "n": 80, "chance": 25.0, "shortcut_accuracy": 45.0, "accuracy": 30.0 + k,
         "difference": k - 15.0, "low": k - 25.0, "high": k - 5.0, "ideal": 98.0}
        for k, info in enumerate(infos()) if info.kind == "vlm" for scope in scopes
    )  # fmt: skip


def _asked() -> Iterator[tuple[int, str, str, str]]:
    """Number and name of each model, and each task and group."""
    for k, info in enumerate(infos()):
        for task in TASKS:
            for group in UNITS:
                yield k, info.name, task, group


def _resolution() -> pd.DataFrame:
    states = ("measured", "measured", "not reached", "below")
    return pd.DataFrame(
        {"model": name, "task": task, "group": group, "n": 48, "state": states[k % 4],
         "weber": 0.1 + 0.05 * k if k % 4 < 2 else None, "weber_low": 0.05 if k % 2 else None,
         "weber_high": 0.4 + 0.06 * k if k % 3 else None, "few_clusters": True}
        for k, name, task, group in _asked()
    )  # fmt: skip


def _psychometric() -> pd.DataFrame:
    return pd.DataFrame(
        {"model": name, "task": task, "group": group, "unit": UNITS[group], "separation": x,
         "n": None if between else 10 + 4 * k, "accuracy": None if between else min(100.0, 45 + 10 * x * k / 8),
         "fitted": min(100.0, 50 + 9 * x * k / 8) if between else None}
        for k, name, task, group in _asked() for x in (0.2, 0.6, 1.2, 2.4) for between in (False, True)
    )  # fmt: skip


def _told() -> pd.DataFrame:
    return pd.DataFrame(
        {"model": name, "cell": cell, "unit": UNITS[Cell.of(cell).group], "true": x, "n": 5, "mean": 0.1 * k + x,
         "lowest": x - 0.5, "highest": x + 2.5}
        for k, name, task, _ in _asked() if task == "space2num" for cell in cells_of(task="space2num")
        for x in (0.2, 1.0, 2.4)
    ).drop_duplicates()  # fmt: skip


def _pretraining() -> pd.DataFrame:
    return pd.DataFrame(
        {"model": "demonstration", "step": step, "measure": measure, "of": of, "task": task, "value": value,
         "unseen": 25.0}
        for step, value in ((100, 0.3), (200, 0.5), (400, 0.9))
        for measure, of, task in (("loss", "depth", "all"), ("letters", "1d", "space2num"),
                                  ("letters", "moves", "num2space"))
    )  # fmt: skip


assert len(PUBLISHED) == 18 and len(CELLS) == 20
