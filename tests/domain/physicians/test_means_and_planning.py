"""Means of ratings side by side, what would separate them, and how answers look."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.domain.physicians.means import means
from leaderboard.domain.physicians.order import judged
from leaderboard.domain.physicians.planning import ratings_to_separate
from leaderboard.domain.physicians.sheet import Sheet
from leaderboard.domain.physicians.storing import from_bytes, to_bytes
from leaderboard.domain.physicians.style import FEATURES, differences, looks


def crossed(values) -> Sheet:
    """(systems, raters, cases) of ratings."""
    sheet = Sheet()
    for at in product(*map(range, values.shape)):
        sheet.add(float(values[at]), *at)
    return sheet


def test_the_covariance_is_that_of_sums_by_rater_by_case_and_by_cell_worked_by_hand():
    values = np.random.default_rng(1).normal(size=(3, 6, 8)) + np.arange(6)[None, :, None] / 4
    found = means(crossed(values), share=False, score_range=None)
    left = values - values.mean(axis=(1, 2), keepdims=True)
    by_rater, by_case = left.sum(axis=2) / 48, left.sum(axis=1) / 48
    rater = by_rater @ by_rater.T * 6 / 5
    case = by_case @ by_case.T * 8 / 7
    assert found.rater == pytest.approx(rater)
    assert found.item == pytest.approx(case)
    own, apart = np.diag(found.covariance), np.diag(found.covariance)[:, None] + np.diag(found.covariance)
    apart = apart - 2 * found.covariance
    for part in (rater, case, rater + case - found.cell):
        theirs = np.diag(part)[:, None] + np.diag(part) - 2 * part
        assert (own >= np.diag(part) - 1e-12).all() and (apart >= theirs - 1e-12).all()
    assert (found.df == 5).all()


def test_fewer_than_five_raters_speak_of_themselves_alone():
    values = np.random.default_rng(2).random((2, 4, 9))
    found = means(crossed(values), share=True, score_range=1.0)
    assert found.these_raters_only and "these raters only" in found.scope
    assert found.covariance == pytest.approx(found.item) and (found.df == 8).all()


def test_ratings_that_are_all_alike_are_not_taken_for_certainty():
    values = np.zeros((3, 6, 4))
    values[0] = 1
    values[1] = np.random.default_rng(3).random((6, 4)) < 0.8
    values[2] = np.random.default_rng(4).random((6, 4)) < 0.1
    found = means(crossed(values), share=True, score_range=1.0)
    p = 2 / (4 + 4)
    assert found.covariance[0, 0] == pytest.approx(p * (1 - p) / 4)
    order = judged(found.values, found.covariance, found.df, higher_is_better=True, score_range=1.0)
    assert order is not None and order.ranges.low[0] == 1 and order.ranges.high[0] >= 2
    unbounded = means(crossed(values), share=False, score_range=None)
    assert np.isnan(unbounded.covariance[0, 0]) and np.isfinite(unbounded.covariance[1, 1])


def test_a_lower_number_can_be_the_better_one():
    values = np.array([1.0, 2.0, 3.0])
    order = judged(values, np.eye(3) * 1e-4, np.full((3, 3), 20.0), higher_is_better=False, score_range=None)
    assert order is not None and order.ranges.low.tolist() == [1, 2, 3]


def test_more_cases_help_against_noise_and_more_raters_against_taste():
    noise = ratings_to_separate(0.1, (0.0025, 0.0025, 0.0025), 100, 2.0)
    assert noise is not None and noise.grows == "cases"
    # V must fall to (0.1 / 2.84)²: with no taste and no case of its own, noise shrinks with the ratings
    assert noise.ratings == pytest.approx(100 * (0.0025 / (0.1 / 2.8416) ** 2 - 1), abs=1)
    taste = ratings_to_separate(0.1, (0.01, 0.0011, 0.001), 100, 2.0)
    assert taste is not None and taste.grows == "raters" and taste.ratings > 100
    both = ratings_to_separate(0.01, (0.01, 0.01, 0.001), 100, 2.0)
    assert both is not None and both.grows == "both"
    only = ratings_to_separate(0.1, (np.nan, 0.004, 0.004), 100, 2.0, these_raters_only=True)
    assert only is None
    assert ratings_to_separate(0.0, (0.1, 0.1, 0.1), 100, 2.0) is None
    clear = ratings_to_separate(9.0, (0.1, 0.1, 0.1), 100, 2.0)
    assert clear is not None and clear.ratings == 0


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 1), st.floats(0, 0.1), st.floats(0, 0.1), st.floats(1e-6, 0.1), st.integers(10, 500))
def test_the_ratings_planned_for_bring_the_variance_down_to_what_is_needed(d, taste, source, rest, n):
    plan = ratings_to_separate(d, (taste + rest, source + rest, rest), n, 2.5)
    assert plan is not None
    times = 1 + plan.ratings / n
    left = {
        "cases": taste + (source + rest) / times,
        "raters": source + (taste + rest) / times,
        "both": (taste + source + rest) / times,
    }
    assert left[plan.grows] <= (d / (2.5 + 0.8416212335729143)) ** 2 * (1 + 1e-9)


def test_how_a_text_looks_is_counted():
    text = "# Head\nSome **bold** words and __more__.\n- one\n* two\n3. three\n2024 was a year\n"
    seen = dict(zip(FEATURES, looks(text), strict=True))
    assert seen == {"length": len(text.strip()), "list items": 3, "headings": 1, "bold passages": 2}
    assert looks("") == (0, 0, 0, 0)
    found = differences([looks("long long"), looks("s")], [looks("short"), looks("longer")])
    assert set(found) == {"length"} and found["length"][0] > 0 > found["length"][1]


def test_matrices_come_back_as_they_were_kept():
    kept = {"0/3": {"values": np.arange(3.0), "covariance": np.eye(3)}, "0/30": {"values": np.ones(1)}}
    stored = to_bytes(kept)
    assert stored == to_bytes(kept)
    found = from_bytes(stored, "0/3")
    assert set(found) == {"values", "covariance"} and (found["covariance"] == np.eye(3)).all()
    assert from_bytes(stored, "1/0") == {} and from_bytes(b"", "0/3") == {}
