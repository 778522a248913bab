"""Ratings with the style of answers held equal: length, headings, lists, as columns beside the systems.

The model is Bradley-Terry with b'z added to the logit, z being how far the first answer exceeds the second
(LMSYS style control 2024). Length may be a cause of quality, so what it explains is not all bias: the
controlled ranking stands beside the plain one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import Integers
from leaderboard.domain.ranking.bradley_terry import (
    Fit,
    NoMaximumError,
    eta_of,
    inverse_information,
    maximise,
)
from leaderboard.domain.ranking.clusters import Names
from leaderboard.domain.ranking.connectivity import Flags
from leaderboard.domain.ranking.covariance import Clusters, Meats, clusters_of, few_votes
from leaderboard.domain.ranking.models import half_win
from leaderboard.domain.ranking.votes import OUTCOMES, Vote

_POINTS = np.array([1.0, 0.5, 0.0])
_COLLINEAR = 1e-8  # share of a feature's variance that systems and order leave to itself


@dataclass(frozen=True, eq=False)
class StyledVotes:
    """n votes with F features: system shown first and second (n,), points of the first (n,), z (n, F)."""

    size: int
    first: Integers
    second: Integers
    points: Floats
    features: Floats
    raters: Integers | None
    items: Integers | None


def relative_difference(first: Floats, second: Floats) -> Floats:
    """(n,) (first - second) / (first + second), 0 where both are 0, over its standard deviation.

    `first`, `second` (n,) are lengths or counts, not negative.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if not (first >= 0).all() or not (second >= 0).all():
        raise ValueError("lengths and counts are not negative: give how long the answers are")
    total = first + second
    share = np.divide(first - second, total, out=np.zeros_like(total), where=total > 0)
    deviation = share.std()
    relative: Floats = share / deviation if deviation > 0 else share
    return relative


def styled(votes: Sequence[Vote], systems: Sequence[str], features: Floats) -> StyledVotes:
    """The votes among these systems, with `features` (n, F) of all votes."""
    features = np.asarray(features, np.float64)
    if features.ndim != 2 or len(features) != len(votes) or not np.isfinite(features).all():
        raise ValueError(f"{len(votes)} votes need as many rows of style features, all finite numbers")
    place = {name: at for at, name in enumerate(systems)}
    kept = [at for at, vote in enumerate(votes) if vote.first in place and vote.second in place]
    rows = [votes[at] for at in kept]
    return StyledVotes(
        size=len(systems),
        first=np.array([place[vote.first] for vote in rows], np.int64),
        second=np.array([place[vote.second] for vote in rows], np.int64),
        points=_POINTS[[OUTCOMES.index(vote.outcome) for vote in rows]],
        features=features[kept],
        raters=_codes([vote.rater for vote in rows]),
        items=_codes([vote.item for vote in rows]),
    )


def fit_controlled(votes: StyledVotes, *, order_effect: bool = True) -> Fit:
    """Maximum likelihood with style features; ties are half wins. NoMaximumError if there is none or many."""
    size, n_features = votes.size, votes.features.shape[1]
    fitted = np.ones(size + 2 + n_features, bool)
    fitted[size : size + 2] = order_effect, False

    def at(point: Floats) -> tuple[float, Floats]:
        theta = point[:size]
        eta = theta[votes.first] - theta[votes.second] + point[size] + votes.features @ point[size + 2 :]
        value = votes.points @ log_expit(eta) + (1 - votes.points) @ log_expit(-eta)
        return float(value), expit(eta)

    def slopes(point: Floats, p: Floats) -> tuple[Floats, Floats]:
        return _sums(votes, votes.points - p), _information(votes, p * (1 - p))

    start = np.zeros(len(fitted))
    _check_features(votes, fitted)
    point, value, _, bread = maximise(start, fitted, size, at, slopes)
    return Fit(
        ties="half-win",
        theta=point[:size] - point[:size].mean(),
        delta=float(point[size]),
        tie=None,
        bread=bread,
        votes=half_win(eta_of(point[: size + 2])),
        log_likelihood=value,
        order_fitted=order_effect,
        extra=point[size + 2 :],
    )


def controlled_meats(votes: StyledVotes, fit: Fit) -> Meats:
    """The meats of a controlled fit, from its votes."""
    eta = fit.theta[votes.first] - fit.theta[votes.second] + fit.delta + votes.features @ fit.extra
    score = votes.points - expit(eta)
    n = len(score)
    return Meats(
        vote=few_votes(_information(votes, score**2), n),
        n_votes=n,
        rater=None if votes.raters is None else _clusters(votes, votes.raters, score),
        item=None if votes.items is None else _clusters(votes, votes.items, score),
    )


def _clusters(votes: StyledVotes, codes: Integers, score: Floats) -> Clusters:
    groups, size = int(codes.max()) + 1, votes.size

    def tabulated(column: Integers, weights: Floats) -> Floats:
        table = np.bincount(codes * size + column, weights, groups * size)
        return np.asarray(table.reshape(groups, size), np.float64)

    ones = np.ones(len(score))

    sums = tabulated(votes.first, score) - tabulated(votes.second, score)
    judged = tabulated(votes.first, ones) + tabulated(votes.second, ones)
    others = [np.bincount(codes, score, groups), np.zeros(groups)]
    others += [np.bincount(codes, score * feature, groups) for feature in votes.features.T]
    return clusters_of(sums, np.column_stack(others), judged)


def _sums(votes: StyledVotes, score: Floats) -> Floats:
    """(P,) sums of score times the votes' columns."""
    size = votes.size
    of_systems = np.bincount(votes.first, score, size) - np.bincount(votes.second, score, size)
    return np.concatenate([of_systems, [score.sum(), 0.0], votes.features.T @ score])


def _information(votes: StyledVotes, weights: Floats) -> Floats:
    """(P, P) sums of weights times the products of the votes' columns."""
    size, first, second = votes.size, votes.first, votes.second
    pairs = np.bincount(first * size + second, weights, size * size).reshape(size, size)
    found = np.zeros((size + 2 + votes.features.shape[1],) * 2)
    found[:size, :size] = np.diag(pairs.sum(axis=0) + pairs.sum(axis=1)) - pairs - pairs.T
    found[size] = found[:, size] = _sums(votes, weights)
    for at, feature in enumerate(votes.features.T, start=size + 2):
        found[at] = found[:, at] = _sums(votes, weights * feature)
    return found


def _check_features(votes: StyledVotes, fitted: Flags) -> None:
    """NoMaximumError if a feature is a sum of systems, order and features before it."""
    start = votes.size + 2
    curve = _information(votes, np.ones(len(votes.points)))
    for at in range(start, len(curve)):
        known = fitted[:at]
        bread = inverse_information(curve[:at, :at], known, votes.size)
        left = curve[at, at] - curve[at, :at] @ bread @ curve[:at, at]
        if not left > _COLLINEAR * max(curve[at, at], 1e-300):
            raise NoMaximumError(
                f"style feature {at - start + 1} says no more than the systems, their order and the features "
                "before it: leave it out"
            )


def _codes(names: Sequence[str | None]) -> Integers | None:
    given = [name for name in names if name is not None]
    return Names().codes(given) if given and len(given) == len(names) else None
