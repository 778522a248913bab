"""Goodness of fit of a ranking, and cycles among decided pairs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import binomtest, chi2
from statsmodels.stats.multitest import multipletests

from leaderboard.domain.ranking import Vote, VoteCounts, rank
from leaderboard.domain.ranking.bradley_terry import fit
from leaderboard.domain.ranking.connectivity import connectivity
from leaderboard.domain.ranking.firth import fit_penalised
from leaderboard.domain.ranking.fit import FittedVotes, cycles, goodness_of_fit


def names(size):
    return tuple(f"m{at}" for at in range(size))


def random_cells(rng, size, n, ties=False):
    """Counts whose systems are all linked by wins both ways."""
    while True:
        cells = rng.multinomial(n, rng.dirichlet([3, 2 if ties else 1e-9, 3], (size, size)))
        cells[np.arange(size), np.arange(size)] = 0
        if not ties:
            cells[..., 1] = 0
        wins = cells * [1, 0, 1]
        if connectivity(wins).rankable.all() and connectivity(wins).order == "estimable":
            return cells


def circle(times, back):
    """Three systems that beat each other in a circle, `times` against `back`, each in both orders alike."""
    cells = np.zeros((3, 3, 3), int)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        cells[a, b] = [times // 2, 0, back // 2]
        cells[b, a] = [back // 2, 0, times // 2]
    return cells


@pytest.mark.parametrize("order", [False, True])
def test_a_thousand_random_tables_agree_with_statsmodels(order):
    rng = np.random.default_rng(71)
    for _ in range(500):
        size = int(rng.integers(3, 6))
        cells = random_cells(rng, size, 8)
        one = fit(cells, order_effect=order)
        found = goodness_of_fit(FittedVotes(names(size), cells, one))
        a, b = np.nonzero(cells.sum(axis=2))
        design = np.zeros((len(a), size - 1 + order))
        for at, (x, y) in enumerate(zip(a, b, strict=True)):
            for place, sign in ((x, 1), (y, -1)):
                if place < size - 1:
                    design[at, place] += sign
        if order:
            design[:, -1] = 1
        theirs = sm.GLM(cells[a, b][:, [0, 2]], design, family=sm.families.Binomial()).fit(tol=1e-12)
        assert found.deviance == pytest.approx(theirs.deviance, abs=1e-6)
        assert found.pearson == pytest.approx(theirs.pearson_chi2, rel=1e-6)
        assert found.df == theirs.df_resid
        if found.status == "ok":
            assert found.p == pytest.approx(chi2.sf(theirs.deviance, theirs.df_resid), abs=1e-6)


def test_a_circle_is_the_worst_fit_and_its_figures_are_worked_by_hand():
    # 20 against 10 round the circle: all systems are alike, every cell of 15 votes expects 7.5
    cells = circle(20, 10)
    found = goodness_of_fit(FittedVotes(names(3), cells, fit(cells, order_effect=False)))
    # six cells of 10 and 5: Pearson 6 · (2.5² + 2.5²) / 7.5 = 10; 6 cells less 2 parameters
    assert (found.pearson, found.df, found.status) == (pytest.approx(10), 4, "ok")
    assert found.deviance == pytest.approx(2 * 6 * (10 * np.log(10 / 7.5) + 5 * np.log(5 / 7.5)))
    assert found.dispersion == pytest.approx(2.5)
    # each pair: (20 - 15) / √(30/4)
    assert [abs(one.residual) for one in found.residuals] == pytest.approx([5 / np.sqrt(7.5)] * 3)
    by_pair = {(one.first, one.second): one for one in found.residuals}
    assert by_pair["m0", "m1"].residual > 0 > by_pair["m0", "m2"].residual
    assert (by_pair["m0", "m1"].points, by_pair["m0", "m1"].expected) == (20, pytest.approx(15))


def test_votes_drawn_from_the_model_are_called_misfits_in_one_of_twenty_studies():
    rng, theta, p = np.random.default_rng(72), np.array([0.5, 0.2, 0, -0.3, -0.4]), []
    chance = 1 / (1 + np.exp(-(theta[:, None] - theta)))
    for _ in range(600):
        won = rng.binomial(40, chance)
        cells = np.stack([won, np.zeros_like(won), 40 - won], axis=-1)
        cells[np.arange(5), np.arange(5)] = 0
        p.append(goodness_of_fit(FittedVotes(names(5), cells, fit(cells))).p)
    # standard error √(0.05 · 0.95 / 600) = 0.009
    assert 0.025 < np.mean(np.array(p) <= 0.05) < 0.08


@pytest.mark.parametrize("ties", ["davidson", "rao-kupper"])
def test_models_of_ties_are_judged_on_all_three_outcomes(ties):
    cells = random_cells(np.random.default_rng(73), 4, 30, ties=True)
    one = fit(cells, ties=ties)
    found = goodness_of_fit(FittedVotes(names(4), cells, one))
    shown = cells.sum(axis=2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        full = np.nansum(cells * np.log(cells / shown))
    assert found.deviance == pytest.approx(2 * (full - one.log_likelihood))
    # 12 ordered pairs with two free outcomes each; 3 strengths, the order effect and the parameter of ties
    assert found.df == 24 - 5


def test_why_there_is_no_test_of_fit_is_said():
    tied = random_cells(np.random.default_rng(74), 3, 20, ties=True)
    halves = goodness_of_fit(FittedVotes(names(3), tied, fit(tied)))
    assert (halves.status, halves.p, halves.deviance) == ("undefined_half_wins", None, None)
    assert len(halves.residuals) == 3
    two = np.zeros((2, 2, 3), int)
    two[0, 1] = [6, 0, 4]
    assert (
        goodness_of_fit(FittedVotes(names(2), two, fit(two, order_effect=False))).status
        == "undefined_saturated"
    )
    sparse = circle(4, 2)
    found = goodness_of_fit(FittedVotes(names(3), sparse, fit(sparse, order_effect=False)))
    assert (found.status, found.p) == ("too_sparse", None)
    assert found.deviance > 0
    unbeaten = np.zeros((3, 3, 3), int)
    unbeaten[0, 1], unbeaten[1, 2] = [9, 0, 0], [5, 0, 4]
    penalised = goodness_of_fit(FittedVotes(names(3), unbeaten, fit_penalised(unbeaten, order_effect=False)))
    assert (penalised.status, penalised.deviance) == ("undefined_penalised", None)


def test_a_circle_of_decided_pairs_is_named_once():
    # 30 of 36: p = 2 · P(X ≤ 6) of 36 = 7e-5, thrice by Holm far below 0.05
    cells = circle(30, 6)
    found = cycles(FittedVotes(names(3), cells, fit(cells, order_effect=False)))
    assert (found.n_pairs, found.n_decided, found.n_triples, found.n_cycles) == (3, 3, 1, 1)
    assert (found.share, found.cycles, found.status) == (1.0, (("m0", "m1", "m2"),), "ok")
    # 12 against 8 decides nothing: p = 0.50
    weak = cycles(FittedVotes(names(3), circle(12, 8), fit(circle(12, 8), order_effect=False)))
    assert (weak.n_decided, weak.n_triples, weak.share) == (0, 0, None)
    assert weak.status == "undefined_no_decided_triples"


def test_a_thousand_random_tables_have_the_cycles_found_triple_by_triple():
    rng, seen = np.random.default_rng(75), 0
    for _ in range(1_000):
        size = int(rng.integers(3, 7))
        cells = rng.multinomial(12, rng.dirichlet([0.4, 0.1, 0.4], (size, size)))
        cells[np.arange(size), np.arange(size)] = 0
        cells[rng.random((size, size)) < 0.2] = 0
        pairs = [
            pair for pair in combinations(range(size), 2) if cells[pair].any() or cells[pair[::-1]].any()
        ]
        wins = {(a, b): int(cells[a, b, 0] + cells[b, a, 2]) for a in range(size) for b in range(size)}
        tested = [
            binomtest(wins[a, b], wins[a, b] + wins[b, a]).pvalue if wins[a, b] + wins[b, a] else 1.0
            for a, b in pairs
        ]
        p = np.array(tested) * 1.0
        decided = np.minimum(np.maximum.accumulate(np.sort(p) * np.arange(len(p), 0, -1)), 1) <= 0.05
        beats = set()
        for at, rank_ in zip(np.argsort(p, kind="stable"), range(len(p)), strict=True):
            if decided[rank_]:
                a, b = pairs[at]
                beats.add((a, b) if wins[a, b] > wins[b, a] else (b, a))
        either = beats | {(b, a) for a, b in beats}
        triples = [t for t in combinations(range(size), 3) if all(e in either for e in combinations(t, 2))]
        around = [
            t for t in triples if len({a for a, b in beats if a in t and b in t}) == 3
        ]  # each of the three beats one
        found = cycles(FittedVotes(names(size), cells, fit(circle(2, 2), order_effect=False)))
        assert (found.n_pairs, found.n_decided) == (len(pairs), len(beats))
        assert (found.n_triples, found.n_cycles, len(found.cycles)) == (
            len(triples),
            len(around),
            len(around),
        )
        assert {frozenset(one) for one in found.cycles} == {
            frozenset(names(size)[at] for at in t) for t in around
        }
        for a, b, c in found.cycles:
            a, b, c = (int(one[1:]) for one in (a, b, c))
            assert {(a, b), (b, c), (c, a)} <= beats
        seen += len(around)
    assert seen > 100


def test_holm_decides_the_pairs_as_statsmodels_does():
    rng = np.random.default_rng(76)
    cells = rng.multinomial(30, rng.dirichlet([1, 0.2, 1], (6, 6)))
    cells[np.arange(6), np.arange(6)] = 0
    won = cells[..., 0] + cells[..., 2].T
    p = [binomtest(won[a, b], won[a, b] + won[b, a]).pvalue for a, b in combinations(range(6), 2)]
    found = cycles(FittedVotes(names(6), cells, fit(cells)))
    assert found.n_decided == multipletests(p, 0.05, "holm")[0].sum() > 0


def test_a_ranking_tells_both_and_prints_them():
    votes = []
    for a, b in (("m0", "m1"), ("m1", "m2"), ("m2", "m0")):
        votes += [Vote(a, b, "first"), Vote(b, a, "second")] * 15 + [
            Vote(a, b, "second"),
            Vote(b, a, "first"),
        ] * 3
    found = rank(votes)
    assert found.cycles.cycles == (("m0", "m1", "m2"),)
    assert found.goodness_of_fit.p < 1e-6
    told = found.as_json()
    assert told["cycles"]["n_cycles"] == 1
    assert told["goodness_of_fit"]["residuals"][0]["residual"] == pytest.approx(12 / 3)  # (30 - 18) / √(36/4)
    assert rank(VoteCounts()).as_json()["cycles"] is None
