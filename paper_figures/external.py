"""Table 4: what tuning does to other benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots

if TYPE_CHECKING:
    import pandas as pd

BENCHMARKS = {
    "omnispatial_motion": "OmniSpatial: motion",
    "sat_action_consequence": "SAT: action consequence",
    "sat_object_movement": "SAT: object movement",
}


def _ours(tables: Tables) -> pd.DataFrame:
    table = tables["external"]
    tuned = table[(table["scope"] == "all") & table["base"].notna()]
    return tidy(
        {"row": row["model"], "panel": panel, "series": f"protocol {row['protocol']}", "value": row["difference"],
         "low": row["difference_low"], "high": row["difference_high"], "n": row["n"], "reference": 0}
        for name, panel in BENCHMARKS.items() for row in tuned[tuned["benchmark"] == name].to_dict("records")
    )  # fmt: skip


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    by_benchmark = table.set_index("benchmark")
    return tidy(
        {
            "row": model,
            "panel": panel,
            "series": "protocol not given",
            "value": by_benchmark[model][name],
            "reference": 0,
        }
        for name, panel in BENCHMARKS.items()
        for model in by_benchmark
    )


FIGURE = PaperFigure(
    number="Table 4",
    title="Other benchmarks after tuning: change in accuracy",
    sees="Whether what was learnt here serves elsewhere. Some of the published gains are a few items; "
    "results/tables/external.csv has counts.",
    plot=Dots(label="change in accuracy (points)", reference="no change"),
    tables=("external",),
    ours=_ours,
    published="table4_external_delta",
    from_published=_from_published,
    clusters="image",
)
