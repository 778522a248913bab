"""Models of ties: Davidson's and Rao and Kupper's."""

from __future__ import annotations

import evalica
import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from leaderboard.domain.ranking.bradley_terry import fit
from leaderboard.domain.ranking.connectivity import connectivity
from leaderboard.domain.ranking.models import MODELS, davidson, half_win, rao_kupper

WINNERS = [evalica.Winner.X, evalica.Winner.Draw, evalica.Winner.Y]


def random_cells(rng, size, n):
    """Counts with wins both ways and ties."""
    while True:
        cells = rng.multinomial(n, rng.dirichlet([3, 2, 3], (size, size)))
        cells[np.arange(size), np.arange(size)] = 0
        wins = cells.copy()
        wins[..., 1] = 0
        if (
            connectivity(wins).rankable.all()
            and connectivity(wins).order == "estimable"
            and cells[..., 1].any()
        ):
            return cells


def test_puddings_are_as_davidson_published_them(published_data):
    path = published_data.parent / "reference" / "golden_stats.yaml"
    if not path.exists():
        pytest.skip("no golden_stats.yaml beside the published benchmark data")
    golden = next(c for c in yaml.safe_load(path.read_text())["cases"] if c["id"] == "davidson1970_pudding")
    cells = np.zeros((6, 6, 3), int)
    for i, j, won, lost, tied in golden["data"]["rows"]:
        cells[i - 1, j - 1] = [won, tied, lost]
    found, expected = fit(cells, ties="davidson", order_effect=False), golden["expected"]
    worth = np.exp(found.theta) / np.exp(found.theta).sum()
    assert worth == pytest.approx(expected["worth"]["value"], abs=3e-5)
    assert worth == pytest.approx(expected["worth"]["reference"], abs=1e-7)
    assert np.exp(found.tie) == pytest.approx(expected["nu"]["reference"], abs=1e-6)
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"]["reference"], abs=1e-6)


def test_davidson_agrees_with_evalica_on_random_tables():
    # Newman's v is nu / 2
    rng, compared = np.random.default_rng(21), 0
    for _ in range(300):
        size = int(rng.integers(2, 7))
        cells = random_cells(rng, size, 6)
        a, b, o = np.nonzero(cells)
        a, b, o = (np.repeat(part, cells[a, b, o]) for part in (a.copy(), b.copy(), o.copy()))
        theirs = evalica.newman(
            a.tolist(), b.tolist(), [WINNERS[one] for one in o], tolerance=1e-10, limit=100_000
        )
        if theirs.iterations <= 10:  # stopped as its scores stood still by chance, before v had moved
            continue
        expected = np.log([theirs.scores[system] for system in range(size)])
        found = fit(cells, ties="davidson", order_effect=False)
        assert found.theta == pytest.approx(expected - expected.mean(), abs=1e-5)
        assert np.exp(found.tie) == pytest.approx(2 * theirs.v, rel=1e-4)
        compared += 1
    assert compared > 200


def chances_of_davidson(eta, log_nu):
    """(3, pairs) chances of first, tie and second, as Davidson wrote them for worths."""
    first, second = np.exp(eta / 2), np.exp(-eta / 2)
    tied = np.full_like(eta, np.exp(log_nu))
    return np.stack([first, tied, second]) / (first + tied + second)


def chances_of_rao_and_kupper(eta, log_cut):
    """(3, pairs) chances, from the cumulative logits at -c and c."""
    first, second = (1 / (1 + np.exp(np.exp(log_cut) - side)) for side in (eta, -eta))
    return np.stack([first, 1 - first - second, second])


@pytest.mark.parametrize(
    ("ties", "chances"), [("davidson", chances_of_davidson), ("rao-kupper", chances_of_rao_and_kupper)]
)
def test_a_thousand_fits_are_where_a_general_optimiser_finds_the_maximum(ties, chances):
    rng = np.random.default_rng(22)
    for _ in range(1000):
        size = int(rng.integers(2, 5))
        cells = random_cells(rng, size, 8)
        a, b = np.nonzero(~np.eye(size, dtype=bool))
        counts = cells[a, b].T
        x = np.eye(size)[a] - np.eye(size)[b]
        x[:, -1] = 1  # theta of the last is 0; its column serves the order effect

        def loss(point, x=x, counts=counts):
            return -(counts * np.log(chances(x @ point[:-1], point[-1]))).sum()

        best = minimize(loss, np.zeros(size + 1), method="BFGS", options={"gtol": 1e-4})
        found = fit(cells, ties=ties)
        tie = found.tie if ties == "davidson" else np.log(found.tie)
        ours = np.append(found.theta[:-1] - found.theta[-1], [found.delta, tie])
        # both stand on the same top: theirs, which stops at slopes of 1e-4, no higher; and the same place
        assert found.log_likelihood == pytest.approx(-loss(ours), abs=1e-9)
        assert -best.fun - 1e-9 <= found.log_likelihood <= -best.fun + 1e-6
        assert ours == pytest.approx(best.x, abs=2e-3)


@settings(max_examples=200, deadline=None)
@given(st.floats(-4, 4), st.floats(0.05, 3))
def test_chances_add_up_and_slopes_are_those_of_the_log_likelihood(eta, tie):
    step = 1e-5
    for name, model in MODELS.items():
        here = model(np.array([[eta]]), tie)
        up, down = (model(np.array([[eta + move]]), tie) for move in (step, -step))
        assert (up.log_p - down.log_p) / (2 * step) == pytest.approx(here.score, abs=1e-7)
        assert (down.score - up.score) / (2 * step) == pytest.approx(here.curve, abs=1e-7)
        if name == "half-win":
            continue
        assert np.exp(here.log_p).sum() == pytest.approx(1)
        up, down = (model(np.array([[eta]]), tie + move) for move in (step, -step))
        assert (up.log_p - down.log_p) / (2 * step) == pytest.approx(here.tie_score, abs=1e-6)
        assert (down.tie_score - up.tie_score) / (2 * step) == pytest.approx(here.bend, rel=1e-5, abs=1e-6)
        assert (down.score - up.score) / (2 * step) == pytest.approx(here.cross, abs=1e-7)


def test_like_systems_tie_as_often_as_the_parameters_say():
    # Davidson with nu = 2: weights 1 : 2 : 1. Rao and Kupper with theta = 3: wins 1/4 each, ties the rest
    eta = np.zeros((1, 1))
    assert np.exp(davidson(eta, np.log(2)).log_p[0, 0]) == pytest.approx([0.25, 0.5, 0.25])
    assert np.exp(rao_kupper(eta, np.log(3)).log_p[0, 0]) == pytest.approx([0.25, 0.5, 0.25])
    assert half_win(eta).score[0, 0].tolist() == [0.5, 0.0, -0.5]


@pytest.mark.parametrize("ties", ["davidson", "rao-kupper"])
@pytest.mark.parametrize("kept", [[0, 2], [1]])
def test_a_model_of_ties_needs_ties_and_decisions(ties, kept):
    cells = np.zeros((2, 2, 3), int)
    cells[0, 1, kept] = cells[1, 0, kept] = 4
    with pytest.raises(ValueError, match="needs both ties and decisions"):
        fit(cells, ties=ties)
