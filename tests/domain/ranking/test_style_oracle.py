"""Ratings with style held equal, and ratings updated vote by vote, beside statsmodels and evalica."""

from __future__ import annotations

import evalica
import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit

from leaderboard.domain.ranking import OUTCOMES, Vote, VoteCounts
from leaderboard.domain.ranking.connectivity import connectivity
from leaderboard.domain.ranking.elo import sequential_elo
from leaderboard.domain.ranking.style import fit_controlled, styled

WINNERS = [evalica.Winner.X, evalica.Winner.Draw, evalica.Winner.Y]


def columns(rng, size, n):
    """Systems shown first and second, outcomes, and two features of style that raters like a little."""
    first = rng.integers(0, size, n)
    second = (first + rng.integers(1, size, n)) % size
    z = rng.normal(size=(n, 2))
    won = rng.random(n) < expit(0.3 * (second - first) + z @ [0.5, -0.3])
    outcome = np.where(rng.random(n) < 0.2, 1, np.where(won, 0, 2))
    return first, second, outcome, z


def votes_of(first, second, outcome):
    rows = zip(first, second, outcome, strict=True)
    return [Vote(f"m{a}", f"m{b}", OUTCOMES[o]) for a, b, o in rows]


def test_a_thousand_controlled_ratings_are_a_logistic_regression_by_statsmodels():
    rng = np.random.default_rng(51)
    compared = 0
    while compared < 1000:
        size = int(rng.integers(2, 5))
        first, second, outcome, z = columns(rng, size, 50)
        votes = votes_of(first, second, outcome)
        links = connectivity(VoteCounts.of(votes).cells)
        if not links.rankable.all() or links.order != "estimable":
            continue
        x = np.eye(size)[first] - np.eye(size)[second]
        x[:, -1] = 1  # theta of the last is 0; its column serves the order effect
        model = sm.GLM(1 - outcome / 2, np.hstack([x, z]), family=sm.families.Binomial())
        theirs = model.fit(tol=1e-12).params
        found = fit_controlled(styled(votes, [f"m{at}" for at in range(size)], z))
        ours = np.concatenate([found.theta[:-1] - found.theta[-1], [found.delta], found.extra])
        assert ours == pytest.approx(theirs, abs=1e-7)
        compared += 1


def test_a_thousand_histories_of_votes_move_elos_points_as_in_evalica():
    rng = np.random.default_rng(52)
    for _ in range(1000):
        first, second, outcome, _ = columns(rng, int(rng.integers(2, 7)), int(rng.integers(1, 40)))
        k = float(rng.uniform(1, 40))
        theirs = evalica.elo(
            [f"m{at}" for at in first], [f"m{at}" for at in second], [WINNERS[o] for o in outcome], k=k
        ).scores
        ours = sequential_elo(votes_of(first, second, outcome), k=k)
        for system, points in ours.items():
            assert points == pytest.approx(theirs[system], abs=1e-8)
