"""Statistics against published examples, closed forms and simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacenum.scoring import statistics
from spacenum.scoring.open_answers import score_open
from spacenum.scoring.power import detectable_proximity
from spacenum.scoring.proximity import middle_points, rank_points
from spacenum.scoring.statistics import (
    acceleration,
    bca_interval,
    benjamini_hochberg,
    clustered_difference,
    clustered_interval,
    detectable_above,
    detectable_mean,
    holm,
    mcnemar_exact,
    normalised,
    percentile_interval,
    resample_cells,
    wilson,
)


def names(n, size=1):
    return [f"scene-{i // size}" for i in range(n)]


def test_wilson_of_a_cell_at_chance():
    assert np.round(100 * np.array(wilson(25, 100)), 1).tolist() == [17.5, 34.3]


def test_independent_clusters_give_the_binomial_interval():
    scores = np.arange(400) < 120
    found = clustered_interval(scores, names(400), np.random.default_rng(0))
    assert (found.low, found.high) == pytest.approx(wilson(120, 400), abs=0.006)
    assert not found.few_clusters


def test_alike_items_count_as_one():
    """If the four items of a scene all tell the same, the interval is that of a quarter as many items."""
    scores = np.repeat(np.arange(100) < 30, 4)
    found = clustered_interval(scores, names(400, 4), np.random.default_rng(0))
    assert (found.low, found.high) == pytest.approx(wilson(30, 100), abs=0.012)


def test_bootstrap_covers_the_truth():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(150):
        level = rng.beta(2, 4, size=40)  # mean 1/3, scenes differ
        scores = (rng.random((40, 4)) < level[:, None]).ravel()
        interval = clustered_interval(scores, names(160, 4), rng)
        hits += interval.low <= 1 / 3 <= interval.high
    assert hits >= 134  # 150 * 0.95 = 142.5; 134 is three standard deviations below


def test_degenerate_scores():
    rng = np.random.default_rng(0)
    right = clustered_interval(np.ones(40), names(40, 4), rng)
    assert (right.low, right.high) == wilson(10, 10) and right.few_clusters
    constant = clustered_interval(np.tile([1, 0, 0, 0], 30), names(120, 4), rng)
    assert (constant.low, constant.high) == (0.25, 0.25)
    assert clustered_interval([1, 0, 1], ["one"] * 3, rng) is None


def test_intervals_are_repeatable():
    scores = np.random.default_rng(3).random(100) < 0.3
    first, second = (clustered_interval(scores, names(100, 2), np.random.default_rng(5)) for _ in range(2))
    assert first == second


def test_replicates_that_missed_a_cell_are_left_out_until_most_are():
    assert percentile_interval(np.array([0.2, np.nan, 0.2])) == (0.2, 0.2)
    assert percentile_interval(np.array([0.2, np.nan, np.nan])) is None


def bca(samples, weights, seed=0):
    """Our interval of a weighted mean of cells, one for each sample; each is a stratum of
    its own, four items a scene."""
    scores, cells, scenes, strata = [], [], [], []
    for number, sample in enumerate(samples):
        scores += list(np.repeat(sample, 4))
        cells += [number] * 4 * len(sample)
        scenes += [f"{number}/{i // 4}" for i in range(4 * len(sample))]
        strata += [str(number)] * 4 * len(sample)
    found = resample_cells(scores, np.array(cells), scenes, strata, np.random.default_rng(seed))
    columns = range(len(samples))
    estimate = np.average([sample.mean() for sample in samples], weights=weights)
    replicates, left_out = (sums.mean(columns, weights) for sums in (found.drawn, found.left_out))
    return bca_interval(estimate, replicates, left_out, found.strata), acceleration(left_out, found.strata)


@pytest.mark.parametrize("sizes", [(12,), (40,), (9, 30)])
def test_bca_agrees_with_scipys(sizes, monkeypatch):
    """Skewed means of equally large clusters; several strata are several samples to scipy."""
    monkeypatch.setattr(statistics, "RESAMPLES", 100_000)
    rng = np.random.default_rng(7)
    samples = [rng.beta(0.4, 2, size) for size in sizes]
    weights = [0.4, 0.6][: len(sizes)]

    def mean(*given, axis=-1):
        return sum(w * x.mean(axis=axis) for w, x in zip(weights, given, strict=True)) / sum(weights)

    bounds = {}
    for method in ("BCa", "percentile"):
        bounds[method] = statistics.stats.bootstrap(
            samples, mean, method=method, n_resamples=100_000, rng=np.random.default_rng(1)
        ).confidence_interval
    found, skew = bca(samples, weights)
    width = bounds["BCa"].high - bounds["BCa"].low
    assert found == pytest.approx((bounds["BCa"].low, bounds["BCa"].high), abs=0.012 * width)
    assert (
        skew > 0.01 and bounds["BCa"].high - bounds["percentile"].high > 0.02 * width
    )  # there is something to correct
    assert bca(samples, weights)[0] == found


def test_acceleration_of_a_mean_is_a_sixth_of_its_skewness():
    values = np.random.default_rng(3).exponential(size=30)
    left_out = (values.sum() - values) / 29
    expected = statistics.stats.skew(values) / np.sqrt(30) / 6
    assert acceleration(left_out, np.array(["one"] * 30)) == pytest.approx(expected)


def test_bca_without_variation_or_correction():
    one = np.array(["one"] * 4)
    assert bca_interval(0.25, np.full(9, 0.25), np.full(4, 0.25), one) == (0.25, 0.25)
    assert bca_interval(0.25, np.array([0.25, np.nan, np.nan]), np.full(4, 0.25), one) is None
    above = np.linspace(0.5, 0.6, 101)  # no replicate reaches the estimate: no bias can be told
    assert bca_interval(0.1, above, np.arange(4.0), one) == percentile_interval(above)
    assert acceleration(np.array([np.nan, 0.5, 0.5, 0.5]), one) == 0


def test_clustered_test_with_single_items_is_the_t_test():
    differences = np.random.default_rng(0).normal(0.1, 1, 50)
    found = clustered_difference(differences, ["cell"] * 50, names(50))
    expected = statistics.stats.ttest_1samp(differences, 0)
    interval = expected.confidence_interval()
    assert (found.p, found.low, found.high) == pytest.approx((expected.pvalue, interval.low, interval.high))


def test_cells_count_the_same_whatever_their_size():
    found = clustered_difference([1, 1, 0, 0, 0, 0], list("aabbbb"), names(6))
    assert found.estimate == 0.5


def test_clustered_test_keeps_its_level_and_the_naive_one_does_not():
    rng = np.random.default_rng(2)
    found, naive = [], []
    for _ in range(600):
        effect = rng.normal(0, 1, (30, 1))
        values = (effect + rng.normal(0, 0.5, (30, 4))).ravel()
        found.append(clustered_difference(values, ["cell"] * 120, names(120, 4)).p < 0.05)
        naive.append(clustered_difference(values, ["cell"] * 120, names(120)).p < 0.05)
    assert 0.025 < np.mean(found) < 0.08
    assert np.mean(naive) > 0.2


def test_detectable_difference_is_detected_four_times_in_five():
    rng = np.random.default_rng(4)
    size = clustered_difference(rng.normal(0, 1, 400), ["cell"] * 400, names(400)).detectable
    assert size == pytest.approx(2.8 / 20, rel=0.08)  # (1.96 + 0.84) standard errors
    found = [clustered_difference(rng.normal(size, 1, 400), ["c"] * 400, names(400)).p < 0.05 for _ in range(300)]
    assert 0.7 < np.mean(found) < 0.9


def test_differences_without_spread():
    assert clustered_difference(np.zeros(8), ["cell"] * 8, names(8)).p == 1
    assert clustered_difference(np.ones(8), ["cell"] * 8, names(8)).p == 2 / 2**8
    assert clustered_difference([1, 0], ["cell"] * 2, ["one"] * 2) is None


def test_mcnemar_known_example():
    """1 against 6 discordant pairs: twice (1 + 7) / 2^7."""
    first = [1] * 10 + [1] * 6 + [0] * 1 + [0] * 5
    second = [1] * 10 + [0] * 6 + [1] * 1 + [0] * 5
    assert mcnemar_exact(first, second) == pytest.approx(0.125)


def test_corrections_known_examples():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    # Benjamini and Hochberg 1995, section 3.2: of these fifteen, exactly four are kept at 5%
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.759,
        1,
    ]
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4
    assert (holm(p) <= 0.05).sum() == 3  # as their Bonferroni, which keeps three
    assert len(holm([])) == 0


def test_power_note():
    """100 items at 25%: about 13 points (Cohen 1988, h = 0.28)."""
    above = detectable_above(0.25, 100)
    assert 2 * (np.arcsin(np.sqrt(0.25 + above)) - np.arcsin(np.sqrt(0.25))) == pytest.approx(2.8016 / 10, abs=1e-3)
    assert above == pytest.approx(0.13, abs=0.005)
    assert detectable_above(0.5, 2) is None
    assert detectable_mean(0.5, 0.5, 100) == pytest.approx(2.8016 / 20, abs=1e-4)
    assert detectable_mean(0.5, 0.1, 100) is None
    assert detectable_proximity(100) == pytest.approx(2.8016 / 10 * np.std([1, 0.7, 0.4, 0]), abs=1e-4)
    assert detectable_proximity(2) is None


def test_normalised():
    assert normalised(0.25, 0.25) == 0 and normalised(1, 0.5) == 1 and normalised(0.25, 0.5) == -0.5


def test_proximity_points():
    assert rank_points([0.2, 0.4, 0.8, 1.6], 0.2).tolist() == [100, 70, 40, 0]
    assert rank_points([0.2, 0.4, 0.6, 0.8], 0.4).tolist() == [55, 100, 55, 0]  # 0.6 - 0.4 is not 0.4 - 0.2 in binary
    assert rank_points([20, 0, 10, -10], 10).tolist() == [55, 55, 100, 0]


@given(st.lists(st.integers(1, 50), min_size=4, max_size=4, unique=True), st.integers(0, 3))
def test_guessing_gets_52_5_points_whatever_the_options(values, right):
    points = rank_points(values, values[right])
    assert points.mean() == pytest.approx(52.5) and points[right] == 100


def test_middle_numbers_score_66_unseen():
    values = [30.0, 10.0, 40.0, 20.0]
    second, third = np.mean([middle_points(values, truth) for truth in values], axis=0)
    assert second == third == 66.25


def test_open_answers():
    found = score_open([1.0, 1.2, 0.6, np.nan], [1.0, 1.0, 1.2, 1.0], 0.2)
    assert (found.n, found.n_answered) == (4, 3)
    assert found.signed_error == pytest.approx(-0.4 / 3) and found.absolute_error == pytest.approx(0.8 / 3)
    assert found.within_one_step == 0.5
    # exact: 10 of 10 thresholds; 20% off: below 1 - t for t = .5 to .75; 50% off: for none; unparsed: none
    assert found.mean_relative_accuracy == pytest.approx((1 + 0.6 + 0 + 0) / 4)
    silent = score_open([np.nan], [1.0], 0.2)
    assert silent.signed_error is None and silent.mean_relative_accuracy == 0
    assert score_open([1.0], [0.0], 0.2).mean_relative_accuracy is None  # nothing is relative to 0
