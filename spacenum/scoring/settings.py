"""Parameters of the jobs that score answers."""

from __future__ import annotations

from spacenum.core.blocks import Block


class ScoresParams(Block):
    """open: whether the answers are numbers that the model wrote, in place of letters."""

    open: bool = False
