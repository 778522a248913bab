"""Where raters differ, intervals that know of items only miss too often; two-way intervals do not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import ndtr

from raters.domain.agreement import AgreementState, Scale
from raters.domain.agreement.coefficients import alpha
from raters.domain.agreement.jackknife import interval, pattern_deletions

SCALE = Scale("ordinal", (1, 2, 3, 4, 5))
CUTS = np.array([-1.2, -0.4, 0.4, 1.2])
BIAS, NOISE = 0.5, 0.6  # standard deviations of a rater's leaning and of a single rating; of items: 1
ROUNDS = 1000


def simulated(rng, n_items, n_raters, missing, bias):
    latent = rng.normal(size=(n_items, 1)) + bias * rng.normal(size=(1, n_raters))
    categories = np.searchsorted(CUTS, latent + NOISE * rng.normal(size=(n_items, n_raters)))
    items, raters = np.nonzero(rng.random((n_items, n_raters)) >= missing)
    return AgreementState.from_ratings(items, raters, categories[items, raters], 5)


def true_alpha(bias):
    """Ordinal alpha of all items and all raters there could be.

    Two raters of an item are independent given the item: the chance of a pair of categories is the mean over
    items of P_c P_k, P_c that a rater drawn at random gives c.
    """
    nodes, weights = hermegauss(120)
    edges = np.concatenate([[-np.inf], CUTS, [np.inf]])
    chances = np.diff(ndtr((edges - nodes[:, None]) / np.hypot(bias, NOISE)), axis=1)
    pairs = (chances * (weights / weights.sum())[:, None]).T @ chances
    marginal = pairs.sum(axis=1)
    middle = np.cumsum(marginal) - marginal / 2
    squares = (middle[:, None] - middle) ** 2
    return 1 - (pairs * squares).sum() / (marginal @ squares @ marginal)


def coverage(n_items, n_raters, missing=0.0, bias=BIAS, seed=5):
    """Percent of rounds whose interval holds the true alpha, by item and two-way."""
    rng, truth, coefficient = np.random.default_rng(seed), true_alpha(bias), alpha(SCALE)
    hits = np.zeros(2)
    for _ in range(ROUNDS):
        sums = pattern_deletions(simulated(rng, n_items, n_raters, missing, bias).table(), coefficient)
        for place, method in enumerate(("item", "two-way")):
            found = interval(sums, method)
            hits[place] += found.low is not None and found.low <= truth <= found.high
    return 100 * hits / ROUNDS


@pytest.mark.parametrize(
    ("n_items", "n_raters", "missing"), [(50, 5, 0.0), (200, 5, 0.0), (100, 20, 0.0), (100, 20, 0.7)]
)
def test_two_way_intervals_hold_their_level_where_item_intervals_do_not(n_items, n_raters, missing):
    by_item, two_way = coverage(n_items, n_raters, missing)
    assert by_item < 90
    assert 93 <= two_way <= 98


def test_both_hold_it_where_raters_are_alike_and_two_way_is_the_wider():
    by_item, two_way = coverage(100, 20, bias=0.0)
    assert 92 <= by_item <= 98
    assert two_way >= by_item
