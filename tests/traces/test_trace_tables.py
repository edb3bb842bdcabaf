"""Shares and agreement against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spacenum.traces.tables import agreement_table, kappa, kappa_of_counts, shares_table
from tests.traces.conftest import trace_of

COUNTS = (20, 5, 10, 15)
"""Both, first only, second only, neither: Cohen's own kind of table. Agreement 0.7, by chance 0.5: kappa 0.4."""


def labels(counts, first="rules", second="judge"):
    """Labels by two sources with these counts for coarse_cue, over seven scenes."""
    said = [pair for pair, n in zip([(1, 1), (1, 0), (0, 1), (0, 0)], counts, strict=True) for _ in range(n)]
    for number, pair in enumerate(said):
        trace = trace_of(f"i{number}", "…", scene=f"s{number % 7}", answer="right" if number % 2 else "wrong")
        for source, shows in zip((first, second), pair, strict=True):
            yield trace.labels(source, "labelled", ["coarse_cue"] if shows else [])


def row(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    [found] = table.to_dict("records")
    return found


def test_kappa_is_the_closed_form():
    table = agreement_table(list(labels(COUNTS)))
    found = row(table, model="all", failure="coarse_cue")
    assert (found["first"], found["second"], found["n"]) == ("rules", "judge", 50)
    assert [found[name] for name in ("both", "first_only", "second_only", "neither")] == list(COUNTS)
    assert found["agreement"] == 70 and found["kappa"] == pytest.approx(0.4)
    assert 0 < found["low"] < 0.4 < found["high"] < 0.8
    assert row(table, model="m", failure="coarse_cue")["kappa"] == found["kappa"]


def test_kappa_of_counts_is_that_of_labels():
    rng = np.random.default_rng(0)
    for _ in range(50):
        first, second = rng.random((2, 12)) < rng.random()
        counts = [np.sum(first & second), np.sum(first & ~second), np.sum(~first & second), np.sum(~first & ~second)]
        quick, careful = kappa_of_counts(np.array(counts, dtype=float)), kappa(list(first), list(second))
        assert (careful is None and np.isnan(quick)) or quick == pytest.approx(careful, abs=1e-4)


def test_what_is_not_defined_is_empty():
    table = agreement_table(list(labels((0, 0, 0, 9))))
    found = row(table, model="all", failure="coarse_cue")
    assert found["agreement"] == 100 and pd.isna(found["kappa"]) and pd.isna(found["low"])
    always = row(agreement_table(list(labels((6, 0, 0, 6)))), model="all", failure="coarse_cue")
    assert always["kappa"] == 1 and pd.isna(always["low"])  # no spread to tell a width from
    apart = [label.model_copy(update={"item": label.item + label.source}) for label in labels(COUNTS)]
    nothing = row(agreement_table(apart), model="all", failure="coarse_cue")
    assert nothing["n"] == 0 and pd.isna(nothing["kappa"])


def test_shares_leave_out_what_was_not_labelled():
    made = [label for label in labels((12, 0, 8, 20)) if label.source == "rules"]
    made += [trace_of("short", "C", answer="right").labels("rules", "unclear")]
    made += [trace_of("lost", "…", answer="unread").labels("rules", "labelled", ["coarse_cue"])]
    table = shares_table(made)
    found = row(table, answers="all", failure="coarse_cue")
    assert (found["n"], found["count"], found["unclear"], found["share"]) == (41, 13, 1, 31.71)
    assert found["low"] < 31.71 < found["high"] and found["few_clusters"]
    right, wrong = (row(table, answers=name, failure="coarse_cue") for name in ("right", "wrong"))
    assert (right["n"], right["count"], right["unclear"]) == (20, 6, 1) and (wrong["n"], wrong["count"]) == (20, 6)
    assert row(table, answers="all", failure="none")["count"] == 28
    assert row(table, answers="all", failure="image_space")["share"] == 0
