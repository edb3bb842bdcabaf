"""Sizes of cells, and the parameters of the jobs that make and check items."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from spacenum.core.blocks import Block, Count
from spacenum.frames.settings import ControlsConfig
from spacenum.items.schema import Cell, Setting
from spacenum.scenes.spec import Split


class TransitionItems(Block):
    """Items a cell (num2space and space2num each), by group."""

    move_forward_backward: Count = 0
    move_left_right: Count = 0
    rotate_up_down: Count = 0
    rotate_left_right: Count = 0


class ScaleItems(Block):
    """Items a cell, by dimension."""

    desk: Count = 0
    room: Count = 0


class SplitItems(Block):
    """Cell sizes of one split."""

    transition: TransitionItems = TransitionItems()
    layout_1d: ScaleItems = ScaleItems()
    layout_2d: ScaleItems = ScaleItems()
    layout_3d: ScaleItems = ScaleItems()


class ItemsConfig(Block):
    """Size of each cell, for each split; a split with fewer families than it needs fails its build."""

    uneven_magnitudes: Literal["fail", "report"] = Field(
        "fail",
        description="what checks do when a benchmark cell can't ask for all magnitudes alike, to within one item",
    )

    benchmark: SplitItems = SplitItems()
    train: SplitItems = SplitItems()


class ItemsParams(Block):
    setting: Setting
    split: Split
    sizes: SplitItems
    seed: int


class ChecksParams(Block):
    """sizes: of the setting's cells; None for a variant, which may leave items out."""

    setting: Setting
    split: Split
    sizes: SplitItems | None
    controls: ControlsConfig
    uneven_magnitudes: Literal["fail", "report"]
    seed: int
    variant: str = "base"


def cell_size(name: str, sizes: SplitItems) -> int:
    """Items that a cell is to have."""
    cell = Cell.of(name)
    block = sizes.transition if cell.setting == "transition" else getattr(sizes, f"layout_{cell.group}")
    return getattr(block, cell.scale or cell.group)
