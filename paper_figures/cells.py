"""What heat maps of the twelve layout cells share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from spacenum.items.schema import Cell, cells_of
from spacenum.tables.names import NAMES, short_name

if TYPE_CHECKING:
    import pandas as pd

LAYOUT_CELLS = {cell: f"{NAMES[Cell.of(cell).task]}\n{short_name(cell)}" for cell in cells_of("layout")}


def published_cells(row: str, found: Any) -> Iterator[dict[str, Any]]:
    """Published differences of one row in the layout cells."""
    for cell, panel in LAYOUT_CELLS.items():
        value = found[cell.removeprefix("layout.")]
        yield {"row": row, "panel": panel, "series": "change in accuracy", "value": value, "reference": 0}


def measured_cells(row: str, table: pd.DataFrame, column: str = "scope") -> Iterator[dict[str, Any]]:
    """This study's differences of one row in the layout cells, which ``column`` names."""
    by_cell = table.set_index(column)[["difference", "low", "high", "n"]]
    for cell, panel in LAYOUT_CELLS.items():
        place = {"row": row, "panel": panel, "series": "change in accuracy", "reference": 0}
        if cell in by_cell.index:
            found = by_cell.loc[cell]
            place |= {"value": found["difference"], "low": found["low"], "high": found["high"], "n": found["n"]}
        yield place
