"""Twelve physicians with strong tastes, sixty votes each: do a board's intervals and rank ranges hold?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import expit

from leaderboard.domain.moments import Integers
from leaderboard.domain.physicians.asking import Asked
from leaderboard.domain.physicians.measured import of_sheet
from leaderboard.domain.physicians.sheet import Sheet
from leaderboard.domain.physicians.voted import SEED, Ballot, of_votes
from leaderboard.domain.ranking import OUTCOMES, VoteCounts, rank
from leaderboard.domain.ranking.bradley_terry import fit

RATERS, EACH, SYSTEMS, TASTE = (
    12,
    60,
    12,
    1.0,
)  # taste: standard deviation in logits, of each rater and system
STRENGTHS = np.linspace(-1, 1, SYSTEMS)


def votes(rng: np.random.Generator) -> tuple[Integers, Integers, Integers, Any]:
    """Raters, systems shown first and second, and whether the first won; every vote on a case of its own."""
    n = RATERS * EACH
    rater, first = np.repeat(np.arange(RATERS), EACH), rng.integers(0, SYSTEMS, n)
    second = (first + rng.integers(1, SYSTEMS, n)) % SYSTEMS
    felt = STRENGTHS + rng.normal(0, TASTE, (RATERS, SYSTEMS))
    return rater, first, second, rng.random(n) < expit(felt[rater, first] - felt[rater, second])


def truth() -> Any:
    """The strengths that all physicians there are would give: chances are means over tastes."""
    nodes, weights = hermegauss(40)
    apart = STRENGTHS[:, None] - STRENGTHS
    chance = expit(apart[..., None] + np.sqrt(2) * TASTE * nodes) @ weights / weights.sum()
    cells = np.zeros((SYSTEMS, SYSTEMS, 3))
    cells[..., 0], cells[..., 2] = chance, 1 - chance
    cells[np.arange(SYSTEMS), np.arange(SYSTEMS)] = 0
    return fit(cells, order_effect=False).theta


def test_intervals_hold_19_times_in_20_and_rank_ranges_hold_for_the_whole_board() -> None:
    rng, target = np.random.default_rng(2026), truth()
    place = 1 + np.argsort(np.argsort(-target))
    covered, boards_right = [], []
    for _ in range(200):
        rater, first, second, won = votes(rng)
        counts = VoteCounts.of_columns(
            [str(at) for at in first],
            [str(at) for at in second],
            [OUTCOMES[0 if one else 2] for one in won],
            [str(at) for at in rater],
            [str(at) for at in range(len(rater))],
        )
        found = [one for one in rank(counts, seed=SEED).ratings if one.low is not None and one.rank_low]
        at = [int(one.system) for one in found]
        covered += [one.low <= target[code] <= one.high for one, code in zip(found, at, strict=True)]  # type: ignore[operator]
        boards_right.append(
            all(one.rank_low <= place[code] <= one.rank_high for one, code in zip(found, at, strict=True))  # type: ignore[operator]
        )
    assert len(covered) > 2_300
    assert 0.93 <= np.mean(covered) <= 0.97
    assert np.mean(boards_right) >= 0.95


def test_a_board_prints_the_intervals_and_ranks_of_that_ranking() -> None:
    rater, first, second, won = votes(np.random.default_rng(3))
    ballots = [
        Ballot(int(a), int(b), OUTCOMES[0 if one else 2], int(r), at)
        for at, (r, a, b, one) in enumerate(zip(rater, first, second, won, strict=True))
    ]
    asked = {
        name: Asked(key=name, name=name, variable="", category="", measure=name, scale="logit")
        for name in ("strength", "style", "plain")
    }
    strength = of_votes(asked["strength"], asked["style"], asked["plain"], ballots)[0]
    counts = VoteCounts.of_columns(
        [str(one.first) for one in ballots],
        [str(one.second) for one in ballots],
        [OUTCOMES[0 if one.outcome == "first" else 2] for one in ballots],
        [str(one.rater) for one in ballots],
        [str(one.item) for one in ballots],
    )
    for rating in rank(counts, seed=SEED).ratings:
        cell = strength.cells[int(rating.system)]
        assert (cell["value"], cell["low"], cell["rank_low"], cell["band"]) == (
            rating.value,
            rating.low,
            rating.rank_low,
            rating.band,
        )


def test_means_of_a_dozen_raters_of_their_own_taste_are_ranked_with_care() -> None:
    rng = np.random.default_rng(11)
    level = np.linspace(-1.2, 1.2, 6)
    nodes, weights = hermegauss(40)
    spread = np.sqrt(0.8**2 + 0.6**2)
    target = expit(level[:, None] + spread * nodes) @ weights / weights.sum()
    place = 1 + np.argsort(np.argsort(-target))
    asked = Asked(key="x", name="x", variable="x", category="x", measure="top_bin", ordered=True)
    covered, boards_right = [], []
    for _ in range(200):
        sheet, taste = Sheet(), rng.normal(0, 0.8, (RATERS, 6))
        hard = rng.normal(0, 0.6, 60)
        for rater in range(RATERS):
            for system in range(6):
                for case in rng.choice(60, 10, replace=False).tolist():
                    chance = expit(level[system] + taste[rater, system] + hard[case])
                    sheet.add(float(rng.random() < chance), system, rater, case)
        cells = of_sheet(asked, sheet).cells
        known = [(system, cell) for system, cell in cells.items() if cell["low"] is not None]
        covered += [cell["low"] <= target[system] <= cell["high"] for system, cell in known]
        boards_right.append(all(cell["rank_low"] <= place[at] <= cell["rank_high"] for at, cell in known))
    assert 0.93 <= np.mean(covered) <= 0.985
    assert np.mean(boards_right) >= 0.95
