"""What a report says of each table: what it holds, and what was run."""

from __future__ import annotations

from spacenum.asking.base import DEMONSTRATION_NOTE
from spacenum.core.errors import SpaceNumError
from spacenum.tables.pairs import catalogue as pairs
from spacenum.tables.scores import catalogue as scores
from spacenum.tables.settings import TablesParams

HOLDS = {
    "main_table": "Accuracy (%) of every model in the 20 cells, and their plain mean with a 95% interval.",
    "statistics": "Items in the benchmark and in the training set.",
    "coverage": "What became of every candidate frame of the benchmark: kept, or why not.",
    "traces": "How common each failure of reasoning is in traces, by who labelled them.",
    "trace_agreement": "How far rules, judge and people agree on traces: Cohen's kappa.",
    "external": (
        "Other benchmarks and imported item sets, by protocol: counts, accuracy, chance, "
        "a tuned model against its base."
    ),
    "external_delta": "Change on other benchmarks by tuning, in points.",
    "transfer": "LoRA on layouts of one dimension: change in every layout cell against the base.",
    "mixture": "LoRA on mixtures of transitions and layouts: accuracy by the share of transitions.",
    "grpo": "GRPO with a strict and with a graded reward: change against the base.",
    "pretraining": "Learning curves of models trained from random weights, measured on held-out training scenes.",
}
OF_ITEMS = ("statistics", "coverage", "pretraining")
"""Tables that no model changes: what was run doesn't stand in their captions,
so that another model doesn't make them anew."""
PAIRED = "Differences in points on the same items, clustered by scene, with the smallest that could have been shown"


def caption(table: str, study: TablesParams, changes: str | None = None) -> str:
    """A table's caption: what it holds, and what was run. changes: what a variant's table is about."""
    said = holds(table, changes)
    if table in OF_ITEMS:
        return said
    made = ", ".join(f"{setting} by {name}" for setting, name in study.simulators.items())
    models = ", ".join(model.name for model in study.models) or "none"
    note = f" {DEMONSTRATION_NOTE}" if any(model.kind == "demonstration" for model in study.models) else ""
    return f"{said} Rendered: {made}. Answers in mode {study.mode}. Models: {models}.{note}"


def holds(table: str, changes: str | None = None) -> str:
    """What a table holds. SpaceNumError if neither ``changes``, nor ``HOLDS``, nor the module of a table of scores
    tells."""
    if changes is not None:
        return f"Variant {table}: {changes}. {PAIRED}."
    if table in scores.names():
        return scores.score_table(table).caption
    if table in pairs.names():
        return pairs.paired_experiment(table).caption
    if table in HOLDS:
        return HOLDS[table]
    raise SpaceNumError(f"there is no caption for the table '{table}'; write one in spacenum/tables/captions.py")
