"""What is said below a figure and in its caption: what was run, and what the intervals are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure
from spacenum.asking.base import DEMONSTRATION_NOTE, Kind, ModelInfo
from spacenum.tables.settings import TablesParams

if TYPE_CHECKING:
    import pandas as pd

PAPER = "arXiv 2605.23898"
NOTHING = "nothing to show: no model of this study has answers here, or too few"
PUBLISHED_NOTE = f"Published: the paper's numbers ({PAPER}), copied and not measured here; it gives no intervals."
_KINDS: dict[Kind, str] = {
    "vlm": "VLM",
    "demonstration": "demonstration model",
    "human": "human",
    "baseline": "baseline",
    "shortcut": "shortcut",
    "reference": "reference",
}


def run_note(study: TablesParams) -> str:
    """Simulators, mode and models of a study."""
    made = ", ".join(f"{setting} by {name}" for setting, name in study.simulators.items())
    return f"This study: rendered {made}; answers in mode {study.mode}; {_models(study.models)}."


def _models(models: list[ModelInfo]) -> str:
    counts = Counter(model.kind for model in models)
    named = [f"{counts[kind]} {name}{'s' * (counts[kind] > 1)}" for kind, name in _KINDS.items() if counts[kind]]
    without = "" if counts["vlm"] else f"; no {'large ' if counts['demonstration'] else ''}VLM was run"
    return f"models: {', '.join(named) or 'none'}{without}"


def demonstration_note(study: TablesParams) -> str | None:
    """What is to be said of models that this pipeline trained itself; None if there are none."""
    return DEMONSTRATION_NOTE if any(model.kind == "demonstration" for model in study.models) else None


def interval_note(figure: PaperFigure, shown: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> str | None:
    """What the intervals of ``shown`` are, and whether ``tables`` say that few scenes stand behind; None without."""
    from spacenum.scoring.statistics import FEW_CLUSTERS  # when drawn: a plan needs none of it

    if figure.clusters is None or shown["low"].isna().all():
        return None
    few = any(table["few_clusters"].eq(True).any() for table in tables.values() if "few_clusters" in table)
    warning = f"; on fewer than {FEW_CLUSTERS} {figure.clusters}s of a kind" if few else ""
    return f"Intervals: 95%, clustered by {figure.clusters}{warning}."


def known_objects_note(tables: Mapping[str, pd.DataFrame]) -> str | None:
    """What objects tuning and benchmark share, where ``tables`` tell; None where nothing was tuned on layouts."""
    shared = [table for table in tables.values() if len(table) and "known_objects" in table]
    most = max((int(table["known_objects"].max()) for table in shared), default=0)
    if not most:
        return None
    layouts = max(int(table["benchmark_layouts"].max()) for table in shared)
    return (
        f"Tuning shows none of the benchmark's scenes, but of its {layouts} layouts up to {most} have the anchors and "
        "the target, by name, of one that tuning shows."
    )


def caption(figure: PaperFigure, study: TablesParams) -> str:
    """The caption in a report: what it is in the paper, what it shows, what to see, what marks mean, what was run."""
    said = [described(figure), run_note(study), demonstration_note(study)]
    return f"{figure.number}. {figure.title}. " + " ".join(filter(None, said))


def described(figure: PaperFigure) -> str:
    """What to see in a figure, and what its marks mean."""
    clustered = f"Intervals are clustered by {figure.clusters}." if figure.clusters else ""
    return " ".join(filter(None, [figure.sees, figure.plot.marks, clustered]))
