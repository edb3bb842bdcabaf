"""Intervals hold the truth as often as they say, in the sizes of the default study and the paper's."""

from __future__ import annotations

import numpy as np
import pytest

from bench.coverage import SCOPES_SHOWN, coverage, design, false_alarms, shifted


@pytest.mark.parametrize("size", ["default", "paper"])
def test_intervals_hold_the_truth_and_equal_models_do_not_differ(size):
    """Of 95%, 150 simulations differ by up to seven points (four standard errors)."""
    whole = design(size)
    held = coverage(whole, 0.3, 1.0, 0.5, 150, np.random.default_rng(0))
    alarms = false_alarms(whole, 0.3, 150, np.random.default_rng(1))
    assert tuple(held) == tuple(alarms) == SCOPES_SHOWN
    assert all(value >= 88 for value in held.values()), held
    assert all(value <= 12 for value in alarms.values()), alarms


def test_a_logit_is_shifted_so_that_the_mean_stays():
    draws = np.random.default_rng(0).normal(shifted(0.3, 1.0), 1.0, 200_000)
    assert (1 / (1 + np.exp(-draws))).mean() == pytest.approx(0.3, abs=0.003)
