"""Section 3.3: explicit reasoning against letters alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots
from paper_figures.paired import differences

if TYPE_CHECKING:
    import pandas as pd


def _ours(tables: Tables) -> pd.DataFrame:
    places = {"All 20 cells": "all", "Transition": "transition", "Layout": "layout"}
    return tidy(differences(tables, {panel: ("reasoning", scope) for panel, scope in places.items()}, "cells"))


FIGURE = PaperFigure(
    number="Section 3.3",
    title="Explicit reasoning against letters alone: change in accuracy",
    sees="Whether thinking aloud helps. The paper gives no numbers but says that it stays within one point. Means are "
    "over cells.",
    plot=Dots(label="change in accuracy (points)", reference="no change", across=3),
    tables=("reasoning",),
    ours=_ours,
)
