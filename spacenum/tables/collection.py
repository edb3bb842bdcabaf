"""Tables about the study itself: how many items there are, and what collecting them cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from spacenum.geometry.poses import DIRECTIONS
from spacenum.items.schema import DIMENSIONS, SCALES
from spacenum.items.settings import ItemsConfig, cell_size


def statistics_table(items: ItemsConfig) -> pd.DataFrame:
    """Items per task that the config plans, in the columns of the paper's Figure 2."""
    rows: list[tuple[str, str, str | None]] = [("transition", group, None) for group in DIRECTIONS]
    rows += [("layout", dimension, scale) for dimension in DIMENSIONS for scale in SCALES]
    table = pd.DataFrame(rows, columns=["setting", "group", "scale"])
    cells = [".".join(filter(None, (setting, "num2space", group, scale))) for setting, group, scale in rows]
    table["benchmark_per_task"] = [cell_size(cell, items.benchmark) for cell in cells]
    table["train_per_task"] = [cell_size(cell, items.train) for cell in cells]
    return table


def coverage_table(shards: Sequence[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Candidates by setting, group, direction (layouts: scale and variation) and outcome, over all shards."""
    frames = [table.assign(setting=setting) for setting, table in shards if len(table)]
    keys = ["setting", "group", "direction", "outcome"]
    return pd.concat(frames).groupby(keys, sort=True)["count"].sum().reset_index()


def coverage_markdown(table: pd.DataFrame, kept: Mapping[str, int]) -> str:
    """The coverage table as a page: per setting, how many candidates were tried, kept and rejected for what."""
    lines = ["# What collecting the frames cost", ""]
    lines.append("A candidate is a start pose with four magnitudes of one direction, or a camera on a layout.")
    lines.append(
        "Collisions are found on the occupancy map. What is free is tried on the depth and id render and kept if it passes every"
    )
    lines.append("control; colour is paid for last.")
    for setting in table["setting"].unique():
        part = table[table["setting"] == setting].groupby("outcome")["count"].sum().sort_values(ascending=False)
        lines += ["", f"## {setting}: {kept.get(setting, 0)} families", "", "| outcome | candidates |", "|---|---:|"]
        lines += [f"| {outcome} | {count} |" for outcome, count in part.items()]
        unsolved = int(part.get("not solvable from depth and masks", 0))
        lines += ["", f"Replaced because the ideal observer could not solve them: {unsolved}."]
    return "\n".join(lines) + "\n"
