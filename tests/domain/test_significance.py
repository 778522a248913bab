"""Every pair of systems, judged together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.domain.aggregation import macro_average
from leaderboard.domain.moments import task_moments
from leaderboard.domain.significance import significance_matrix

SEEDS = st.integers(0, 2**32 - 1)


def estimated(scores):
    """values, covariance and df of systems (S, n) on the same items."""
    n = scores.shape[1]
    means = scores.mean(axis=1)
    apart = scores - means[:, None]
    return means, apart @ apart.T / (n * (n - 1)), n - 1


def random_board(seed, size=6, n=30, spread=1.0):
    rng = np.random.default_rng(seed)
    ability, difficulty = np.linspace(0, spread, size), rng.normal(size=n)
    return estimated((ability[:, None] + difficulty + rng.normal(size=(size, n)) > 0).astype(float))


def test_a_difference_that_never_varies_counts_as_one_pair_of_all():
    # right on all 8 against right on none: 2 · 2^-8 = 1/128; three pairs on the board
    values, covariance, df = estimated(np.array([np.ones(8), np.zeros(8), np.arange(8) % 2]))
    matrix = significance_matrix(values, covariance, df, seed=1)
    assert matrix.p[0, 1] == pytest.approx(1 / 128)
    assert matrix.p_max_t[0, 1] == matrix.p_holm[0, 1] == pytest.approx(3 / 128)


def test_over_several_tasks_the_smallest_decides_on_a_difference_that_never_varies():
    # all right against all wrong on 4 and on 50 items: 2 · 2^-4
    tasks = []
    for n in (50, 4):
        tasks.append(task_moments([1, 2], [1.0, 0.0], np.zeros((2, n))))
    board = macro_average(tasks)
    matrix = significance_matrix(board.values, board.covariance, board.pair_df, seed=1)
    assert matrix.p_max_t[0, 1] == pytest.approx(1 / 8)


def test_a_small_constant_lead_needs_more_items_than_a_large_one():
    # +0.01 on each of 200 items: 2 · 1.01^-200 = 0.273; one item in 101 that loses all would cancel it
    rng = np.random.default_rng(4)
    base = rng.random(200) * 0.9
    values, covariance, df = estimated(np.array([base + 0.01, base]))
    matrix = significance_matrix(values, covariance, df, seed=1)
    assert matrix.standard_error[0, 1] == 0
    assert matrix.p[0, 1] == pytest.approx(0.2734, abs=1e-3)


def test_each_pair_is_judged_with_its_own_degrees_of_freedom():
    # the same statistic, 2.5, for every pair; one pair rests on three items
    values, covariance = np.array([0.0, 1.0, 2.0]), np.diag([0.08, 0.08, 0.08])
    df = np.full((3, 3), 100.0)
    df[0, 1] = df[1, 0] = 2
    matrix = significance_matrix(values, covariance, df, seed=1)
    assert matrix.statistic[0, 1] == pytest.approx(matrix.statistic[1, 2]) == pytest.approx(2.5)
    assert matrix.p[0, 1] == pytest.approx(0.1296, abs=1e-4)  # t(2): 1 - 2.5 / √(2 + 2.5²)
    assert matrix.p[1, 2] == pytest.approx(0.0140, abs=1e-4)
    assert matrix.p_max_t[0, 1] > matrix.p_max_t[1, 2]


def holm_by_its_definition(raw):
    adjusted, running = np.empty(len(raw)), 0.0
    for step, place in enumerate(np.argsort(raw)):
        running = max(running, (len(raw) - step) * raw[place])
        adjusted[place] = min(running, 1.0)
    return adjusted


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_adjusted_p_values_lie_between_the_raw_and_bonferronis(seed):
    matrix = significance_matrix(*random_board(seed), seed=1)
    pairs = np.triu_indices(6, 1)
    raw, max_t, holm = matrix.p[pairs], matrix.p_max_t[pairs], matrix.p_holm[pairs]
    np.testing.assert_allclose(holm, holm_by_its_definition(raw), rtol=1e-12)
    assert (max_t >= raw).all()
    # max-T is no larger than Bonferroni but for the error of 4 000 draws, at most 4 · 0.8 %
    assert (max_t <= np.minimum(15 * raw, 1) + 0.035).all()
    assert (np.diff(max_t[np.argsort(raw)]) >= 0).all()
    for table in (matrix.p, matrix.p_max_t, matrix.p_holm):
        np.testing.assert_array_equal(table, table.T)
        assert (np.diag(table) == 1).all()
    np.testing.assert_array_equal(matrix.difference, -matrix.difference.T)


@pytest.mark.parametrize(
    ("values", "covariance", "df", "message"),
    [
        ([0.5, np.nan], np.eye(2), 9, "without a value"),
        ([0.5, 0.4], np.eye(3), 9, "2 × 2 covariance"),
        ([0.5, 0.4], np.eye(2), 0, "degrees of freedom"),
        ([0.5, 0.4, 0.3], np.eye(3) - 0.9 * (1 - np.eye(3)), 1e9, "no covariance"),
    ],
)
def test_a_board_that_cannot_be_is_refused(values, covariance, df, message):
    with pytest.raises(ValueError, match=message):
        significance_matrix(np.array(values), covariance, df, seed=1)
