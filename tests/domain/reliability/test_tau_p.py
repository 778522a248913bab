"""The p of no association of two orders."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau

from raters.domain.reliability.concordance import p_of_tau_b


def test_a_thousand_random_pairs_with_ties_agree_with_scipy():
    rng, compared = np.random.default_rng(91), 0
    while compared < 1_000:
        n = int(rng.integers(3, 40))
        x, y = rng.integers(0, int(rng.integers(2, 12)), (2, n)).astype(float)
        if np.ptp(x) and np.ptp(y):
            assert p_of_tau_b(x, y) == pytest.approx(kendalltau(x, y, method="asymptotic").pvalue, abs=1e-12)
            compared += 1


def test_items_that_one_of_them_did_not_rate_do_not_count():
    x, y = np.array([1.0, 2, 3, np.nan, 5]), np.array([2.0, 1, 4, 9, np.nan])
    assert p_of_tau_b(x, y) == pytest.approx(p_of_tau_b(x[:3], y[:3]))


def test_two_items_and_a_rater_who_told_none_apart_have_no_p():
    assert p_of_tau_b(np.array([1.0, 2.0]), np.array([2.0, 1.0])) is None
    assert p_of_tau_b(np.array([1.0, 2.0, 3.0]), np.ones(3)) is None
