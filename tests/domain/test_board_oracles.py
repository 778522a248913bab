"""Averages of a board and its tests of all pairs beside SciPy and pingouin: a thousand boards each."""

from __future__ import annotations

import numpy as np
import pingouin
import pytest
from scipy import stats

from leaderboard.domain.aggregation import macro_average
from leaderboard.domain.moments import task_moments
from leaderboard.domain.significance import significance_matrix


def moments_of(scores):
    """Of one task: the mean of each system's scores (S, n), whose influence are the deviations."""
    means = scores.mean(axis=1)
    return task_moments(list(range(len(scores))), means.tolist(), scores - means[:, None])


def test_one_tasks_interval_is_scipys_t_interval_on_1000_boards():
    rng = np.random.default_rng(71)
    for _ in range(1000):
        scores = rng.normal(size=(int(rng.integers(1, 5)), int(rng.integers(3, 30))))
        board = macro_average([moments_of(scores)], bounded=False)
        n = scores.shape[1]
        low, high = stats.t.interval(0.95, n - 1, loc=scores.mean(axis=1), scale=stats.sem(scores, axis=1))
        assert board.low == pytest.approx(low, abs=1e-12)
        assert board.high == pytest.approx(high, abs=1e-12)


def test_the_mean_of_two_tasks_has_welchs_interval_by_scipy_on_1000_boards():
    # a weighted mean of two tasks, w a + (1 - w) b, is the difference of w a and (w - 1) b
    rng = np.random.default_rng(72)
    for _ in range(1000):
        size, share = int(rng.integers(1, 5)), rng.uniform(0.1, 0.9)
        a, b = (rng.normal(0, rng.uniform(0.3, 3), (size, int(rng.integers(3, 30)))) for _ in range(2))
        board = macro_average([moments_of(a), moments_of(b)], [share, 1 - share], bounded=False)
        welch = stats.ttest_ind(share * a, (share - 1) * b, axis=1, equal_var=False)
        theirs = welch.confidence_interval(0.95)
        assert board.values == pytest.approx(share * a.mean(axis=1) + (1 - share) * b.mean(axis=1))
        assert board.df == pytest.approx(welch.df)
        assert board.low == pytest.approx(theirs.low, abs=1e-9)
        assert board.high == pytest.approx(theirs.high, abs=1e-9)
        covariance = share**2 * np.cov(a) / a.shape[1] + (1 - share) ** 2 * np.cov(b) / b.shape[1]
        assert board.covariance == pytest.approx(np.atleast_2d(covariance))


def test_p_of_all_pairs_are_scipys_paired_t_and_holms_by_pingouin_on_1000_boards():
    rng = np.random.default_rng(73)
    for _ in range(1000):
        size, n = int(rng.integers(2, 6)), int(rng.integers(4, 30))
        scores = rng.normal(size=(size, n)) + rng.normal(size=n) + 0.3 * np.arange(size)[:, None]
        found = significance_matrix(scores.mean(axis=1), np.cov(scores) / n, n - 1, seed=0, draws=50)
        one, other = np.triu_indices(size, 1)
        theirs = stats.ttest_rel(scores[one], scores[other], axis=1)
        holm = pingouin.multicomp(theirs.pvalue, method="holm")[1]
        assert found.statistic[one, other] == pytest.approx(np.abs(theirs.statistic))
        assert found.p[one, other] == pytest.approx(theirs.pvalue, abs=1e-10)
        assert found.p_holm[one, other] == pytest.approx(holm, abs=1e-9)
