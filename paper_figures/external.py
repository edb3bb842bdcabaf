"""Table 4: what tuning does to other benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots

if TYPE_CHECKING:
    import pandas as pd

BENCHMARKS = {
    "omnispatial_motion": "OmniSpatial, motion",
    "sat_action_consequence": "SAT, action",
    "sat_object_movement": "SAT, movement",
}
NOT_SAID = "protocol not said"


def _ours(tables: Tables) -> pd.DataFrame:
    """A panel for each base; where a benchmark's protocol has several tuned forms of it, for each of these."""
    table = tables["external"]
    tuned = table[(table["scope"] == "all") & table["base"].notna() & table["benchmark"].isin(BENCHMARKS)]
    forms = tuned.groupby("base")["model"].nunique()
    return tidy(
        {"row": BENCHMARKS[row["benchmark"]], "panel": row["base"] if forms[row["base"]] == 1 else row["model"],
         "series": row["protocol"],
         "value": row["difference"], "low": row["difference_low"], "high": row["difference_high"], "n": row["n"],
         "reference": 0}
        for name in BENCHMARKS for row in tuned[tuned["benchmark"] == name].to_dict("records")
    )  # fmt: skip


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    by_benchmark = table.set_index("benchmark")
    return tidy(
        {
            "row": title,
            "panel": model,
            "series": NOT_SAID,
            "value": by_benchmark[model][name],
            "reference": 0,
        }
        for name, title in BENCHMARKS.items()
        for model in by_benchmark
    )


FIGURE = PaperFigure(
    number="Table 4",
    title="Other benchmarks after tuning, by protocol: change in accuracy",
    sees="Whether what was learnt here serves elsewhere. The paper doesn't say which protocol it followed, so its "
    "numbers compare with none for sure. Some of the published gains are a few items; "
    "results/tables/external.csv has counts.",
    plot=Dots(label="change in accuracy (points)", reference="no change"),
    tables=("external",),
    ours=_ours,
    published="table4_external_delta",
    from_published=_from_published,
    clusters="image",
)
