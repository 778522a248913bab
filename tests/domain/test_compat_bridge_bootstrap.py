"""The thousand resamples behind the figures that BRIDGE reports."""

from __future__ import annotations

from math import sqrt

import numpy as np
from scipy import stats

from evaluation.domain.metrics.compat_bridge_bootstrap import RESAMPLES, f1, resample, share, with_ones


def test_the_reported_value_is_the_mean_of_a_thousand_resamples_with_its_t_interval() -> None:
    scores = np.random.default_rng(5).random(200)
    values = resample(with_ones(scores), share)
    assert values.shape == (RESAMPLES,)
    # moments of the bootstrap of a mean: the mean itself and sd/√n, to within 5 standard errors
    error = scores.std() / sqrt(200)
    assert abs(values.mean() - scores.mean()) < 5 * error / sqrt(RESAMPLES)
    assert abs(values.std() / error - 1) < 5 / sqrt(2 * RESAMPLES)


def test_resampling_record_counts_is_resampling_items() -> None:
    # item by item, as published, with another stream of random numbers: the same distribution
    generator = np.random.default_rng(11)
    table = generator.integers(0, 3, (60, 3)).astype(float)
    one_by_one = np.array(
        [f1(table[generator.integers(0, 60, 60)].sum(axis=0)[None])[0] for _ in range(1000)]
    )
    values = resample(table, f1)
    assert stats.ks_2samp(values, one_by_one).pvalue > 0.001
