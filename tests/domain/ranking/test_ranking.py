"""A ranking from votes: what it says, and what it refuses to say."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from leaderboard.domain.ranking import OUTCOMES, Vote, VoteCounts, elo_scale, rank
from leaderboard.domain.ranking.simulation import chances_of_rank
from tests.domain.ranking.made_votes import study


def test_a_clear_board_is_ranked_with_everything_said():
    found = rank(study(n=1_500, order=0.4))
    assert [rating.system for rating in found.ratings] == ["m0", "m1", "m2", "m3", "m4"]
    best = found.ratings[0]
    assert (best.rank_low, best.rank_high, best.band, best.status, best.reason) == (1, 1, 1, "ok", "")
    assert best.low < best.value < best.high
    assert best.elo == pytest.approx(1000 + 400 / np.log(10) * best.value)
    assert best.elo_interval == (elo_scale(best.low), elo_scale(best.high))
    assert sum(rating.value for rating in found.ratings) == pytest.approx(0, abs=1e-9)
    assert sum(rating.n_votes for rating in found.ratings) == 2 * 1_500
    assert (found.n_ratings, found.n_raters, found.n_items) == (1_500, 10, 20)
    assert found.interval == "sandwich clustered by rater and item, t"
    assert found.scope == "raters and items like these"
    assert found.order_effect.low < 0.8 * 0.4 < found.order_effect.high  # a fifth of the votes are ties
    assert found.order_effect.low > 0
    assert found.warnings == ()


def test_the_same_votes_in_any_order_or_kept_as_counts_give_the_same_ranking():
    votes = study(seed=2)
    one, other, kept = rank(votes), rank(votes[::-1]), rank(VoteCounts.of(votes))
    assert one.as_json() == kept.as_json()
    for mine, theirs in zip(one.ratings, other.ratings, strict=True):
        assert mine.system == theirs.system
        assert (mine.rank_low, mine.rank_high, mine.band) == (theirs.rank_low, theirs.rank_high, theirs.band)
        assert (mine.low, mine.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_relabelled_systems_raters_and_items_change_names_only(seed):
    votes = study(seed=seed, n=150)
    renamed = [
        Vote(v.first.replace("m", "z"), v.second.replace("m", "z"), v.outcome, f"x{v.rater}", f"y{v.item}")
        for v in votes
    ]
    one, other = rank(votes), rank(renamed)
    assert [rating.system.replace("m", "z") for rating in one.ratings] == [r.system for r in other.ratings]
    assert [r.low for r in one.ratings] == [r.low for r in other.ratings]


def test_an_undefeated_system_gets_a_penalised_value_and_no_rank():
    # the published case: a beats b twice, b and c one win each; the rest can be ranked
    votes = [Vote("a", "b", "first")] * 2 + [Vote("b", "c", "first"), Vote("b", "c", "second")]
    found = rank(votes)
    undefeated = found.rating("a")
    assert undefeated.status == "not_rankable_separated"
    assert "undefeated in 2 votes" in undefeated.reason
    assert np.isfinite(undefeated.value)
    assert undefeated.value > max(found.rating(name).value for name in "bc")
    assert (undefeated.rank_low, undefeated.band, undefeated.low) == (None, None, None)
    assert found.ranked == ("b", "c") or found.ranked == ("c", "b")
    assert found.coefficient == "Bradley-Terry, ties as half wins, Firth's penalty"
    assert any("separation" in warning for warning in found.warnings)
    with pytest.raises(ValueError, match="'a' is not ranked yet: separation"):
        found.votes_to_separate("a", "b")


def test_nothing_is_ranked_across_groups_that_were_never_compared():
    votes = [*study(seed=3, n=200), Vote("x", "y", "first", "r1", "q1"), Vote("y", "x", "first", "r1", "q1")]
    found = rank(votes)
    assert found.components == (("m0", "m1", "m2", "m3", "m4"), ("x", "y"))
    for name in "xy":
        rating = found.rating(name)
        assert rating.status == "not_rankable_disconnected"
        assert "no chain of votes links it to m0, m1, m2 and 2 others" in rating.reason
        assert (rating.value, rating.rank_low, rating.n_votes) == (None, None, 2)
    alone = rank(study(seed=3, n=200))
    assert found.values == pytest.approx(alone.values, abs=1e-9)
    assert found.covariance == pytest.approx(alone.covariance, abs=1e-9)
    assert found.n_ratings == 200


def test_a_system_whose_votes_were_taken_back_has_no_rating():
    votes = study(seed=4, n=200)
    kept = VoteCounts.of([*votes, Vote("late", "m0", "first", "r1", "q1")])
    kept.remove(Vote("late", "m0", "first", "r1", "q1"))
    found = rank(kept)
    assert found.rating("late").status == "not_rankable_no_votes"
    assert found.values == pytest.approx(rank(votes).values, abs=1e-9)


@pytest.mark.parametrize(
    "votes", [[], [Vote("a", "b", "first")], [Vote("a", "b", "first"), Vote("b", "c", "first")]]
)
def test_too_little_to_rank_anything_is_said_and_not_guessed(votes):
    found = rank(votes)
    assert found.ranges is None
    assert all(rating.rank_low is None and rating.low is None for rating in found.ratings)
    assert all(rating.status.startswith("not_rankable") and rating.reason for rating in found.ratings)
    assert found.warnings
    json.dumps(found.as_json(), allow_nan=False)


def test_votes_that_are_all_ties_have_no_interval():
    votes = [Vote(a, b, "tie", f"r{at % 6}") for at in range(12) for a, b in (("a", "b"), ("b", "a"))]
    found = rank(votes)
    assert {rating.status for rating in found.ratings} == {"undefined_no_variation"}
    assert [rating.value for rating in found.ratings] == pytest.approx([0, 0], abs=1e-9)
    assert [(rating.low, rating.rank_low, rating.rank_high) for rating in found.ratings] == [(None, 1, 2)] * 2
    assert found.order_effect.status == "no_interval"
    json.dumps(found.as_json(), allow_nan=False)


def test_pairs_shown_in_one_order_only_leave_the_order_effect_undefined():
    votes = [
        Vote("a", "b", outcome, f"r{at % 7}") for at, outcome in enumerate(["first", "second", "first"] * 20)
    ]
    found = rank(votes)
    assert found.order_effect.status == "undefined_one_order"
    assert found.order_effect.value is None
    # 40 wins to 20: ln 2 apart
    assert found.values[0] - found.values[1] == pytest.approx(np.log(2), abs=1e-9)


def test_an_order_effect_without_bounds_is_penalised_and_said():
    votes = [Vote(a, b, "first", f"r{at}") for at in range(6) for a, b in (("a", "b"), ("b", "a"))]
    found = rank(votes)
    assert found.order_effect.status == "separated"
    assert 0 < found.order_effect.value < 10
    assert found.order_effect.low is None


@pytest.mark.parametrize(
    ("raters", "items", "interval", "scope"),
    [
        (10, 3, "sandwich clustered by rater, t", "raters like these"),
        (4, 20, "sandwich clustered by item, t", "these raters only"),
        (4, 3, "sandwich by vote, t", "these raters only"),
    ],
)
def test_intervals_speak_for_as_many_as_were_asked(raters, items, interval, scope):
    found = rank(study(seed=5, raters=raters, items=items))
    assert (found.interval, found.scope) == (interval, scope)
    assert any("nothing can be said of others" in warning for warning in found.warnings) == (raters < 5)


def test_raters_that_are_not_recorded_are_said_not_to_be():
    votes = [Vote(v.first, v.second, v.outcome) for v in study(seed=6)]
    found = rank(votes)
    assert found.n_raters is None
    assert "raters are not recorded" in found.scope
    with pytest.raises(ValueError, match="rater intervals need the rater of every vote"):
        rank(votes, covariance="rater")


def test_a_rater_with_much_of_the_votes_is_named_by_share():
    votes = study(seed=7, n=100)
    busy = [Vote(v.first, v.second, v.outcome, "busy", v.item) for v in study(seed=8, n=100)]
    found = rank(votes + busy)
    assert found.top_rater == 0.5
    assert "one rater cast 50% of the votes" in found.warnings


def test_chances_of_ranks_follow_the_values_and_the_seed():
    values, covariance = np.array([0.3, 0.1, 0.1]), np.eye(3) * 0.01
    found = chances_of_rank(values, covariance, 1e9, seed=1, draws=200_000)
    assert found[:, -1].tolist() == [1, 1, 1]
    assert (np.diff(found, axis=1) >= 0).all()
    assert found.sum(axis=0) == pytest.approx([1, 2, 3])
    assert found[1, 0] == pytest.approx(found[2, 0], abs=0.005)
    # two alike, 0.2 apart with SE 0.1 each: P(first beats second) = Phi(0.2 / (0.1 sqrt 2)) = .9214
    pair = chances_of_rank(values[:2], covariance[:2, :2], 1e9, seed=1, draws=200_000)
    assert pair[0, 0] == pytest.approx(0.9214, abs=0.003)
    again = [rank(study(seed=9), seed=seed).p_rank_at_most for seed in (1, 1, 2)]
    assert (again[0] == again[1]).all()
    assert (again[0] != again[2]).any()


def test_votes_between_two_systems_are_planned_from_what_one_of_them_tells():
    # two systems, 300 of 500 points, independent: theta apart d = ln 1.5, each vote tells p(1 - p) = .24
    outcomes = ["first"] * 300 + ["second"] * 200
    votes = [Vote("a", "b", o) if at % 2 else Vote("b", "a", {"first": "second", "second": "first"}[o])
             for at, o in enumerate(outcomes)]  # fmt: skip
    small = rank(votes[::10])
    d = small.values[0] - small.values[1]
    assert d == pytest.approx(np.log(1.5), abs=1e-6)
    c = small.ranges.critical_value
    needed = ((c + ndtri(0.8)) / d) ** 2 / 0.24
    design_effect = 50 / 49  # of votes taken singly, n / (n - 1)
    assert small.votes_to_separate("a", "b") == pytest.approx(design_effect * needed - 50, abs=3)
    assert rank(votes * 4).votes_to_separate("a", "b") == 0


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whatever_the_votes_there_is_a_result_and_nothing_in_it_is_not_a_number(seed):
    rng = np.random.default_rng(seed)
    size, n = int(rng.integers(2, 6)), int(rng.integers(1, 25))
    a = rng.integers(0, size, n)
    b = (a + rng.integers(1, size, n)) % size
    rows = zip(a, b, rng.integers(0, 3, n), rng.integers(0, 7, n), rng.integers(0, 8, n), strict=True)
    votes = [Vote(f"m{x}", f"m{y}", OUTCOMES[o], f"r{r}", f"q{i}") for x, y, o, r, i in rows]
    kind = ["auto", "independent", "rater", "item", "two-way"][seed % 5]
    found = rank(votes, ties=["half-win", "davidson", "rao-kupper"][seed % 3], covariance=kind)
    json.dumps(found.as_json(), allow_nan=False)
    for rating in found.ratings:
        assert (rating.status == "ok") == (rating.reason == "") == (rating.low is not None)
        assert (rating.rank_low is None) == rating.status.startswith("not_rankable")


def test_a_level_that_is_none_and_an_unknown_system_are_refused():
    with pytest.raises(ValueError, match="a probability between 0 and 1, not 95"):
        rank(study(), level=95)
    with pytest.raises(ValueError, match="no vote names 'm9': take one of m0"):
        rank(study()).rating("m9")


def test_a_lower_level_gives_narrower_intervals_around_the_same_values():
    wide, narrow = rank(study(seed=15)), rank(study(seed=15), level=0.8)
    for one, other in zip(wide.ratings, narrow.ratings, strict=True):
        assert one.value == other.value
        assert one.low < other.low < other.high < one.high
        assert one.rank_low <= other.rank_low <= other.rank_high <= one.rank_high
