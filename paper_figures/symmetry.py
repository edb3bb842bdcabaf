"""Figure 4c: rotate left n° asked as rotate right (360 - n)°, with the same images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots
from paper_figures.paired import both, published_both
from spacenum.items.schema import TASKS
from spacenum.tables.names import NAMES

if TYPE_CHECKING:
    import pandas as pd

PLAIN, TURNED = "as asked", "as the opposite rotation"


def _ours(tables: Tables) -> pd.DataFrame:
    scopes = {f"transition.{task}.rotate_left_right": NAMES[task] for task in TASKS}
    return tidy(both(tables["symmetry"], scopes, PLAIN, TURNED))


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    columns = {NAMES[task]: (f"{task}_original", f"{task}_modified", 25.0) for task in TASKS}
    return tidy(published_both(table, columns, PLAIN, TURNED))


FIGURE = PaperFigure(
    number="Figure 4c",
    title="Rotations rephrased as the opposite ones (left 40° as right 320°), same images",
    sees="Whether an answer survives another wording of the same rotation; "
    "results/tables/symmetry.csv tells how often it does.",
    plot=Dots(label="accuracy (%)", reference="chance", joined=True),
    tables=("symmetry",),
    ours=_ours,
    published="fig4c_rotational_symmetry",
    from_published=_from_published,
)
