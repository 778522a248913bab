"""The probabilities a plan logs are the frequencies of many draws, and weighting by them is unbiased."""

from collections import Counter

import numpy as np
import pytest

from raters.domain.assignment import Design, Item, Rater, plan_study


def people(number, **facts):
    return [Rater(id=f"r{n}", **facts) for n in range(number)]


def cases(number, **facts):
    return [Item(id=f"i{n}", **facts) for n in range(number)]


def systems(number):
    return [f"s{n}" for n in range(number)]


def test_another_seed_gives_other_people_other_items_in_an_equally_good_plan():
    plans = [plan_study(Design(seed=seed), people(6), cases(40), systems(3)) for seed in (0, 1)]
    assert plans[0].assignments != plans[1].assignments
    assert plans[0].diagnostics.concurrence_range == plans[1].diagnostics.concurrence_range


def test_probabilities_are_the_frequencies_over_many_draws():
    """Six raters, one a cardiologist; ten items, two of cardiology: 3,000 seeds against the logged numbers.

    An item of cardiology has one rater only, so it goes to her for sure; the 8 others need 8 + 2 = 10
    slots (a quarter of 10 is 2 in the overlap), level over six raters of whom one already has two.
    """
    raters = [*people(5), Rater(id="r5", specialties=frozenset({"cardiology"}))]
    items = [*cases(8), *(Item(id=f"i{n}", specialty="cardiology") for n in (8, 9))]
    found, draws = Counter(), 3_000
    double = Counter()
    logged = {}
    for seed in range(draws):
        plan = plan_study(Design(seed=seed), raters, items, systems(2))
        for a in plan.assignments:
            found[a.rater, a.item] += 1
            assert logged.setdefault((a.rater, a.item), a.probability) == a.probability
        double.update({a.item for a in plan.assignments if a.overlap})
    assert logged["r5", "i8"] == 1.0
    for pair, probability in logged.items():
        error = np.sqrt(probability * (1 - probability) / draws)
        assert abs(found[pair] / draws - probability) <= 4.5 * error + 1e-12
    for item, probability in plan.overlap_probability.items():
        assert abs(double[item] / draws - probability) <= 4.5 * np.sqrt(0.25 / draws)
    # probabilities of an item add up to its expected number of raters: 8 items share 10 slots
    assert sum(p for (_, item), p in logged.items() if item == "i0") == pytest.approx(10 / 8)


def test_inverse_weighting_by_the_logged_probability_is_unbiased():
    """Horvitz-Thompson total of x = (rater number + 1) · (item number + 1) over all 5 · 8 rater-item pairs.

    sum = (1 + … + 5)(1 + … + 8) = 15 · 36 = 540.
    """
    totals = []
    for seed in range(2_000):
        plan = plan_study(Design(seed=seed), people(5), cases(8), systems(2))
        totals.append(
            sum((int(a.rater[1:]) + 1) * (int(a.item[1:]) + 1) / a.probability for a in plan.assignments)
        )
    assert abs(np.mean(totals) - 540) <= 4 * np.std(totals) / np.sqrt(2_000)


def test_every_system_stands_at_every_position_with_the_logged_probability():
    """Three systems, first item of a rater: each opens with probability 1/3."""
    first = Counter()
    for seed in range(1_500):
        plan = plan_study(Design(seed=seed), people(4), cases(4), systems(3))
        a = plan.assignments[0]
        assert a.position_probability == 1 / 3
        first[a.systems[0]] += 1
    assert all(abs(first[s] / 1_500 - 1 / 3) <= 4.5 * np.sqrt(2 / 9 / 1_500) for s in systems(3))
