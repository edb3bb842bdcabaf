"""What tables and figures call cells."""

from __future__ import annotations

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


def short_name(cell: str) -> str:
    """A cell's own name under the heads of its setting and task: 'Move F/B', '2D desk'."""
    setting, _, group, *scale = cell.split(".")
    return NAMES[group] if setting == "transition" else f"{group.upper()} {scale[0]}"
