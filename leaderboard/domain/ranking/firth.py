"""Firth's penalised fit (1993), for votes that leave the maximum likelihood at infinity.

The penalty is half the log determinant of the information (Jeffreys' prior). It halves the pull of each
undecided vote, so that a system that never lost gets a finite estimate (Heinze & Schemper 2002). Ties are
half wins. Where it is used, the result says so.
"""

from __future__ import annotations

import numpy as np

from evaluation.domain.estimates import Floats
from leaderboard.domain.ranking.bradley_terry import (
    Cells,
    Fit,
    eta_of,
    free_parameters,
    gradient,
    information,
    inverse_information,
    likelihood,
    made,
    maximise,
    products,
    spread,
)
from leaderboard.domain.ranking.models import Derivatives, half_win

_CONVERGED = 1e-8  # logits: the curve leaves out the penalty's own, so that the last steps shrink slowly


def fit_penalised(cells: Cells, *, order_effect: bool = True) -> Fit:
    """Firth's fit of (S, S, 3) counts; the systems must be connected by their votes, in whatever direction.

    Its score is that of the votes with h/2 wins and h/2 losses added to each ordered pair, h being the pair's
    leverage n p (1 - p) x' I⁻¹ x. The bread is the inverse information at the estimate.
    """
    counts = np.asarray(cells, np.float64)
    size = len(counts)
    fitted = free_parameters(size, order_effect, "half-win")

    def at(point: Floats) -> tuple[float, Derivatives]:
        votes = half_win(eta_of(point))
        return likelihood(counts, votes) + _penalty(information(counts, votes), order_effect), votes

    def slopes(point: Floats, votes: Derivatives) -> tuple[Floats, Floats]:
        curve = information(counts, votes)
        leverage = _leverage(inverse_information(curve, fitted, size), counts, votes)
        pull = leverage * votes.score[..., 1]  # 1/2 - p
        added = products(leverage * votes.curve[..., 0])
        return gradient(counts, votes) + spread(pull, 0.0), curve + added

    point, _, votes, _ = maximise(np.zeros(size + 2), fitted, size, at, slopes, _CONVERGED)
    bread = inverse_information(information(counts, votes), fitted, size)
    value = likelihood(counts, votes)
    return made("half-win", point, votes, bread, value, order_effect, penalised=True)


def _leverage(bread: Floats, counts: Floats, votes: Derivatives) -> Floats:
    """(S, S) n p (1 - p) x' bread x of each ordered pair."""
    size = len(counts)
    own, order = np.diag(bread)[:size], bread[:size, size]
    spreads = own[:, None] + own - 2 * bread[:size, :size] + bread[size, size]
    spreads += 2 * (order[:, None] - order)
    leverage: Floats = (counts * votes.curve).sum(axis=-1) * spreads
    return leverage


def _penalty(curve: Floats, order_effect: bool) -> float:
    """Half the log determinant of the information, theta pinned to add up to 0."""
    size = len(curve) - 2
    kept = curve[: size + order_effect, : size + order_effect].copy()
    kept[:size, :size] += 1.0 / size  # a constant: theta's determinant is that of its contrasts, times one
    sign, value = np.linalg.slogdet(kept)
    return float(value) / 2 if sign > 0 else -np.inf
