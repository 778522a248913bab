"""Bradley-Terry against published figures and other implementations."""

from __future__ import annotations

import csv

import choix
import evalica
import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.domain.ranking import Vote, VoteCounts, elo_scale
from leaderboard.domain.ranking.bradley_terry import fit
from leaderboard.domain.ranking.connectivity import connectivity
from leaderboard.domain.ranking.elo import sequential_elo

SEEDS = st.integers(0, 2**32 - 1)
WINNERS = [evalica.Winner.X, evalica.Winner.Draw, evalica.Winner.Y]
WORDS = {"left": "first", "right": "second", "tie": "tie"}


@pytest.fixture(scope="module")
def goldens(published_data):
    path = published_data.parent / "reference" / "golden_stats.yaml"
    if not path.exists():
        pytest.skip("no golden_stats.yaml beside the published benchmark data")
    return {case["id"]: case for case in yaml.safe_load(path.read_text())["cases"]}


def case(goldens, **wanted):
    return next(one for one in goldens.values() if all(one[key] == value for key, value in wanted.items()))


def random_cells(rng, size, n, ties=True):
    """Counts whose systems are all linked by wins both ways."""
    while True:
        chance = rng.dirichlet([3, 2 if ties else 1e-9, 3], (size, size))
        cells = rng.multinomial(n, chance)
        if not ties:
            cells[..., 1] = 0
        cells[np.arange(size), np.arange(size)] = 0
        if connectivity(cells).rankable.all() and connectivity(cells).order == "estimable":
            return cells


def rows(cells):
    """One (first, second, outcome) for each vote."""
    a, b, o = np.nonzero(cells)
    return np.repeat(np.stack([a, b, o], axis=1), cells[a, b, o], axis=0)


def test_two_systems_are_the_log_odds_and_points_follow_the_scale_of_chess():
    # 3 wins and 2 ties (4 points) of 6 votes: theta apart by ln(4/2), so 400 log10(2) = 120.4 points
    cells = np.zeros((2, 2, 3), int)
    cells[0, 1] = [3, 2, 1]
    found = fit(cells, order_effect=False)
    assert found.theta == pytest.approx([np.log(2) / 2, -np.log(2) / 2], abs=1e-12)
    assert elo_scale(found.theta[0]) - elo_scale(found.theta[1]) == pytest.approx(400 * np.log10(2))
    assert elo_scale(0.0) == 1000.0
    # one Newton weight 6 · (2/3)(1/3) = 4/3: the variance of the difference is 3/4
    assert found.bread[0, 0] + found.bread[1, 1] - 2 * found.bread[0, 1] == pytest.approx(0.75)


def test_the_order_effect_is_what_both_orders_leave():
    # a shown first wins 8 of 10, b shown first 6 of 10: logits 1.386 and 0.405, half their sum is delta
    cells = np.zeros((2, 2, 3), int)
    cells[0, 1], cells[1, 0] = [8, 0, 2], [6, 0, 4]
    found = fit(cells)
    assert found.delta == pytest.approx((np.log(4) + np.log(1.5)) / 2, abs=1e-9)
    assert found.theta[0] - found.theta[1] == pytest.approx((np.log(4) - np.log(1.5)) / 2, abs=1e-9)


def test_baseball_is_as_published(goldens):
    golden = case(goldens, source_text="seen", method="bradley_terry")
    teams = ["Baltimore", *golden["params"]["order"]]
    cells = np.zeros((7, 7, 3), int)
    for home, away, won, lost in golden["data"]["rows"]:
        cells[teams.index(home), teams.index(away)] += [won, 0, lost]
    found, expected = fit(cells, order_effect=False), golden["expected"]
    contrasts = found.theta[1:] - found.theta[0]
    bread = found.bread[:7, :7]
    errors = np.sqrt(np.diag(bread)[1:] + bread[0, 0] - 2 * bread[0, 1:])
    assert contrasts == pytest.approx(expected["log_ability"]["value"], abs=5e-5)
    assert contrasts == pytest.approx(expected["log_ability"]["reference"], abs=1e-6)
    assert errors == pytest.approx(expected["se"]["reference"], abs=1e-6)
    # each row of home and away is one binomial: deviance against its own share of wins
    won, lost = cells[..., 0], cells[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        full = np.nansum(won * np.log(won / (won + lost))) + np.nansum(lost * np.log(lost / (won + lost)))
    deviance = 2 * (full - found.log_likelihood)
    assert deviance == pytest.approx(expected["residual_deviance"]["value"], abs=5e-4)


@pytest.mark.parametrize("name", ["simple", "food"])
def test_small_published_tables_give_their_published_scores(published_data, name):
    folder = published_data / "llmfao_votes"
    if not folder.exists():
        pytest.skip("no llmfao_votes among the published data")
    with (folder / f"{name}.csv").open() as lines:
        votes = [Vote(row["left"], row["right"], WORDS[row["winner"]]) for row in csv.DictReader(lines)]
    with (folder / f"{name}-golden.csv").open() as lines:
        golden = {(row["algorithm"], row["item"]): float(row["score"]) for row in csv.DictReader(lines)}
    counts = VoteCounts.of(votes)
    plain = np.exp(fit(counts.cells, order_effect=False).theta)
    davidson = fit(counts.cells, ties="davidson", order_effect=False).theta
    for score, pi in zip(plain / plain.sum(), counts.systems, strict=True):
        assert score == pytest.approx(golden["bradley_terry", pi], rel=1e-4)
    published = np.log([golden["newman", system] for system in counts.systems])
    # the published iteration stopped at 1e-6 of its scores, far from there in logits on these few votes
    assert davidson == pytest.approx(published - published.mean(), abs=2e-3)
    for system, points in sequential_elo(votes, k=4).items():
        assert points == pytest.approx(golden["elo", system], abs=1e-9)


def test_ratings_updated_vote_by_vote_are_as_published(goldens):
    golden = goldens["evalica_readme_elo"]
    outcomes = {1: "first", 0.5: "tie", 0: "second"}
    votes = [Vote(a, b, outcomes[score]) for a, b, score in golden["data"]["rows"]]
    for system, points in sequential_elo(votes, k=golden["params"]["k"]).items():
        assert points == pytest.approx(golden["expected"][system]["reference"], abs=1e-9)


def test_a_thousand_random_tables_agree_with_evalica_and_choix():
    rng = np.random.default_rng(11)
    for at in range(1_000):
        size = int(rng.integers(2, 9))
        if at % 2:
            cells = random_cells(rng, size, 6)
            a, b, o = rows(cells).T
            found = evalica.bradley_terry(
                a.tolist(), b.tolist(), [WINNERS[one] for one in o], tolerance=1e-10, limit=100_000
            ).scores
            expected = np.log([found[system] for system in range(size)])
        else:
            cells = random_cells(rng, size, 6, ties=False)
            pairs = [(int(a), int(b)) if o == 0 else (int(b), int(a)) for a, b, o in rows(cells)]
            expected = choix.ilsr_pairwise(size, pairs, max_iter=1_000)
        ours = fit(cells, order_effect=False).theta
        assert ours == pytest.approx(expected - expected.mean(), abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_neither_names_nor_order_nor_weight_of_votes_moves_the_estimates(seed):
    rng = np.random.default_rng(seed)
    cells = random_cells(rng, 5, 4)
    found, order = fit(cells), rng.permutation(5)
    moved = fit(cells[np.ix_(order, order)])
    assert moved.theta == pytest.approx(found.theta[order], abs=1e-8)
    # every pair shown the other way round: the same votes with the opposite order effect
    turned = fit(cells.transpose(1, 0, 2)[..., ::-1])
    assert turned.theta == pytest.approx(found.theta, abs=1e-8)
    assert turned.delta == pytest.approx(-found.delta, abs=1e-8)
    assert fit(3 * cells).theta == pytest.approx(found.theta, abs=1e-8)
    assert fit(3 * cells).bread == pytest.approx(found.bread / 3, abs=1e-8)


def test_votes_without_a_finite_maximum_are_refused_rather_than_fitted():
    cells = np.zeros((2, 2, 3), int)
    cells[0, 1], cells[1, 0] = [3, 0, 0], [0, 0, 2]  # the first system won every vote
    with pytest.raises(ValueError, match="fit them with Firth's penalty"):
        fit(cells)
