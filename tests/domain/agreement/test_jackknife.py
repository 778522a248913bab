"""The jackknife from histograms is the one that deletes ratings and starts again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

from raters.domain.agreement import AgreementState, Scale, bootstrap_items, coded_ratings, estimate
from raters.domain.agreement.coefficients import alpha, pattern_coefficient
from raters.domain.agreement.jackknife import interval, pattern_deletions, two_way_variance, value_of
from raters.domain.agreement.named_raters import cohen_deletions, conger_deletions
from raters.domain.agreement.reals import real_deletions
from raters.domain.agreement.scales import agreement_weights

SCALES = {
    "nominal": Scale("nominal", tuple("abcd")),
    "ordinal": Scale("ordinal", (1, 2, 3, 4)),
    "interval": Scale("interval", (0, 1, 3, 10)),
    "ratio": Scale("ratio", (0, 1, 3, 10)),
}
KAPPAS = ("weighted_agreement", "fleiss_kappa", "brennan_prediger", "gwet_ac2")


def rated(seed, n_items=25, n_raters=6, missing=0.3, size=4):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, size, n_items)
    items, raters = np.nonzero(rng.random((n_items, n_raters)) >= missing)
    noisy = rng.random(len(items)) < 0.45
    codes = np.where(noisy, rng.integers(0, size, len(items)), truth[items])
    return items, raters, codes


def sums_of(items, raters, codes, level, name):
    """The deletions of a coefficient, whichever way it is computed."""
    scale = SCALES[level]
    ratings = coded_ratings(items, raters, codes, scale.size)
    table = AgreementState.counted(ratings).table()
    if name == "krippendorff_alpha":
        return pattern_deletions(table, alpha(scale))
    if name == "cohen_kappa":
        return cohen_deletions(table, agreement_weights(scale))
    if name == "conger_kappa":
        return conger_deletions(table, agreement_weights(scale), ratings)
    return pattern_deletions(table, pattern_coefficient(name, scale))


def brute_force(arrays, unit, value):
    """Jackknife variance by leaving out each item, rating or rater that bears on the value, and starting anew."""
    items = arrays[0]
    codes = {"item": items, "rater": arrays[1], "rating": np.arange(len(items))}[unit]
    values = np.array([value(*(one[codes != left_out] for one in arrays)) for left_out in np.unique(codes)])
    number = len(values)
    return (number - 1) / number * ((values - values.mean()) ** 2).sum()


def pairable(arrays):
    kept = np.bincount(arrays[0])[arrays[0]] >= 2
    return tuple(one[kept] for one in arrays)


CASES = [(level, "krippendorff_alpha") for level in SCALES]
CASES += [(level, name) for level in ("nominal", "ordinal") for name in (*KAPPAS, "conger_kappa")]


@pytest.mark.parametrize(("level", "name"), CASES)
@pytest.mark.parametrize("unit", ["item", "rating", "rater"])
def test_variances_equal_brute_force_deletion(level, name, unit):
    for seed in range(3):
        arrays = rated(seed)
        # items rated once are not units of a coefficient they do not bear on
        bearing = name in ("krippendorff_alpha", "weighted_agreement", "brennan_prediger")
        ours = sums_of(*arrays, level, name).variance(unit)
        used = pairable(arrays) if bearing else arrays
        theirs = brute_force(used, unit, lambda *left: value_of(sums_of(*left, level, name)))
        assert ours == pytest.approx(theirs, abs=1e-12, rel=1e-9)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_cohens_item_variance_equals_brute_force_deletion(level):
    arrays = rated(5, n_raters=2, missing=0.1)
    ours = sums_of(*arrays, level, "cohen_kappa").variance("item")
    theirs = brute_force(
        pairable(arrays), "item", lambda *left: value_of(sums_of(*left, level, "cohen_kappa"))
    )
    assert ours == pytest.approx(theirs, abs=1e-12, rel=1e-9)


@pytest.mark.parametrize("level", ["interval", "ratio"])
@pytest.mark.parametrize("unit", ["item", "rating", "rater"])
def test_variances_of_real_numbers_equal_brute_force_deletion(level, unit):
    items, raters, codes = rated(8)
    values = codes + np.random.default_rng(8).random(len(codes))
    used = pairable((items, raters, values))
    ours = real_deletions(items, raters, values, level).variance(unit)
    theirs = brute_force(used, unit, lambda *left: value_of(real_deletions(*left, level)))
    assert ours == pytest.approx(theirs, abs=1e-12, rel=1e-9)


def test_two_way_takes_both_and_counts_what_they_share_once():
    assert two_way_variance(3.0, 2.0, 1.0) == 4.0
    assert two_way_variance(3.0, 2.0, 4.0) == 3.0  # 3 + 2 - 4 = 1 is below either
    assert np.isnan(two_way_variance(3.0, float("nan"), 1.0))


def test_the_interval_is_t_of_the_smaller_number_less_one_on_the_scale_of_log_of_the_distance_to_one():
    arrays = rated(2, missing=0.0)
    sums = sums_of(*arrays, "ordinal", "krippendorff_alpha")
    parts = [sums.variance(unit) for unit in ("item", "rater", "rating")]
    square = max(parts[0], parts[1], parts[0] + parts[1] - parts[2])
    found = estimate(AgreementState.from_ratings(*arrays, 4), "krippendorff_alpha", SCALES["ordinal"])
    # 25 items, 6 raters: t with 5 degrees of freedom; ln(1 - high) and ln(1 - low) lie t·se/(1 - value) apart
    half = stdtrit(5, 0.975) * square**0.5 / (1 - found.value)
    assert found.interval == "two-way jackknife-t"
    assert np.log(1 - found.low) - np.log(1 - found.value) == pytest.approx(half, rel=1e-9)
    assert np.log(1 - found.value) - np.log(1 - found.high) == pytest.approx(half, rel=1e-9)
    assert found.high < 1


def test_fewer_than_five_raters_speak_for_themselves_only():
    four, five = (
        estimate(
            AgreementState.from_ratings(*rated(1, n_raters=n, missing=0), 4),
            "krippendorff_alpha",
            SCALES["nominal"],
        )
        for n in (4, 5)
    )
    assert (four.interval, four.these_raters_only) == ("item jackknife-t", True)
    assert (five.interval, five.these_raters_only) == ("two-way jackknife-t", False)


@pytest.mark.parametrize("method", ["item", "rating", "rater", "two-way"])
def test_each_kind_of_interval_can_be_asked_for(method):
    state = AgreementState.from_ratings(*rated(4), 4)
    found = estimate(state, "gwet_ac1", SCALES["nominal"], method=method)
    assert found.interval == f"{method} jackknife-t"
    assert found.these_raters_only == (method in ("item", "rating"))
    assert found.low < found.value < found.high


def test_perfect_agreement_has_an_interval_of_some_width():
    # 20 items, half a and half b, all five raters alike: 1 - 0.05^(1/20) = 0.139 of items could be otherwise
    codes = np.repeat([0, 1], 10)
    items, raters = np.repeat(np.arange(20), 5), np.tile(np.arange(5), 20)
    state = AgreementState.from_ratings(items, raters, codes[items], 2)
    found = estimate(state, "gwet_ac1", Scale("nominal", ("a", "b")))
    # p_e = ½ · 2 · ¼ · 2 = ½: were all otherwise it would be 1 - 1/½ = -1, so low = 1 - 0.139 · 2
    assert (found.value, found.high, found.interval) == (1.0, 1.0, "rule-of-three")
    assert found.low == pytest.approx(1 - 2 * (1 - 0.05 ** (1 / 20)))
    assert found.these_raters_only


def test_a_value_that_hangs_on_one_item_has_no_interval():
    # without item 0 every rating is "a": alpha is undefined there, and no interval can be told
    items, raters = np.repeat(np.arange(10), 3), np.tile(np.arange(3), 10)
    codes = np.zeros(30, dtype=np.int64)
    codes[0] = 1
    found = estimate(
        AgreementState.from_ratings(items, raters, codes, 2),
        "krippendorff_alpha",
        Scale("nominal", tuple("ab")),
    )
    assert (found.status, found.low, found.high, found.interval) == ("no_interval", None, None, "none")
    assert found.value == pytest.approx(0.0, abs=0.05)
    assert "single item or rater" in found.reason


@given(st.integers(0, 10_000))
def test_limits_hold_the_value_and_stay_below_one(seed):
    arrays = rated(seed, n_items=12, n_raters=5, missing=0.2)
    for name in (*KAPPAS, "krippendorff_alpha", "conger_kappa"):
        sums = sums_of(*arrays, "ordinal", name)
        found = interval(sums)
        if found.low is not None:
            assert found.low <= value_of(sums) <= found.high <= 1


def test_the_bootstrap_of_patterns_has_the_mean_and_spread_of_the_bootstrap_of_items():
    arrays = rated(6, n_items=60)
    state, coefficient = AgreementState.from_ratings(*arrays, 4), alpha(SCALES["ordinal"])
    ours = bootstrap_items(state.table(), coefficient, 4000, seed=1)
    rng = np.random.default_rng(2)
    counts = np.zeros((60, 4))
    np.add.at(counts, (arrays[0], arrays[2]), 1)
    rows = coefficient.contributions(counts[np.bincount(arrays[0], minlength=60) > 0])
    drawn = rng.integers(0, len(rows), (4000, len(rows)))
    theirs = coefficient.disagreement(rows[drawn].sum(axis=1)).agreement
    assert ours.mean() == pytest.approx(theirs.mean(), abs=6 * theirs.std() / 4000**0.5)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.06)
    np.testing.assert_array_equal(ours, bootstrap_items(state.table(), coefficient, 4000, seed=1))
