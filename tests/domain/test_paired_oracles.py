"""Intervals and paired tests beside SciPy and statsmodels: a thousand random data sets each."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import cochrans_q

from evaluation.domain.intervals import from_mean, from_sums, wilson
from evaluation.domain.metrics.sets import micro_f1
from evaluation.domain.paired import obuchowski, sign_flip_tests


def clustered_answers(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right and wrong answers of two systems (n,), and at least two clusters of items."""
    n = int(rng.integers(4, 40))
    clusters = np.append([0, 1], rng.integers(0, rng.integers(2, 12), n - 2))
    first, second = (rng.random((2, n)) < rng.uniform(0.2, 0.8, (2, 1))).astype(float)
    return first, second, clusters


def clustered_error(scores: np.ndarray, clusters: np.ndarray) -> float:
    """Standard error of the mean by statsmodels, with G / (G - 1)."""
    groups = len(np.unique(clusters))
    kwds = {"groups": clusters, "use_correction": False}
    found = sm.OLS(scores, np.ones(len(scores))).fit(cov_type="cluster", cov_kwds=kwds)
    return float(found.bse[0]) * np.sqrt(groups / (groups - 1))


def test_wilson_is_scipys_on_1000_counts() -> None:
    rng = np.random.default_rng(61)
    for _ in range(1000):
        n = int(rng.integers(1, 2000))
        won = int(rng.integers(0, n + 1))
        reference = stats.binomtest(won, n).proportion_ci(0.95, method="wilson")
        assert wilson(won, n) == pytest.approx((reference.low, reference.high), abs=1e-12)


def test_the_interval_of_a_mean_is_scipys_or_with_clusters_statsmodels_on_1000_samples() -> None:
    rng = np.random.default_rng(62)
    for _ in range(1000):
        groups, each = int(rng.integers(2, 12)), int(rng.integers(2, 5))
        clusters = np.repeat(np.arange(groups), each)  # alike in size: the jackknife is then linear
        scores = rng.uniform(0.2, 0.8, groups * each) + rng.normal(0, 0.05, groups)[clusters]
        unread = np.zeros(len(scores), dtype=np.bool_)
        plain = from_mean("composite", scores, unread)
        reference = stats.t.interval(0.95, len(scores) - 1, loc=scores.mean(), scale=stats.sem(scores))
        assert (plain.low, plain.high) == pytest.approx(np.clip(reference, 0, 1))
        found = from_mean("composite", scores, unread, clusters=clusters)
        half = stats.t.ppf(0.975, groups - 1) * clustered_error(scores, clusters)
        reference = scores.mean() - half, scores.mean() + half
        assert (found.low, found.high) == pytest.approx(np.clip(reference, 0, 1), abs=1e-9)


def test_the_interval_of_f1_is_that_of_deleting_every_item_on_1000_tables() -> None:
    rng = np.random.default_rng(63)
    for _ in range(1000):
        table = rng.integers(0, 4, (int(rng.integers(5, 25)), 3)).astype(float)
        table[:, 0] += 1  # every item bears on F1
        n = len(table)
        found = from_sums("f1", table, np.zeros(n, dtype=np.bool_), micro_f1, np.zeros(n))
        without = np.array([np.delete(table, i, axis=0).sum(axis=0) for i in range(n)])
        deleted = 2 * without[:, 0] / (2 * without[:, 0] + without[:, 1] + without[:, 2])
        half = stats.t.ppf(0.975, n - 1) * np.sqrt((n - 1) * deleted.var())
        reference = found.value - half, found.value + half
        assert (found.low, found.high) == pytest.approx(np.clip(reference, 0, 1), abs=1e-12)


def test_exact_permutation_p_are_scipys_on_1000_pairs() -> None:
    rng = np.random.default_rng(64)
    for _ in range(1000):
        scores = rng.integers(0, 4, (int(rng.integers(2, 8)), 2)).astype(float)
        theirs = stats.permutation_test(
            tuple(scores.T),
            lambda x, y, axis: np.sum(x - y, axis=axis),
            permutation_type="samples", vectorized=True, n_resamples=np.inf,
        ).pvalue  # fmt: skip
        assert sign_flip_tests(scores, seed=0).p[0, 1] == pytest.approx(theirs, abs=1e-12)


def test_obuchowski_is_scipys_t_of_the_clusters_and_its_interval_statsmodels_on_1000_pairs() -> None:
    rng = np.random.default_rng(65)
    for _ in range(1000):
        first, second, clusters = clustered_answers(rng)
        found = obuchowski(first, second, clusters)
        gaps = np.bincount(clusters, weights=first - second)[np.unique(clusters)]
        groups = len(gaps)
        if np.ptp(gaps) == 0:
            continue
        # with Q = (Σd)² / Σd² both are functions of Q: t² = (K - 1) Q / (K - Q), χ² = (K - 1) Q / K
        square = float(stats.ttest_1samp(gaps, 0).statistic) ** 2
        assert found.statistic == pytest.approx((groups - 1) * square / (groups - 1 + square), abs=1e-9)
        assert found.p == pytest.approx(stats.chi2.sf(found.statistic, 1), abs=1e-12)
        half = stats.t.ppf(0.975, groups - 1) * clustered_error(first - second, clusters)
        if found.low is not None:
            reference = np.clip([found.difference - half, found.difference + half], -1, 1)
            assert (found.low, found.high) == pytest.approx(reference, abs=1e-9)


def test_items_on_their_own_have_cochrans_q_but_for_k_minus_1_on_1000_pairs() -> None:
    rng = np.random.default_rng(66)
    for _ in range(1000):
        first, second, _ = clustered_answers(rng)
        n = len(first)
        if (first == second).all():
            continue
        theirs = cochrans_q(np.stack([first, second], axis=1)).statistic
        assert obuchowski(first, second, np.arange(n)).statistic == pytest.approx(theirs * (n - 1) / n)
