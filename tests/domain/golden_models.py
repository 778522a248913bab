"""Golden cases of rankings, models of raters and tests, computed; as in golden_agreement."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import chdtrc

from evaluation.domain.intervals import wilson
from evaluation.domain.paired import exact_mcnemar, sign_flip_tests
from leaderboard.domain.multiplicity import family
from leaderboard.domain.ranking import Vote, rank
from leaderboard.domain.ranking.bradley_terry import fit
from leaderboard.domain.ranking.elo import sequential_elo
from leaderboard.domain.ranking.fit import FittedVotes, goodness_of_fit
from raters.domain.agreement.marginal_homogeneity import homogeneity_of_table
from raters.domain.reliability.dawid_skene import dawid_skene
from raters.domain.reliability.item_response import fit_2pl
from tests.domain.golden_agreement import Case

SEPARATED = "not_rankable_separated"


def baseball(case: Case) -> dict[str, Any]:
    teams = [case["params"]["reference"], *case["params"]["order"]]
    cells = np.zeros((7, 7, 3), np.int64)
    for home, away, won, lost in case["data"]["rows"]:
        cells[teams.index(home), teams.index(away)] += [won, 0, lost]
    found = fit(cells, order_effect=False)
    bread = found.bread[:7, :7]
    return {
        "log_ability": found.theta[1:] - found.theta[0],
        "se": np.sqrt(np.diag(bread)[1:] + bread[0, 0] - 2 * bread[0, 1:]),
        "residual_deviance": goodness_of_fit(FittedVotes(tuple(teams), cells, found)).deviance,
    }


def puddings(case: Case) -> dict[str, Any]:
    cells = np.zeros((6, 6, 3), np.int64)
    for i, j, won, lost, tied in case["data"]["rows"]:
        cells[i - 1, j - 1] = [won, tied, lost]
    found = fit(cells, ties="davidson", order_effect=False)
    worth = np.exp(found.theta)
    return {"worth": worth / worth.sum(), "nu": np.exp(found.tie), "log_likelihood": found.log_likelihood}


def elo(case: Case) -> dict[str, Any]:
    words = {1: "first", 0.5: "tie", 0: "second"}
    votes = [Vote(a, b, words[score]) for a, b, score in case["data"]["rows"]]
    return dict(sequential_elo(votes, k=case["params"]["k"], start=case["params"]["initial"]))


def anaesthetists(case: Case) -> dict[str, Any]:
    rows = np.array(case["data"]["rows"]) - 1
    found = dawid_skene(*rows.T, 4, pseudo_count=0, restarts=0, tolerance=1e-10, max_iterations=20_000)
    return {"class_marginals": found.prevalence}


def law_school_test(case: Case) -> dict[str, Any]:
    patterns, persons = zip(*case["data"]["rows"], strict=True)
    found = fit_2pl([[int(answer) for answer in pattern] for pattern in patterns], persons)
    return {
        "difficulty": [item.difficulty for item in found.items],
        "discrimination": [item.discrimination for item in found.items],
    }


def maize(case: Case) -> dict[str, Any]:
    found = sign_flip_tests(np.column_stack([case["data"]["x"], case["data"]["y"]]), seed=0)
    assert found.exact
    return {
        "mean_difference": found.difference[0, 1],
        "extreme_count_of_32768": found.p[0, 1] * 32768,
        "p_two_sided": found.p[0, 1],
    }


def infarction(case: Case) -> dict[str, Any]:
    p, level = case["data"]["p"], case["data"]["alpha"]
    return {
        "rejected_bh": family(p, "benjamini-hochberg").rejected(level).sum(),
        "rejected_bonferroni": family(p, "bonferroni").rejected(level).sum(),
    }


def newcombe(case: Case) -> dict[str, Any]:
    low, high = wilson(case["data"]["x"], case["data"]["n"])
    return {"low": low, "high": high}


def mcnemar(case: Case) -> dict[str, Any]:
    """The chi-square is Stuart and Maxwell's of two categories; Edwards' corrected one, which the exact test
    replaces, is a formula of the two counts that the exact test reports."""
    table = np.array(case["data"]["rows"])
    plain = homogeneity_of_table(table)
    cells = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], table.ravel(), axis=0)
    exact = exact_mcnemar(cells[:, 0], cells[:, 1])
    apart, both = exact.only_first - exact.only_second, exact.only_first + exact.only_second
    corrected = (abs(apart) - 1) ** 2 / both
    return {
        "chi2": plain.statistic,
        "p": plain.p,
        "chi2_corrected": corrected,
        "p_corrected": chdtrc(1, corrected),
        "p_exact": exact.p,
    }


def vision(case: Case) -> dict[str, Any]:
    found = homogeneity_of_table(np.array(case["data"]["rows"]))
    return {"chi2": found.statistic, "p": found.p}


def undefeated(case: Case) -> dict[str, Any]:
    votes = [
        vote
        for i, j, won, lost, _ in case["data"]["rows"]
        for vote in [Vote(i, j, "first")] * won + [Vote(i, j, "second")] * lost
    ]
    found = rank(votes)
    a = found.rating("a")
    finite = all(one.value is not None and np.isfinite(one.value) for one in found.ratings)
    told = a.status == SEPARATED and a.reason.startswith("separation: undefeated")
    said = "Firth's penalty" in found.coefficient and any("Firth" in one for one in found.warnings)
    return {
        "finite_estimates": finite,
        "flag": "separation: a undefeated" if told else a.reason,
        "method": "Firth/Jeffreys or MAP, never a silent number" if said else found.coefficient,
    }
