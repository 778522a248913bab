"""Comparisons of one axis as a board keeps them: strengths, plain and controlled, wins and losses, bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any

import numpy as np

from leaderboard.domain.physicians.asking import Asked
from leaderboard.domain.physicians.measured import Answered, Matrices
from leaderboard.domain.physicians.style import differences
from leaderboard.domain.ranking import RankingResult, Vote, VoteCounts, rank
from leaderboard.domain.ranking.bradley_terry import NoMaximumError, fit
from leaderboard.domain.ranking.results import Rating
from raters.domain.system_results import system_means

SEED = 20_26
MOST_BANDS = 300  # pairs of systems of which the three bands are kept, those with most votes


_ONE_ORDER = (
    "Bradley-Terry strength on Elo's scale. Each pair stood in one order only, or it is not known where: "
    "what the place on the screen does could not be held equal."
)


@dataclass(frozen=True, slots=True)
class Ballot:
    """One vote: systems by number, the one shown first first; `looks` of the two texts, if known."""

    first: int
    second: int
    outcome: str
    rater: int
    item: int
    looks: tuple[tuple[float, ...], tuple[float, ...]] | None = None


def of_votes(strength: Asked, style: Asked, plain: Asked, ballots: Sequence[Ballot]) -> list[Answered]:
    """The columns of strengths: with style held equal only where texts are known, plain only where finite."""
    votes = [_vote(ballot) for ballot in ballots]
    features = _features(ballots)
    result = rank(votes, seed=SEED, style=features) if features else rank(votes, seed=SEED)
    found = [Answered(strength, _cells(result), _matrices(result), _facts(result, ballots))]
    if features:
        found.append(_controlled(style, result))
    if cells := _plain(result):
        found.append(Answered(plain, cells, {}, {"scope": result.scope}))
    return found


def _plain(result: RankingResult) -> dict[int, dict[str, Any]]:
    """Strengths of wins and losses alone, as most boards fit them; none where they are not finite."""
    if result.votes is None:
        return {}
    try:
        theta = fit(result.votes.cells, order_effect=False).theta.tolist()
    except NoMaximumError:
        return {}
    return {
        int(name): {"value": value, "n": result.rating(name).n_votes, "status": "ok"}
        for name, value in zip(result.votes.systems, theta, strict=True)
    }


def unacceptable(asked: Asked, ballots: Sequence[Ballot]) -> Answered | None:
    """The shares of comparisons in which both were refused; None where that was never said."""
    shares = rank([_vote(ballot) for ballot in ballots], seed=SEED).unacceptable
    if not shares:
        return None
    cells = {
        int(one.system): {
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "n": one.n_votes,
            "status": one.status,
            "note": one.reason,
        }
        for one in shares
    }
    return Answered(asked, cells, {}, {"scope": shares[0].interval})


def bands(ballots: Sequence[Ballot]) -> list[dict[str, Any]]:
    """Of each pair of systems a < b: how often a was preferred, neither, b; clustered two ways."""
    pairs: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for ballot in ballots:
        if ballot.outcome != "both bad":
            turned = ballot.first > ballot.second
            outcome = ("first", "tie", "second").index(ballot.outcome)
            key = (ballot.second, ballot.first) if turned else (ballot.first, ballot.second)
            pairs.setdefault(key, []).append((2 - outcome if turned else outcome, ballot.rater, ballot.item))
    most = sorted(pairs, key=lambda key: (-len(pairs[key]), key))[:MOST_BANDS]
    return [{"a": a, "b": b, **_three(pairs[a, b])} for a, b in sorted(most)]


def _three(rows: list[tuple[int, int, int]]) -> dict[str, Any]:
    outcome, rater, item = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    nobody = np.zeros(len(rows), np.int64)
    shares = []
    for at in range(3):
        said = (outcome == at).astype(np.float64)
        (one,) = system_means(said, nobody, rater, item, share=True)
        shares.append({"value": one.value, "low": one.low, "high": one.high})
    return {
        "shares": shares,
        "n": len(rows),
        "items": len(np.unique(item)),
        "n_raters": len(np.unique(rater)),
    }


def _vote(ballot: Ballot) -> Vote:
    outcome: Any = ballot.outcome
    return Vote(str(ballot.first), str(ballot.second), outcome, str(ballot.rater), str(ballot.item))


def _features(ballots: Sequence[Ballot]) -> dict[str, Any]:
    looks = [ballot.looks for ballot in ballots]
    if not looks or any(one is None for one in looks):
        return {}
    known = [one for one in looks if one is not None]
    return dict(differences([one[0] for one in known], [one[1] for one in known]))


def _cells(result: RankingResult) -> dict[int, dict[str, Any]]:
    places = {system: at for at, system in enumerate(result.ranked)}
    cells = {}
    for rating in result.ratings:
        at = places.get(rating.system)
        variance = None if at is None else float(result.covariance[at, at])
        cells[int(rating.system)] = _cell(rating, variance)
    return cells


def _cell(rating: Rating, variance: float | None) -> dict[str, Any]:
    given = rating.status == "ok" or not rating.status.startswith("not_rankable")
    return {
        "value": rating.value if given else None,
        "low": rating.low,
        "high": rating.high,
        "n": rating.n_votes,
        "items": rating.n_items,
        "n_raters": rating.n_raters,
        "se": None if variance is None or not isfinite(variance) else sqrt(variance),
        "status": rating.status,
        "note": rating.reason,
        "rank_low": rating.rank_low,
        "rank_high": rating.rank_high,
        "band": rating.band,
    }


def _matrices(result: RankingResult) -> Matrices:
    if result.matrix is None:
        return {}
    kept: dict[str, Any] = {
        "systems": np.array([int(name) for name in result.ranked], np.int64),
        "values": result.values,
        "covariance": result.covariance,
        "df": result.matrix.df,
    }
    if result.separation is not None:
        kept |= {"independent": result.separation.independent, "per_vote": result.separation.per_vote}
    return kept


def _facts(result: RankingResult, ballots: Sequence[Ballot]) -> dict[str, Any]:
    ranges = result.ranges
    one_order = result.order_effect.status == "undefined_one_order"
    return {
        **({"note": _ONE_ORDER, "short": "place on the screen not known"} if one_order else {}),
        "scope": result.scope,
        "method": "none" if ranges is None else ranges.method,
        "critical_value": ranges.critical_value if ranges and ranges.n_comparisons else None,
        "interval": result.interval,
        "coefficient": result.coefficient,
        "order_effect": dict(vars(result.order_effect)),
        "n_votes": len(ballots),
        "n_ties": sum(ballot.outcome == "tie" for ballot in ballots),
        "n_neither": sum(ballot.outcome == "both bad" for ballot in ballots),
        "warnings": list(result.warnings),
        "components": [[int(name) for name in one] for one in result.components],
        "style": [dict(vars(one)) for one in result.style],
        "wins": _wins(ballots),
        "bands": bands(ballots),
    }


def _wins(ballots: Sequence[Ballot]) -> dict[str, Any]:
    """How often row won against, tied with and lost to column: systems by number, (S, S) each."""
    names = sorted({system for ballot in ballots for system in (ballot.first, ballot.second)})
    cells = VoteCounts.of([_vote(ballot) for ballot in ballots if ballot.outcome != "both bad"]).cells_of(
        [str(name) for name in names]
    )
    won = cells[..., 0] + cells[..., 2].T
    tied = cells[..., 1] + cells[..., 1].T
    return {"systems": names, "won": won.tolist(), "tied": tied.tolist()}


def _controlled(style: Asked, result: RankingResult) -> Answered:
    """The controlled column; where it could not be fitted its cells say why."""
    found = result.controlled
    if found is None:
        why = next(
            (said for said in result.warnings if said.startswith("style")), "style was not controlled for"
        )
        cells = {
            int(one.system): {"value": None, "n": one.n_votes, "status": "undefined_not_fitted", "note": why}
            for one in result.ratings
        }
        return Answered(style, cells, {}, {"scope": result.scope, "warnings": [why]})
    ranges = found.ranges
    facts = {
        "scope": found.scope,
        "method": "none" if ranges is None else ranges.method,
        "critical_value": ranges.critical_value if ranges and ranges.n_comparisons else None,
        "interval": found.interval,
        "style": [dict(vars(one)) for one in found.style],
        "warnings": list(found.warnings),
    }
    return Answered(style, _cells(found), _matrices(found), facts)
