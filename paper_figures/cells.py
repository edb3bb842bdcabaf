"""What heat maps of the twelve layout cells share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from spacenum.items.schema import CELLS
from spacenum.tables.names import NAMES

if TYPE_CHECKING:
    import pandas as pd

LAYOUT_CELLS = {cell: f"{NAMES[cell.split('.')[1]]}\n{cell.split('.')[2].upper()} {cell.split('.')[3]}"
                for cell in CELLS if cell.startswith("layout.")}  # fmt: skip


def published_cells(row: str, found: Any) -> Iterator[dict[str, Any]]:
    """Published differences of one row in the layout cells."""
    for cell, panel in LAYOUT_CELLS.items():
        value = found[cell.removeprefix("layout.")]
        yield {"row": row, "panel": panel, "series": "change in accuracy", "value": value, "reference": 0}


def measured_cells(row: str, table: pd.DataFrame, column: str = "scope") -> Iterator[dict[str, Any]]:
    """This study's differences of one row in the layout cells, which ``column`` names."""
    by_cell = table.set_index(column)
    for cell, panel in LAYOUT_CELLS.items():
        place = {"row": row, "panel": panel, "series": "change in accuracy", "reference": 0}
        if cell in by_cell.index:
            found = by_cell.loc[cell]
            place |= {"value": found["difference"], "low": found["low"], "high": found["high"], "n": found["n"]}
        yield place
