"""Statistics against published examples, closed forms and simulation."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacenum.scoring import statistics
from spacenum.scoring.open_answers import score_open
from spacenum.scoring.power import detectable_proximity
from spacenum.scoring.proximity import middle_points, rank_points
from spacenum.scoring.statistics import (
    Sample,
    benjamini_hochberg,
    clustered_difference,
    clustered_share,
    detectable_above,
    detectable_mean,
    holm,
    jackknife_interval,
    mcnemar_exact,
    normalised,
    sign_flip_exact,
    wilson,
)


def names(n, size=1):
    return [f"scene-{i // size}" for i in range(n)]


def sample(values, clusters, cells=None, strata=None, families=None, weights=None):
    values = list(np.asarray(values, float))
    everywhere = ["one"] * len(values)
    return Sample(
        values=values,
        cells=cells or everywhere,
        clusters=clusters,
        strata=strata or everywhere,
        families=families or clusters,
        weights=weights,
    )


def test_wilson_of_a_cell_at_chance():
    assert np.round(100 * np.array(wilson(25, 100)), 1).tolist() == [17.5, 34.3]


def test_independent_clusters_give_the_binomial_interval():
    found = clustered_share(sample(np.arange(400) < 120, names(400)))
    assert (found.low, found.high) == pytest.approx(wilson(120, 400), abs=0.006)
    assert not found.few_clusters


def test_alike_items_count_as_one():
    """If the four items of a scene all tell the same, the interval is that of a quarter as many items."""
    found = clustered_share(sample(np.repeat(np.arange(100) < 30, 4), names(400, 4)))
    assert (found.low, found.high) == pytest.approx(wilson(30, 100), abs=0.012)


@given(st.lists(st.integers(0, 4), min_size=3, max_size=30), st.floats(0.05, 0.95))
def test_a_share_s_interval_holds_what_its_test_does_not_reject(right, null):
    scores = np.concatenate([np.arange(4) < n for n in right])
    found = clustered_share(sample(scores, names(len(scores), 4)), null)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert (found.low <= null <= found.high) == (found.p >= 0.05)


@given(st.lists(st.integers(-4, 4), min_size=3, max_size=30))
def test_a_difference_s_interval_holds_what_its_test_does_not_reject(differences):
    values = np.concatenate([np.sign(n) * (np.arange(4) < abs(n)) for n in differences])
    found = clustered_difference(sample(values, names(len(values), 4)))
    assert (found.low <= 0 <= found.high) == (found.p >= 0.05)
    assert found.low < found.high


def test_scores_without_spread():
    right = clustered_share(sample(np.ones(40), names(40, 4)), 0.25)
    assert (right.low, right.high) == wilson(10, 10) and right.few_clusters and right.p < 1e-6
    constant = clustered_share(sample(np.tile([1, 0, 0, 0], 30), names(120, 4)), 0.25)
    assert (constant.low, constant.high, constant.p) == (0.25, 0.25, 1)
    half = clustered_share(sample(np.tile([1, 1, 0, 0], 8), names(32, 4)), 0.25)  # alike by luck, not by design
    assert (half.low, half.high) == wilson(4, 8) and half.low < 0.25 and half.p > 0.05
    assert clustered_share(sample([1, 0, 1], ["one"] * 3)) is None


def test_several_strata_make_a_welch_test():
    """Two strata of single items: the difference of their means has the variance and the degrees of freedom of Welch
    (1947), which are Satterthwaite's."""
    rng = np.random.default_rng(5)
    few, many = rng.normal(0, 1, 6), rng.normal(0.2, 0.2, 40)
    values = np.concatenate([few, -many])
    kinds = ["few"] * 6 + ["many"] * 40
    found = clustered_difference(sample(values, names(46), cells=kinds, strata=kinds))
    expected = statistics.stats.ttest_ind(few, many, equal_var=False)
    assert (2 * found.value, found.p) == pytest.approx((few.mean() - many.mean(), expected.pvalue))
    assert found.few_clusters  # one stratum is enough
    interval = expected.confidence_interval()
    assert (2 * found.low, 2 * found.high) == pytest.approx((interval.low, interval.high))
    alone = clustered_difference(sample(values, names(46), strata=["lone"] + ["rest"] * 45))
    assert alone is None


def test_weights_of_cells():
    cells = ["a"] * 4 + ["b"] * 8
    found = clustered_difference(sample([1, 1, 0, 1] + [0] * 8, names(12), cells=cells, weights={"a": 3, "b": 1}))
    assert found.value == pytest.approx(0.75 * 0.75)


def test_a_jackknife_of_a_mean_is_the_t_interval():
    values = np.random.default_rng(3).exponential(size=12)
    interval = statistics.stats.ttest_1samp(values, 0).confidence_interval()
    left_out = (values.sum() - values) / 11
    assert jackknife_interval(left_out) == pytest.approx((interval.low, interval.high))
    assert jackknife_interval([0.5, 0.5, 0.5]) is None
    assert jackknife_interval([0.5, np.nan, np.nan]) is None


def test_clustered_test_with_single_items_is_the_t_test():
    differences = np.random.default_rng(0).normal(0.1, 1, 50)
    found = clustered_difference(sample(differences, names(50)))
    expected = statistics.stats.ttest_1samp(differences, 0)
    interval = expected.confidence_interval()
    assert (found.p, found.low, found.high) == pytest.approx((expected.pvalue, interval.low, interval.high))


def test_cells_count_the_same_whatever_their_size():
    found = clustered_difference(sample([1, 1, 0, 0, 0, 0], names(6), cells=list("aabbbb")))
    assert found.value == 0.5


def test_clustered_test_keeps_its_level_and_the_naive_one_does_not():
    rng = np.random.default_rng(2)
    found, naive = [], []
    for _ in range(600):
        effect = rng.normal(0, 1, (30, 1))
        values = (effect + rng.normal(0, 0.5, (30, 4))).ravel()
        found.append(clustered_difference(sample(values, names(120, 4))).p < 0.05)
        naive.append(clustered_difference(sample(values, names(120))).p < 0.05)
    assert 0.025 < np.mean(found) < 0.08
    assert np.mean(naive) > 0.2


def test_detectable_difference_is_detected_four_times_in_five():
    rng = np.random.default_rng(4)
    size = clustered_difference(sample(rng.normal(0, 1, 400), names(400))).detectable
    assert size == pytest.approx(2.8 / 20, rel=0.08)  # (1.96 + 0.84) standard errors
    found = [clustered_difference(sample(rng.normal(size, 1, 400), names(400))).p < 0.05 for _ in range(300)]
    assert 0.7 < np.mean(found) < 0.9


def test_differences_without_spread():
    """None of 8 families allows for 37% of all, which is 1 - 0.025 ** (1/8)."""
    none = clustered_difference(sample(np.zeros(8), names(8)))
    assert none.p == 1 and (none.low, none.high) == pytest.approx((-0.3694, 0.3694), abs=1e-4)
    every = clustered_difference(sample(np.ones(8), names(8)))
    assert every.p == 2 / 2**8 and (every.low, every.high) == pytest.approx((0.6306, 1), abs=1e-4)
    some = clustered_difference(sample(np.full(8, 0.25), names(8)))
    assert some.p > 0.05 and some.low < 0
    few = clustered_difference(sample(np.ones(4), names(4)))  # four of one sign happen once in eight
    assert few.p == 1 / 8 and few.low == 0
    assert clustered_difference(sample([1, 0], ["one"] * 2)) is None


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


def test_the_sign_flip_test_is_mcnemars_for_single_replies_and_all_signs_for_several():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 2, (2, 60))
    assert sign_flip_exact(first - second) == pytest.approx(mcnemar_exact(first, second), rel=1e-9)
    some = np.array([0.2, -0.4, 0.6, 0.2, 0.8, 1 / 3])
    sums = [abs(np.dot(signs, some)) for signs in itertools.product((-1, 1), repeat=len(some))]
    assert sign_flip_exact(some) == pytest.approx(np.mean(np.array(sums) >= abs(some.sum()) - 1e-9))
    assert sign_flip_exact([0.0, 0.0]) == 1.0
    with pytest.raises(ValueError, match="no multiples"):
        sign_flip_exact([np.pi / 10, 0.5])
