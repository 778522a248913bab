"""Style that raters reward and ties are taken into a ranking, and said."""

from __future__ import annotations

import numpy as np
import pytest

from leaderboard.domain.ranking import Vote, VoteCounts, rank, relative_difference
from tests.domain.ranking.made_votes import study


def test_style_that_raters_reward_is_taken_out_and_shown():
    votes, longer = study(seed=10, n=4_000, ties=0.0, gap=0.3, style=0.9)
    found = rank(votes, style={"length": longer})
    (length,) = found.style
    assert length.name == "length"
    assert length.low < 0.9 < length.high
    assert length.status == "ok"
    gaps = -np.diff([found.controlled.rating(f"m{at}").value for at in range(5)])
    assert gaps == pytest.approx([0.3] * 4, abs=0.15)
    # length worked for the worse systems: controlled, the best gains
    assert found.controlled.rating("m0").value > found.rating("m0").value
    assert found.controlled.n_raters == found.n_raters == 10
    assert rank(votes).as_json()["ratings"] == found.as_json()["ratings"]


def test_style_that_says_nothing_leaves_the_ranking_as_it_is():
    votes = study(seed=11)
    noise = np.random.default_rng(12).normal(size=len(votes))
    noise -= noise.mean()
    found = rank(votes, style={"noise": noise})
    assert found.style[0].low < 0 < found.style[0].high
    assert found.controlled.values == pytest.approx(found.values, abs=0.1)
    assert np.diag(found.controlled.covariance) == pytest.approx(np.diag(found.covariance), rel=0.3)


def test_style_features_must_fit_the_votes():
    votes = study(seed=13, n=200)
    place = np.array([int(v.first[1:]) - int(v.second[1:]) for v in votes], float)
    found = rank(votes, style={"which": place})
    assert (found.style[0].status, found.style[0].value, found.controlled) == (
        "undefined_not_fitted",
        None,
        None,
    )
    assert "style feature 1 says no more than the systems" in found.style[0].reason
    assert found.ratings == rank(votes).ratings
    with pytest.raises(ValueError, match="200 votes need as many rows of style features"):
        rank(votes, style={"length": [1.0, 2.0]})
    with pytest.raises(ValueError, match="needs the votes themselves"):
        rank(VoteCounts.of(votes), style={"length": place})
    with pytest.raises(ValueError, match="leave out ties='davidson'"):
        rank(votes, ties="davidson", style={"length": place})


def test_relative_differences_are_shares_over_their_spread():
    # (10 - 30) / 40 = -0.5, (30 - 10) / 40 = 0.5, 0 of 0 is 0: sd sqrt(0.5 / 3)
    found = relative_difference(np.array([10, 30, 0]), np.array([30, 10, 0]))
    assert found == pytest.approx(np.array([-0.5, 0.5, 0]) / np.sqrt(0.5 / 3))
    assert relative_difference(np.array([5, 5]), np.array([5, 5])).tolist() == [0, 0]
    with pytest.raises(ValueError, match="not negative"):
        relative_difference(np.array([-1.0]), np.array([1.0]))


@pytest.mark.parametrize(("ties", "name"), [("davidson", "nu"), ("rao-kupper", "theta")])
def test_models_of_ties_report_their_parameter(ties, name):
    found = rank(study(seed=14, n=1_000), ties=ties)
    assert found.ties.name == name
    assert 0 < found.ties.low < found.ties.value < found.ties.high
    plain = rank(study(seed=14, n=1_000))
    assert [rating.system for rating in found.ratings] == [rating.system for rating in plain.ratings]
    without = rank([v for v in study(seed=14) if v.outcome != "tie"], ties=ties)
    assert (without.ties.status, without.ties.value) == ("undefined_not_fitted", None)
    assert any("needs both ties and decisions" in warning for warning in without.warnings)


@pytest.mark.parametrize("ties", ["davidson", "rao-kupper"])
def test_a_model_of_ties_without_an_estimate_gives_way_to_half_wins(ties):
    # b never beat a, it only tied: more ties and a further lead explain that better without end
    votes = [Vote("b", "a", "second", "r1"), Vote("a", "b", "tie", "r2"), Vote("b", "a", "tie", "r3")]
    found = rank([*votes, Vote("b", "a", "second", "r4")], ties=ties)
    assert found.ties.status == "undefined_not_fitted"
    assert found.coefficient == "Bradley-Terry, ties as half wins"
    assert any("no finite estimate" in warning for warning in found.warnings)
