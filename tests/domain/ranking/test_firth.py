"""Firth's fit, where maximum likelihood has none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_expit

from leaderboard.domain.ranking.bradley_terry import fit
from leaderboard.domain.ranking.connectivity import connectivity
from leaderboard.domain.ranking.firth import fit_penalised


def test_five_wins_of_five_are_taken_for_five_and_a_half_of_six():
    # one logit: the penalty adds half a win and half a loss, so ln(5.5 / 0.5)
    cells = np.zeros((2, 2, 3), int)
    cells[0, 1] = [5, 0, 0]
    found = fit_penalised(cells, order_effect=False)
    assert found.theta[0] - found.theta[1] == pytest.approx(np.log(11), abs=1e-9)
    assert found.penalised


def connected_cells(rng, size):
    """Few votes, any of which may all have gone one way, between systems that they connect."""
    while True:
        cells = rng.poisson(rng.uniform(0.2, 0.8), (size, size, 3))
        cells[np.arange(size), np.arange(size)] = 0
        links = connectivity(cells)
        if links.connected.all() and links.order != "not estimable":
            return cells, links.separated


def test_a_thousand_penalised_maxima_are_where_a_general_optimiser_finds_them():
    rng = np.random.default_rng(31)
    separated = 0
    for _ in range(1000):
        size = int(rng.integers(2, 5))
        cells, apart = connected_cells(rng, size)
        separated += apart
        a, b = np.nonzero(~np.eye(size, dtype=bool))
        x = np.eye(size)[a] - np.eye(size)[b]
        x[:, -1] = 1  # theta of the last is 0; its column serves the order effect
        votes = cells[a, b].sum(axis=1)
        points = cells[a, b] @ [1.0, 0.5, 0.0]

        def loss(point, x=x, votes=votes, points=points):
            eta = x @ point
            win, lose = log_expit(eta), log_expit(-eta)
            information = (x.T * (votes * np.exp(win + lose))) @ x
            value = points @ win + (votes - points) @ lose
            return -value - np.linalg.slogdet(information)[1] / 2

        best = minimize(loss, np.zeros(size), method="BFGS", options={"gtol": 1e-5})
        found = fit_penalised(cells)
        ours = np.append(found.theta[:-1] - found.theta[-1], found.delta)
        assert loss(ours) <= best.fun + 1e-9
        assert ours == pytest.approx(best.x, abs=1e-3)
    assert separated > 200


def test_with_many_votes_the_penalty_hardly_matters():
    rng = np.random.default_rng(32)
    cells = rng.multinomial(2_000, rng.dirichlet([3, 2, 3], (4, 4)))
    cells[np.arange(4), np.arange(4)] = 0
    assert fit_penalised(cells).theta == pytest.approx(fit(cells).theta, abs=1e-3)
