"""Where raters differ, intervals that know of items only miss too often; two-way intervals do not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import ndtr

from raters.domain.agreement import AgreementState, Scale, agreement_weights
from raters.domain.agreement.coefficients import alpha, pattern_coefficient
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


def pairs_of_categories(bias):
    """(5, 5) chances that two raters, drawn at random like the item, give it these categories.

    Two raters of an item are independent given the item: the chance of a pair of categories is the mean over
    items of P_c P_k, P_c that a rater drawn at random gives c.
    """
    nodes, weights = hermegauss(120)
    edges = np.concatenate([[-np.inf], CUTS, [np.inf]])
    chances = np.diff(ndtr((edges - nodes[:, None]) / np.hypot(bias, NOISE)), axis=1)
    return (chances * (weights / weights.sum())[:, None]).T @ chances


def true_alpha(bias):
    """Ordinal alpha of all items and all raters there could be."""
    pairs = pairs_of_categories(bias)
    marginal = pairs.sum(axis=1)
    middle = np.cumsum(marginal) - marginal / 2
    squares = (middle[:, None] - middle) ** 2
    return 1 - (pairs * squares).sum() / (marginal @ squares @ marginal)


def true_ac2(bias):
    """AC2 with ordinal weights of all items and all raters there could be."""
    pairs, weights = pairs_of_categories(bias), agreement_weights(SCALE, None)
    share = pairs.sum(axis=1)
    chance = weights.sum() / 20 * (share * (1 - share)).sum()  # V (V - 1) = 20
    return ((pairs * weights).sum() - chance) / (1 - chance)


def coverage(n_items, n_raters, missing=0.0, bias=BIAS, seed=5, of=None):
    """Percent of rounds whose interval holds the true value, by item and two-way; of alpha unless told."""
    true_value, coefficient = of or (true_alpha, alpha(SCALE))
    rng, truth = np.random.default_rng(seed), true_value(bias)
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
def test_two_way_intervals_hold_their_level_where_item_intervals_do_not(
    n_items, n_raters, missing, record_figure
):
    by_item, two_way = coverage(n_items, n_raters, missing)
    case = f"{n_items} items × {n_raters} raters, {100 * missing:.0f} % missing"
    held = 93 <= two_way <= 98 and by_item < 90
    target = f"93 to 98 %; by items alone {by_item:.1f} %, below 90 %"
    record_figure(f"two-way interval of alpha, {case}", f"{two_way:.1f} %", target, held)
    assert by_item < 90
    assert 93 <= two_way <= 98


def test_both_hold_it_where_raters_are_alike_and_two_way_is_the_wider():
    by_item, two_way = coverage(100, 20, bias=0.0)
    assert 92 <= by_item <= 98
    assert two_way >= by_item


def test_ac2_of_few_raters_who_differ_much_is_missed_more_often_and_still_less_than_by_item():
    # as the methods note says: 87 % with five raters, 92 % with twenty. Standard error 1 point
    ac2 = true_ac2, pattern_coefficient("gwet_ac2", SCALE, None)
    by_item, two_way = coverage(200, 5, of=ac2)
    assert by_item < 60
    assert 85 <= two_way <= 92
    assert 90 <= coverage(200, 20, of=ac2)[1] <= 98
