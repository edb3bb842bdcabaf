"""Tables about the study itself: how many items there are, and what collecting them cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple

import pandas as pd

from spacenum.frames.capture import OTHER_FAILED
from spacenum.items.schema import Cell, Item, LayoutItem, cells_of
from spacenum.items.settings import ItemsConfig, cell_size
from spacenum.scenes.spec import Split
from spacenum.tables.settings import PlannedCandidates

GROUP = ["setting", "group"]
KEYS = [*GROUP, "direction", "magnitude"]


def statistics_table(items: ItemsConfig) -> pd.DataFrame:
    """Items per task that the config plans, in the columns of the paper's Figure 2."""
    cells = cells_of(task="num2space")
    table = pd.DataFrame(
        [astuple(Cell.of(cell)) for cell in cells], columns=["setting", "task", "group", "scale"]
    ).drop(columns="task")
    table["benchmark_per_task"] = [cell_size(cell, items.benchmark) for cell in cells]
    table["train_per_task"] = [cell_size(cell, items.train) for cell in cells]
    return table


def coverage_table(
    shards: Sequence[tuple[str, pd.DataFrame]], planned: Sequence[PlannedCandidates], items: Iterable[Item]
) -> pd.DataFrame:
    """What became of all candidates, over all shards: a row for each setting, group, direction, magnitude and outcome.

    For layouts, group is the scale, direction the variation, and there is no magnitude. planned: families that the
    study wants with this magnitude, or layouts of this variation, in every row of theirs. scenes, scenes_used: of
    a group, those of which something was kept, and those that ``items`` show; in every row of the group.
    """
    frames = [table.assign(setting=setting) for setting, table in shards if len(table)]
    none = pd.DataFrame(columns=["scene", *KEYS, "outcome", "count"]).astype({"magnitude": float, "count": int})
    tried = pd.concat(frames) if frames else none
    outcomes = tried.groupby([*KEYS, "outcome"], sort=True, dropna=False)["count"].sum().reset_index()
    plan = pd.DataFrame([one.model_dump() for one in planned], columns=[*KEYS, "planned"])
    plan["magnitude"] = plan["magnitude"].astype(float)
    table = plan.merge(outcomes, on=KEYS, how="outer")
    table["planned"] = table["planned"].fillna(0).astype(int)
    table = table.assign(outcome=table["outcome"].fillna("never tried"), count=table["count"].fillna(0).astype(int))
    table = table.merge(_scenes(tried, items), on=GROUP, how="left").fillna({"scenes": 0, "scenes_used": 0})
    table = table.astype({"scenes": int, "scenes_used": int})
    return table.sort_values([*KEYS, "outcome"], na_position="first", ignore_index=True)


def _scenes(tried: pd.DataFrame, items: Iterable[Item]) -> pd.DataFrame:
    """Of each setting and group, how many scenes gave something, and how many of them items show."""
    kept = tried[tried["outcome"] == "kept"]
    shown = [(item.setting, item.scale if isinstance(item, LayoutItem) else item.group, item.scene) for item in items]
    used = pd.DataFrame(shown, columns=[*GROUP, "scene"])
    counts = {"scenes": kept.groupby(GROUP)["scene"].nunique(), "scenes_used": used.groupby(GROUP)["scene"].nunique()}
    return pd.DataFrame(counts).reset_index()


def coverage_markdown(table: pd.DataFrame, kept: Mapping[str, int], split: Split) -> str:
    """The coverage table as a page: per setting and kind of candidate, how many were
    planned, tried, kept and rejected."""
    lines = [f"# What collecting the frames cost: {split}", ""]
    lines.append("A candidate is a start pose with one magnitude of a direction, or a camera on a layout.")
    lines.append(
        "Collisions are found on the occupancy map. What is free is tried on the depth and id "
        "render and kept if it passes every"
    )
    lines.append(
        "control; colour is paid for last. Four magnitudes from one start make a family: if one fails, those that "
        f"passed are counted as '{OTHER_FAILED}', and those that weren't reached aren't counted."
    )
    for setting, part in table.groupby("setting"):
        counts = part.groupby("outcome")["count"].sum()
        lines += ["", f"## {setting}: {kept.get(str(setting), 0)} families", ""]
        used = part.drop_duplicates("group")
        shown = [f"{row['group']} {row['scenes_used']} of {row['scenes']}" for row in used.to_dict("records")]
        lines += [f"Scenes that items show: {', '.join(shown)}.", ""]
        lines += _coverage_rows(part)
        unsolved = int(counts.get("not solvable from depth and masks", 0))
        lines += ["", f"Replaced because the ideal observer, a calibrated eye, could not solve them: {unsolved}."]
    return "\n".join(lines) + "\n"


def _coverage_rows(part: pd.DataFrame) -> Iterator[str]:
    """One line for each kind of candidate, one column for each outcome."""
    keys = ["group", "direction", "magnitude", "planned"]
    wide = part.fillna({"magnitude": 0.0}).pivot_table(
        index=keys, columns="outcome", values="count", aggfunc="sum", fill_value=0
    )
    reasons = sorted(set(wide.columns) - {"kept", "never tried"})
    yield "| " + " | ".join([*keys, "tried", "kept", *reasons]) + " |"
    yield "|---|---|" + "---:|" * (4 + len(reasons))
    for row in wide.reset_index().to_dict("records"):
        tried = sum(row[outcome] for outcome in wide.columns)
        shown = f"{row['magnitude']:g}" if row["magnitude"] else ""
        values = [
            row["group"],
            row["direction"],
            shown,
            row["planned"],
            tried,
            row.get("kept", 0),
            *(row[reason] for reason in reasons),
        ]
        yield "| " + " | ".join(map(str, values)) + " |"
