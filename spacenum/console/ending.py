"""Where to look when a run is done, with the numbers that matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

TABLE = Path("results/main_table.csv")
PAGES = (
    ("results/main_table.md", "models and cells"),
    ("results/figures/main_table.pdf", "the same as a picture"),
    ("results/gallery/index.html", "every item with its images and all answers"),
    ("results/gallery_with_variants/index.html", "the same, beside its variants"),
    ("results/claims.html", "the paper's claims, with verdicts"),
    ("results/site/index.html", "all of it as a page"),
    ("results/paper.pdf", "all of it as a paper"),
)


def where_to_look(made: set[str]) -> Iterator[str]:
    """Lines for the end of a run. made: the files that it was asked for, as seen from the current folder."""
    there = [(page, what) for page, what in PAGES if page in made and Path(page).is_file()]
    if not there:
        return
    if TABLE.is_file():
        yield from _numbers(pd.read_csv(TABLE))
    yield "Look at:"
    yield from (f"  {page:42} {what}" for page, what in there)


def _numbers(table: pd.DataFrame) -> Iterator[str]:
    """The average of guessing, of the models that were asked, and of the calibrated eye."""
    asked = table[table["kind"].isin(["demonstration", "vlm", "human"])].sort_values("average", ascending=False)
    ends = {name: table[table["model"] == name] for name in ("chance", "ideal_observer")}
    rows = pd.concat([ends["chance"], asked.head(1), ends["ideal_observer"]]).dropna(subset="average")
    said = [f"{name} {average:.1f}" for name, average in zip(rows["model"], rows["average"], strict=True)]
    if said:
        yield f"Average of the cells, in %: {', '.join(said)}."
