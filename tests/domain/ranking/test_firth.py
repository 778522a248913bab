"""Firth's fit, where maximum likelihood has none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_expit

from leaderboard.domain.ranking.bradley_terry import fit, products
from leaderboard.domain.ranking.connectivity import connectivity
from leaderboard.domain.ranking.firth import fit_penalised


def test_five_wins_of_five_are_taken_for_five_and_a_half_of_six():
    # one logit: the penalty adds half a win and half a loss, so ln(5.5 / 0.5)
    cells = np.zeros((2, 2, 3), int)
    cells[0, 1] = [5, 0, 0]
    found = fit_penalised(cells, order_effect=False)
    assert found.theta[0] - found.theta[1] == pytest.approx(np.log(11), abs=1e-9)
    assert found.penalised


def test_the_penalised_maximum_is_where_a_general_optimiser_finds_it():
    rng = np.random.default_rng(31)
    separated = compared = 0
    for _ in range(120):
        size = int(rng.integers(2, 5))
        cells = rng.poisson(rng.uniform(0.2, 0.8), (size, size, 3))
        cells[np.arange(size), np.arange(size)] = 0
        links = connectivity(cells)
        if not links.connected.all() or links.order == "not estimable":
            continue
        separated, compared = separated + links.separated, compared + 1

        def loss(point, cells=cells, size=size):
            theta = np.append(point[:-1], 0.0)
            eta = theta[:, None] - theta + point[-1]
            win, lose = log_expit(eta), log_expit(-eta)
            value = (cells * np.stack([win, (win + lose) / 2, lose], axis=-1)).sum()
            kept = np.append(np.arange(size - 1), size)  # the last system is the reference
            curve = products(cells.sum(axis=-1) * np.exp(win + lose))[np.ix_(kept, kept)]
            return -value - np.linalg.slogdet(curve)[1] / 2

        best = minimize(loss, np.zeros(size), method="BFGS", options={"gtol": 1e-8})
        found = fit_penalised(cells)
        assert found.theta - found.theta[-1] == pytest.approx(np.append(best.x[:-1], 0), abs=1e-4)
        assert found.delta == pytest.approx(best.x[-1], abs=1e-4)
    assert separated > 20
    assert compared > 50


def test_with_many_votes_the_penalty_hardly_matters():
    rng = np.random.default_rng(32)
    cells = rng.multinomial(2_000, rng.dirichlet([3, 2, 3], (4, 4)))
    cells[np.arange(4), np.arange(4)] = 0
    assert fit_penalised(cells).theta == pytest.approx(fit(cells).theta, abs=1e-3)
