"""What missing ratings could do to a mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from raters.domain.reliability.missingness import missingness_bounds


def test_a_share_lies_between_its_two_completions():
    # 6 of 8 unsafe and 2 not judged: 6/10 if both were safe, 8/10 if neither was
    found = missingness_bounds([1, 1, 1, 1, 1, 1, 0, 0], 2)
    assert (found.value, found.worst, found.best) == pytest.approx((0.75, 0.6, 0.8))
    assert found.low == pytest.approx(proportion_confint(6, 10, method="wilson")[0])
    assert found.high == pytest.approx(proportion_confint(8, 10, method="wilson")[1])
    assert (found.n_observed, found.n_missing, found.interval, found.status) == (8, 2, "wilson", "ok")


def test_a_mean_of_a_scale_is_bounded_by_the_ends_of_the_scale():
    # 2, 3, 4 and one missing on 1 … 5: (9 + 1)/4 and (9 + 5)/4
    found = missingness_bounds([2, 3, 4], 1, least=1, greatest=5)
    assert (found.worst, found.best) == pytest.approx((2.5, 3.5))
    assert found.low < 2.5 < 3.5 < found.high
    assert found.interval == "jackknife-t"


@given(st.lists(st.integers(0, 1), min_size=2, max_size=30), st.integers(0, 10), st.data())
def test_whatever_the_missing_ratings_were_the_mean_lies_inside(given_ratings, n_missing, data):
    found = missingness_bounds(given_ratings, n_missing)
    hidden = data.draw(st.lists(st.integers(0, 1), min_size=n_missing, max_size=n_missing))
    whole = np.mean(given_ratings + hidden)
    assert found.worst - 1e-12 <= whole <= found.best + 1e-12
    assert found.low <= found.worst + 1e-12
    assert found.high >= found.best - 1e-12
    more = missingness_bounds(given_ratings, n_missing + 1)
    assert more.best - more.worst > found.best - found.worst
    if not n_missing:
        assert found.worst == found.best == found.value


def test_limits_hold_the_truth_when_the_bad_are_those_that_are_missing():
    rng, inside = np.random.default_rng(61), []
    for _ in range(1_000):
        whole = rng.random(100) < 0.7
        shown = whole | (rng.random(100) < 0.5)  # half of the failures are not rated
        found = missingness_bounds(whole[shown].astype(float), int((~shown).sum()))
        inside.append(found.low <= 0.7 <= found.high)
    assert np.mean(inside) > 0.95


def test_nothing_rated_and_a_single_item_have_statuses():
    nothing = missingness_bounds([], 0)
    assert (nothing.status, nothing.value, nothing.low) == ("undefined_no_items", None, None)
    unseen = missingness_bounds([], 3)
    assert (unseen.value, unseen.worst, unseen.best, unseen.status) == (None, 0.0, 1.0, "ok")
    assert (unseen.low, unseen.high) == (0.0, 1.0)
    one = missingness_bounds([1], 0)
    assert (one.status, one.value, one.low) == ("no_interval", 1.0, None)


@pytest.mark.parametrize(
    ("ratings", "missing", "ends", "said"),
    [
        ([2], 1, (0, 1), "numbers from 0 to 1"),
        ([0.5], -1, (0, 1), "cannot be missing"),
        ([1], 1, (5, 1), "least to its greatest"),
        ([float("nan")], 1, (0, 1), "flat list of numbers"),
    ],
)
def test_ratings_off_the_scale_are_refused(ratings, missing, ends, said):
    with pytest.raises(ValueError, match=said):
        missingness_bounds(ratings, missing, least=ends[0], greatest=ends[1])
