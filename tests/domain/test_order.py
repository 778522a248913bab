"""Rank ranges and tie bands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.domain.aggregation import macro_average
from leaderboard.domain.moments import task_moments
from leaderboard.domain.order import items_to_separate, ranges_of, tie_bands
from leaderboard.domain.significance import significance_matrix

SEEDS = st.integers(0, 2**32 - 1)


def estimated(scores):
    """values, covariance and df of systems (S, n) on the same items."""
    n = scores.shape[1]
    means = scores.mean(axis=1)
    apart = scores - means[:, None]
    return means, apart @ apart.T / (n * (n - 1)), n - 1


def rank_ranges(values, covariance, df, *, seed, score_range=1.0):
    return ranges_of(significance_matrix(values, covariance, df, seed=seed, score_range=score_range))


def random_board(seed, size=6, n=30, spread=1.0):
    rng = np.random.default_rng(seed)
    ability, difficulty = np.linspace(0, spread, size), rng.normal(size=n)
    return estimated((ability[:, None] + difficulty + rng.normal(size=(size, n)) > 0).astype(float))


def test_clear_gaps_are_ranks_and_close_values_share_a_range():
    # SE of each difference 0.01 · √2: .90 leads by 28 of them, .50 and .49 lie 0.7 apart, .10 trails by 28
    ranges = rank_ranges(np.array([0.49, 0.90, 0.10, 0.50]), np.eye(4) * 1e-4, 200, seed=1)
    assert ranges.low.tolist() == [2, 1, 4, 2]
    assert ranges.high.tolist() == [3, 1, 4, 3]
    assert ranges.band.tolist() == [2, 1, 3, 2]
    assert (ranges.method, ranges.n_comparisons) == ("max-t", 6)


@pytest.mark.parametrize(("statistic", "separated"), [(2.2621, False), (2.2622, True)])
def test_two_systems_are_an_exact_t_test(statistic, separated):
    # t(9) leaves 5 % outside 2.262157; both variances (0.2 / t)² / 2
    variance = (0.2 / statistic) ** 2 / 2
    values, covariance = np.array([0.6, 0.4]), np.eye(2) * variance
    ranges = rank_ranges(values, covariance, 9, seed=1)
    assert ranges.method == "student-t"
    assert ranges.critical_value == pytest.approx(2.262157, abs=1e-6)
    assert ranges.high.tolist() == ([1, 2] if separated else [2, 2])
    matrix = significance_matrix(values, covariance, 9, seed=1)
    assert matrix.p_max_t[0, 1] == matrix.p_holm[0, 1] == matrix.p[0, 1] == pytest.approx(0.05, abs=1e-5)


def test_the_critical_value_of_like_systems_is_tukeys():
    # ten independent means of equal, known variance: studentised range 4.474 at 5 %, over √2 = 3.164;
    # the quantile of 4 000 draws is known to about 0.03
    ranges = rank_ranges(np.linspace(0, 1, 10), np.eye(10) * 1e-4, np.inf, seed=2)
    assert ranges.critical_value == pytest.approx(3.164, abs=0.1)


def test_identical_answers_are_tied():
    row = (np.random.default_rng(3).random(200) < 0.6).astype(float)
    values, covariance, df = estimated(np.array([row, row, 1 - row, row]))
    matrix = significance_matrix(values, covariance, df, seed=1)
    assert matrix.standard_error[0, 1] == matrix.statistic[0, 1] == 0
    assert matrix.p_max_t[0, 1] == matrix.p_holm[0, 1] == 1
    ranges = ranges_of(matrix)
    assert ranges.low.tolist() == [1, 1, 4, 1]
    assert ranges.high.tolist() == [3, 3, 4, 3]


@pytest.mark.parametrize(("n", "p", "high"), [(2, 0.5, 2), (5, 1 / 16, 2), (10, 1 / 512, 1)])
def test_a_difference_that_never_varies_needs_enough_items(n, p, high):
    # one system right on all n items, the other on none: p = 2 · (1 + 1)^-n, the sign test
    values, covariance, df = estimated(np.array([np.ones(n), np.zeros(n)]))
    matrix = significance_matrix(values, covariance, df, seed=1)
    assert matrix.p_max_t[0, 1] == pytest.approx(p)
    assert ranges_of(matrix).high.tolist() == [high, 2]


def test_copies_of_a_system_do_not_raise_the_bar():
    # five copies against another: fifteen pairs, but only one difference can vary, so the bar is 1.96;
    # the quantile of 4 000 draws is known to about 0.03
    copies = np.repeat(np.random.default_rng(9).random((1, 200)), 5, axis=0)
    values, covariance, _ = estimated(np.vstack([copies, np.random.default_rng(10).random((1, 200))]))
    ranges = rank_ranges(values, covariance, 1e6, seed=1)
    assert ranges.n_comparisons == 15
    assert ranges.critical_value == pytest.approx(1.96, abs=0.1)


def test_scores_without_bounds_are_never_ordered_by_a_zero_error():
    values, covariance, df = estimated(np.array([np.full(50, 9.0), np.full(50, 2.0)]))
    ranges = rank_ranges(values, covariance, df, seed=1, score_range=None)
    assert ranges.low.tolist() == [1, 1]
    assert ranges.band.tolist() == [1, 1]


def test_a_system_of_unknown_variance_is_separated_from_nobody():
    values, covariance = np.array([0.9, 0.1, 0.5]), np.eye(3) * 1e-6
    covariance[1], covariance[:, 1] = np.nan, np.nan
    matrix = significance_matrix(values, covariance, 100, seed=1)
    ranges = ranges_of(matrix)
    assert np.isnan(matrix.p_max_t[0, 1])
    assert (matrix.n_comparisons, matrix.method) == (1, "student-t")
    assert ranges.low.tolist() == [1, 1, 2]
    assert ranges.high.tolist() == [2, 3, 3]


def test_without_any_variance_every_rank_is_open():
    ranges = rank_ranges(np.array([0.9, 0.1, 0.5]), np.full((3, 3), np.nan), 0, seed=1)
    assert ranges.low.tolist() == [1, 1, 1]
    assert ranges.high.tolist() == [3, 3, 3]
    assert ranges.band.tolist() == [1, 1, 1]
    assert (ranges.method, ranges.critical_value, ranges.n_comparisons) == ("not estimable", np.inf, 0)


@pytest.mark.parametrize("size", [0, 1])
def test_a_board_of_none_or_one_has_nothing_to_compare(size):
    ranges = rank_ranges(np.full(size, 0.5), np.eye(size), 9, seed=1)
    assert ranges.low.tolist() == ranges.high.tolist() == ranges.band.tolist() == [1] * size
    assert ranges.n_comparisons == 0


def test_a_band_runs_down_to_the_first_that_its_best_is_ahead_of():
    # 0 leads 2 but not 1 or 3; 2 leads nobody: 3, not separated from 0, still stands below 2
    ahead = np.zeros((4, 4), dtype=bool)
    ahead[0, 2] = True
    assert tie_bands(np.array([0, 1, 2, 3]), ahead).tolist() == [1, 1, 2, 2]


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.floats(0.0, 3.0))
def test_a_range_holds_the_place_in_the_sorted_list(seed, spread):
    values, covariance, df = random_board(seed, spread=spread)
    ranges = rank_ranges(values, covariance, df, seed=1)
    place = 1 + (values[None, :] > values[:, None]).sum(axis=1)
    assert (ranges.low <= ranges.high).all()
    assert (ranges.low <= place).all()
    assert (place <= ranges.high).all()


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_pairs_are_separated_exactly_above_the_critical_value(seed):
    matrix = significance_matrix(*random_board(seed, spread=2.0), seed=1)
    above = (matrix.statistic > ranges_of(matrix).critical_value) & (matrix.standard_error > 0)
    np.testing.assert_array_equal(above, (matrix.p_max_t <= 0.05) & (matrix.standard_error > 0))


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_nobody_in_a_band_is_separated_from_its_best_and_the_next_band_starts_below_it(seed):
    matrix = significance_matrix(*random_board(seed, size=8, n=60, spread=3.0), seed=1)
    band = ranges_of(matrix).band
    assert sorted(set(band.tolist())) == list(range(1, band.max() + 1))
    best = {b: next(s for s in matrix.order if band[s] == b) for b in set(band.tolist())}
    for b, leader in best.items():
        assert (matrix.p_max_t[leader, band == b] > 0.05).all()
        if b > 1:
            assert matrix.p_max_t[best[b - 1], leader] <= 0.05


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(-8, 8).map(lambda k: k / 4))
def test_adding_a_constant_to_all_values_changes_no_rank(seed, constant):
    values, covariance, df = random_board(seed)
    plain = rank_ranges(values, covariance, df, seed=1)
    moved = rank_ranges(values + constant, covariance, df, seed=1)
    np.testing.assert_array_equal(plain.low, moved.low)
    np.testing.assert_array_equal(plain.high, moved.high)
    np.testing.assert_array_equal(plain.band, moved.band)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.permutations(range(6)))
def test_the_order_in_which_systems_come_changes_no_rank(seed, order):
    values, covariance, df = random_board(seed)
    at = np.array(order)
    plain = rank_ranges(values, covariance, df, seed=1)
    moved = rank_ranges(values[at], covariance[np.ix_(at, at)], df, seed=1)
    np.testing.assert_array_equal(plain.low[at], moved.low)
    np.testing.assert_array_equal(plain.high[at], moved.high)
    np.testing.assert_array_equal(plain.band[at], moved.band)
    assert plain.critical_value == pytest.approx(moved.critical_value)


def test_the_same_seed_gives_the_same_board_and_another_nearly_so():
    board = random_board(5)
    one, same, other = (rank_ranges(*board, seed=seed).critical_value for seed in (1, 1, 2))
    assert one == same
    assert one != other
    assert one == pytest.approx(other, rel=0.05)


@pytest.mark.parametrize(("size", "n"), [(8, 40), (20, 12)])
def test_boards_of_equal_systems_seldom_show_a_false_order(size, n):
    # 300 boards without any true difference, at most 5 % with one separated pair; 3 Monte-Carlo errors
    # of √(0.05 · 0.95 / 300) = 1.3 % on top. More systems than items in the second.
    rng = np.random.default_rng(6)
    wrong = 0
    for board in range(300):
        values, covariance, df = estimated(rng.normal(size=n) + rng.normal(size=(size, n)))
        ranges = rank_ranges(values, covariance, df, seed=board)
        wrong += bool((ranges.low > 1).any())
    assert 3 <= wrong <= 300 * (0.05 + 0.038)


def test_rank_ranges_hold_all_true_ranks_together():
    # abilities in three steps over three unequal tasks: true ranks 1-2, 3-4, 5-6; 200 boards, 5 % + 3 · 1.5 %
    rng = np.random.default_rng(7)
    ability = np.array([0.6, 0.6, 0.45, 0.45, 0.2, 0.2])
    best, worst = np.array([1, 1, 3, 3, 5, 5]), np.array([2, 2, 4, 4, 6, 6])
    missed, separated = 0, 0
    for seed in range(200):
        tasks = []
        for n in (15, 30, 60):
            scores = np.clip(
                ability[:, None] + rng.uniform(-0.2, 0.2, n) + rng.uniform(-0.2, 0.2, (6, n)), 0, 1
            )
            means = scores.mean(axis=1)
            tasks.append(task_moments(range(6), means.tolist(), scores - means[:, None]))
        board = macro_average(tasks)
        ranges = rank_ranges(board.values, board.covariance, board.pair_df, seed=seed)
        # a range must not promise a rank better than the worst of the true tie, nor the reverse
        missed += bool((ranges.low > best).any() or (ranges.high < worst).any())
        separated += int((ranges.high < 6).sum())
    assert missed / 200 <= 0.05 + 0.046
    assert separated > 200 * 3


def test_items_to_separate_follow_from_difference_and_variance():
    # 0.25 · ((1.959964 + 0.841621) / 0.05)² = 784.9 items; 500 are there
    assert items_to_separate(0.05, 0.25, 500) == 285
    assert items_to_separate(-0.05, 0.25, 500) == 285
    assert items_to_separate(0.05, 0.25, 5_000) == 0
    # with the critical value of a large board, 3.5: 0.25 · (4.341621 / 0.05)² = 1885.0
    assert items_to_separate(0.05, 0.25, critical_value=3.5) == 1885


def test_no_number_of_items_separates_equal_systems():
    assert items_to_separate(0.0, 0.25, 500) is None
    assert items_to_separate(0.05, 0.0, 2) is None


def test_a_plan_without_a_usable_variance_or_power_is_refused():
    with pytest.raises(ValueError, match="finite"):
        items_to_separate(0.05, float("nan"))
    with pytest.raises(ValueError, match="finite"):
        items_to_separate(0.05, -1.0)
    with pytest.raises(ValueError, match="power"):
        items_to_separate(0.05, 0.25, power=1.0)


def test_a_range_of_scores_must_be_positive():
    values, covariance, df = estimated(np.array([np.ones(4), np.zeros(4)]))
    with pytest.raises(ValueError, match="range of scores"):
        rank_ranges(values, covariance, df, seed=1, score_range=0.0)
