"""What tables and figures call cells."""

from __future__ import annotations

from spacenum.items.schema import Cell

NAMES = {
    "num2space": "Num2Space",
    "space2num": "Space2Num",
    "transition": "Transition",
    "layout": "Layout",
    "all": "All",
    "move_forward_backward": "Move F/B",
    "move_left_right": "Move L/R",
    "rotate_up_down": "Rotate U/D",
    "rotate_left_right": "Rotate L/R",
}


def group_name(group: str) -> str:
    """A group's name: 'Move F/B', '2D'."""
    return NAMES.get(group, group.upper())


def short_name(name: str) -> str:
    """A cell's own name under the heads of its setting and task: 'Move F/B', '2D desk'."""
    cell = Cell.of(name)
    return NAMES[cell.group] if cell.setting == "transition" else f"{cell.group.upper()} {cell.scale}"
