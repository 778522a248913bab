"""Sample sizes against published figures, simulation and their own definitions. All draws are seeded."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from evaluation.domain.intervals import wilson
from raters.domain.sample_size import (
    RatingCost,
    ac1_variance,
    cohen_variance,
    design_effect,
    half_width_after,
    hours_for_half_width,
    items_for_ac1,
    items_for_cohen_kappa,
    items_for_cohen_kappa_test,
    items_for_icc,
    items_for_kappa_from_agreement,
    items_for_kappa_interval,
    items_for_kappa_test,
    items_for_proportion,
    items_to_exclude,
    raters_for_reliability,
    reliability_of_mean,
    two_by_two,
    units_for_alpha,
    votes_for_difference,
    votes_for_win_rate,
)

REPLICATIONS = 20_000
shares = st.floats(0.05, 0.95)


def simulated(table, items, seed):
    """(replications, V, V) joint counts of two raters."""
    counts = np.random.default_rng(seed).multinomial(items, table.ravel(), REPLICATIONS)
    return counts.reshape(-1, *table.shape)


def cohen(counts):
    p = counts / counts.sum(axis=(1, 2), keepdims=True)
    agreed = np.trace(p, axis1=1, axis2=2)
    chance = (p.sum(axis=1) * p.sum(axis=2)).sum(axis=1)
    return (agreed - chance) / (1 - chance)


def ac1(counts):
    p = counts / counts.sum(axis=(1, 2), keepdims=True)
    shares = (p.sum(axis=1) + p.sum(axis=2)) / 2
    chance = (shares * (1 - shares)).sum(axis=1) / (p.shape[1] - 1)
    return (np.trace(p, axis1=1, axis2=2) - chance) / (1 - chance)


@pytest.mark.parametrize(
    ("agreement", "by_chance", "numbers"),
    [(0.75, 0.40, (51, 89, 201, 801)), (0.80, 0.50, (62, 110, 246, 984))],
)
def test_the_kappa_table_of_the_study_guide_is_reproduced(agreement, by_chance, numbers):
    # 1.96² · .75 · .25 / (.6 · .1)² = 200.08, so 201
    widths = (0.20, 0.15, 0.10, 0.05)
    found = tuple(items_for_kappa_from_agreement(agreement, by_chance, h).number for h in widths)
    assert found == numbers


@pytest.mark.parametrize(("smallest", "number"), [(0.667, 81), (0.800, 139)])
def test_krippendorffs_published_numbers_of_units_are_reproduced(smallest, number):
    # four equal categories, p = .05; for .8: 2 · 1.645² (1.8 · 2.2 / (4 · .2 · .1875) - .8) = 138.5
    assert units_for_alpha(smallest, 0.25).number == number


def test_sixty_against_fifty_percent_needs_194_votes():
    # (1.96 · .5 + .8416 · .4899)² / .1² = 193.8
    assert votes_for_win_rate(0.6).number == 194
    assert votes_for_win_rate(0.6, design_effect=design_effect(11, 0.1)).number == 388


def test_votes_for_a_logit_difference_follow_the_planning_constant():
    # 7.849 · 4 / .5² = 125.6
    assert votes_for_difference(0.5).exact == pytest.approx(7.849 * 16, rel=1e-4)


def test_the_goodness_of_fit_test_of_kappa_has_the_promised_power():
    null, alternative, prevalence = 0.4, 0.7, 0.3
    size = items_for_kappa_test(null, alternative, prevalence)
    outcomes = np.random.default_rng(1).multinomial(
        size.number, _outcomes(alternative, prevalence), REPLICATIONS
    )
    # the test statistic of Donner & Eliasziw: expected counts under the null at the estimated prevalence
    found = (2 * outcomes[:, 0] + outcomes[:, 1]) / (2 * size.number)
    spread = found * (1 - found)
    expected = size.number * np.stack(
        [found**2 + null * spread, 2 * spread * (1 - null), (1 - found) ** 2 + null * spread], axis=1
    )
    statistic = ((outcomes - expected) ** 2 / expected).sum(axis=1)
    power = np.mean(statistic > norm.ppf(0.975) ** 2)
    assert 0.75 < power < 0.88


def _outcomes(kappa, prevalence):
    spread = prevalence * (1 - prevalence)
    return [
        prevalence**2 + kappa * spread,
        2 * spread * (1 - kappa),
        (1 - prevalence) ** 2 + kappa * spread,
    ]


@pytest.mark.parametrize(("kappa", "prevalence"), [(0.4, 0.5), (0.6, 0.3), (0.8, 0.2)])
def test_the_kappa_interval_has_the_promised_width(kappa, prevalence):
    size = items_for_kappa_interval(kappa, prevalence, 0.10)
    table = two_by_two(kappa, prevalence, prevalence)
    found = cohen(simulated(table, size.number, seed=2))
    # Cohen's and the intraclass kappa agree to order 1/n where the raters share a prevalence
    assert 1.96 * found.std() == pytest.approx(0.10, rel=0.05)


@pytest.mark.parametrize(
    "table",
    [
        two_by_two(0.5, 0.3, 0.4),
        np.array([[0.30, 0.05, 0.01], [0.06, 0.25, 0.04], [0.02, 0.07, 0.20]]),
    ],
)
def test_coefficients_spread_as_their_large_sample_variances_say(table):
    n = 400
    counts = simulated(table, n, seed=3)
    assert n * cohen(counts).var() == pytest.approx(cohen_variance(table), rel=0.05)
    assert n * ac1(counts).var() == pytest.approx(ac1_variance(table), rel=0.05)


def test_intervals_of_cohens_kappa_and_ac1_have_the_promised_width():
    table = two_by_two(0.6, 0.10, 0.15)
    for size, coefficient in ((items_for_cohen_kappa(table, 0.1), cohen), (items_for_ac1(table, 0.05), ac1)):
        found = coefficient(simulated(table, size.number, seed=4))
        assert 1.96 * found.std() * size.number**0.5 == pytest.approx(
            size.exact**0.5 * (0.1 if coefficient is cohen else 0.05), rel=0.05
        )


def test_cantors_number_gives_the_promised_power():
    null, alternative, prevalences = 0.3, 0.6, (0.4, 0.3)
    size = items_for_cohen_kappa_test(null, alternative, prevalences)
    spread = sqrt(cohen_variance(two_by_two(null, *prevalences)) / size.number)
    found = cohen(simulated(two_by_two(alternative, *prevalences), size.number, seed=5))
    assert np.mean(np.abs(found - null) / spread > 1.96) == pytest.approx(0.80, abs=0.05)


@pytest.mark.parametrize(("icc", "raters"), [(0.5, 3), (0.7, 2), (0.8, 4)])
def test_bonetts_number_gives_the_promised_width_of_the_icc_interval(icc, raters):
    """The exact F interval of the one-way ICC (Shrout & Fleiss 1979) is on average as wide as asked."""
    from scipy.stats import f

    n = items_for_icc(icc, raters, 0.10).number
    generator = np.random.default_rng(6)
    true = generator.normal(0, sqrt(icc), (2_000, n, 1))
    scores = true + generator.normal(0, sqrt(1 - icc), (2_000, n, raters))
    between = raters * scores.mean(axis=2).var(axis=1, ddof=1)
    within = scores.var(axis=2, ddof=1).mean(axis=1)
    ratio, df = between / within, (n - 1, n * (raters - 1))
    low, high = ratio / f.ppf(0.975, *df), ratio * f.ppf(0.975, *df[::-1])
    width = (high - 1) / (high + raters - 1) - (low - 1) / (low + raters - 1)
    assert width.mean() == pytest.approx(0.20, rel=0.06)


def test_spearman_brown_by_hand():
    # one rater .43, target .80: .8 · .57 / (.43 · .2) = 5.30 raters; six reach 6 · .43 / (1 + 5 · .43) = .819
    size = raters_for_reliability(0.43, 0.80)
    assert size.exact == pytest.approx(5.302, abs=1e-3)
    assert size.number == 6
    assert reliability_of_mean(0.43, 6) == pytest.approx(0.819, abs=1e-3)


@given(single=shares, target=shares)
def test_the_raters_prophesied_reach_the_target_and_one_less_does_not(single, target):
    size = raters_for_reliability(single, target)
    assert reliability_of_mean(single, size.number) >= target - 1e-9
    if size.number > 1:
        assert reliability_of_mean(single, size.number - 1) < target


@given(share=st.floats(0, 1), half_width=st.floats(0.01, 0.4))
def test_wilsons_interval_is_as_narrow_as_asked_and_not_with_one_item_less(share, half_width):
    n = items_for_proportion(share, half_width).number
    low, high = wilson(share * n, n)
    assert (high - low) / 2 <= half_width + 1e-9
    z2 = norm.ppf(0.975) ** 2
    if n > 1:
        m = n - 1
        half = sqrt(z2 * (share * (1 - share) / m + z2 / (4 * m * m))) / (1 + z2 / m)
        assert half > half_width - 1e-9


def test_three_hundred_items_without_an_event_show_it_is_rarer_than_one_percent():
    # .99^299 = .0495 <= .05 < .99^298
    assert items_to_exclude(0.01).number == 299
    assert 0.99**299 <= 0.05 < 0.99**298


COST = RatingCost(
    item_variance=0.5, rater_variance=0.025, residual_variance=0.475, raters=12, ratings_per_hour=12
)


def test_the_half_width_after_some_hours_covers_the_mean_as_promised():
    """Twelve raters, 50 hours of 12 ratings, a quarter of the items rated twice: 600 ratings, 480 items."""
    half = half_width_after(50, COST)
    generator = np.random.default_rng(7)
    item = generator.normal(0, sqrt(0.5), (4_000, 480))
    rater = generator.normal(0, sqrt(0.025), (4_000, 12))
    noise = generator.normal(0, sqrt(0.475), (4_000, 600))
    rated = np.concatenate([np.arange(480), np.arange(120)])
    mean = (item[:, rated] + rater[:, np.arange(600) % 12] + noise).mean(axis=1)
    # doubly rated items weigh twice: the items' part is that of 600²/(360 + 4 · 120) = 428.6 items; t(11) = 2.201
    assert half == pytest.approx(2.201 * sqrt(0.5 / 428.6 + 0.025 / 12 + 0.475 / 600), rel=1e-3)
    assert mean.std() == pytest.approx(half / 2.201, rel=0.04)
    assert np.mean(np.abs(mean) <= half) > 0.95


@given(half_width=st.floats(0.12, 0.6))
def test_the_hours_found_give_the_width_and_fewer_hours_do_not(half_width):
    size = hours_for_half_width(half_width, COST)
    assert half_width_after(size.exact, COST) <= half_width + 1e-9
    with_less = 0.98 * size.exact
    if with_less * 12 / 1.25 >= 2:
        assert half_width_after(with_less, COST) > half_width


def test_a_width_no_number_of_hours_can_reach_is_refused_with_what_to_do():
    # t(11) · sqrt(.025/12) = 2.201 · .0456 = .1005
    with pytest.raises(ValueError, match="invite more"):
        hours_for_half_width(0.10, COST)


@given(kappa=st.floats(0.1, 0.85), prevalence=st.floats(0.2, 0.8), half=st.floats(0.05, 0.2))
def test_half_the_width_takes_four_times_the_items(kappa, prevalence, half):
    for size in (
        lambda h: items_for_kappa_interval(kappa, prevalence, h),
        lambda h: items_for_cohen_kappa(two_by_two(kappa, prevalence, prevalence), h),
        lambda h: items_for_ac1(two_by_two(kappa, prevalence, prevalence), h),
    ):
        assert size(half / 2).exact == pytest.approx(4 * size(half).exact)


@given(kappa=st.floats(0.1, 0.85), first=st.floats(0.3, 0.7), other=st.floats(-0.05, 0.05))
def test_the_two_by_two_table_has_the_kappa_and_prevalences_asked_for(kappa, first, other):
    table = two_by_two(kappa, first, first + other)
    assert table.sum(axis=1)[0] == pytest.approx(first)
    assert table.sum(axis=0)[0] == pytest.approx(first + other)
    assert cohen(table[np.newaxis])[0] == pytest.approx(kappa)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: items_for_kappa_test(0.4, 0.4, 0.3), "equals the null"),
        (lambda: items_for_kappa_interval(0.5, 1.2, 0.1), "prevalence"),
        (lambda: items_for_kappa_interval(0.5, 0.3, 0), "half width must be above 0"),
        (lambda: items_for_kappa_from_agreement(0.8, 1.0, 0.1), "chance agreement"),
        (lambda: two_by_two(0.9, 0.1, 0.6), "no two raters"),
        (lambda: cohen_variance(np.array([[1.0, 0.0], [0.0, 0.0]])), "some variation"),
        (lambda: cohen_variance(np.ones((2, 3))), "square table"),
        (lambda: items_for_icc(0.5, 1, 0.1), "2 raters"),
        (lambda: items_for_proportion(0.5, 0.7), "half width"),
        (lambda: votes_for_win_rate(0.5), "equals the null"),
        (lambda: votes_for_win_rate(0.6, design_effect=0.5), "1 or more"),
        (lambda: design_effect(0, 0.1), "clusters"),
        (lambda: reliability_of_mean(0.5, 0), "raters"),
        (lambda: half_width_after(0.01, COST), "at least two"),
        (
            lambda: RatingCost(
                item_variance=1, rater_variance=0, residual_variance=1, raters=1, ratings_per_hour=6
            ),
            "two",
        ),
    ],
)
def test_a_plan_that_cannot_be_worked_out_is_refused_with_a_reason(ask, words):
    with pytest.raises(ValueError, match=words):
        ask()


def test_raters_needed_is_spearman_and_brown_turned_round() -> None:
    # 0.8 (1 - 0.5) / (0.5 (1 - 0.8)) = 4
    assert raters_for_reliability(0.5, 0.8).number == 4
    assert raters_for_reliability(0.5, 0.81).number == 5
    assert raters_for_reliability(0.9, 0.8).number == 1
    with pytest.raises(ValueError, match="between 0 and 1"):
        raters_for_reliability(1.0, 0.8)
