"""Fits of the Bradley-Terry family by Newton's method on the counts of pairs.

Parameters stand in the order theta (S,), delta, parameter of ties, on the logit scale; theta adds up to 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import log, log1p
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import Integers
from leaderboard.domain.ranking.models import MODELS, Derivatives, Ties

Cells = Floats | Integers
V = TypeVar("V")  # what is known of the votes at a point

_MOST_STEPS, _MOST_HALVINGS = 1_000, 30
_CONVERGED = 1e-10  # largest step, in logits
_FLAT = 1e6  # variance of a logit above which the likelihood is level there, its maximum at infinity
_LONGEST = 4.0  # logits: a longer step is cut, as Newton overshoots from afar


class NoMaximumError(ValueError):
    """The likelihood has no finite maximum."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model of S systems.

    theta           (S,) logits, adding up to 0
    delta           logits by which being shown first raises the odds of winning; 0 where it was not fitted
    tie             log nu (Davidson), c (Rao-Kupper), or None
    bread           (P, P) inverse information, P = S + 2 + style features; rows of what was not fitted are 0
    votes           what one vote says at the estimate
    log_likelihood  half-win ties: the quasi-likelihood
    penalised       whether Firth's penalty was needed: see `firth`
    extra           coefficients after the parameter of ties: style features
    """

    ties: Ties
    theta: Floats
    delta: float
    tie: float | None
    bread: Floats
    votes: Derivatives
    log_likelihood: float
    order_fitted: bool
    penalised: bool = False
    extra: Floats = field(default_factory=lambda: np.empty(0))


def fit(cells: Cells, *, ties: Ties = "half-win", order_effect: bool = True) -> Fit:
    """Maximum likelihood from (S, S, 3) counts: shown first, shown second, (first better, tie, second).

    The systems must be strongly connected by their wins, and the order effect estimable (see `connectivity`):
    otherwise the maximum lies at infinity or nowhere: NoMaximumError. The models of ties need ties and
    decisions among the votes (ValueError), and more: a system that never won or never lost but for ties can
    leave them without a maximum where half-win ties have one.
    """
    counts = np.asarray(cells, np.float64)
    model = MODELS[ties]
    start = np.zeros(len(counts) + 2)
    start[-1] = start_of_ties(counts, ties)
    fitted = free_parameters(len(counts), order_effect, ties)

    def at(point: Floats) -> tuple[float, Derivatives]:
        votes = model(eta_of(point), float(point[-1]))
        return likelihood(counts, votes), votes

    def slopes(point: Floats, votes: Derivatives) -> tuple[Floats, Floats]:
        return gradient(counts, votes), information(counts, votes)

    point, value, votes, bread = maximise(start, fitted, len(counts), at, slopes)
    return made(ties, point, votes, bread, value, order_effect)


def made(
    ties: Ties,
    point: Floats,
    votes: Derivatives,
    bread: Floats,
    value: float,
    order_effect: bool,
    *,
    penalised: bool = False,
) -> Fit:
    return Fit(
        ties=ties,
        theta=point[:-2] - point[:-2].mean(),
        delta=float(point[-2]),
        tie=None if ties == "half-win" else float(point[-1]),
        bread=bread,
        votes=votes,
        log_likelihood=value,
        order_fitted=order_effect,
        penalised=penalised,
    )


def maximise(
    start: Floats,
    fitted: npt.NDArray[np.bool_],
    size: int,
    at: Callable[[Floats], tuple[float, V]],
    slopes: Callable[[Floats, V], tuple[Floats, Floats]],
    converged: float = _CONVERGED,
) -> tuple[Floats, float, V, Floats]:
    """Newton's method, steps halved until they climb: the point, its value, its votes and its bread.

    `at` gives value and votes of a point, `slopes` the gradient and minus the second derivatives there.

    NoMaximumError where there is no finite maximum.
    """
    point = start
    value, votes = at(point)
    for _ in range(_MOST_STEPS):
        slope, curve = slopes(point, votes)
        bread = inverse_information(curve, fitted, size)
        step = bread @ slope
        longest = float(np.abs(step).max())
        if not np.isfinite(longest) or not _curved(bread[: size + 2]):
            break
        if longest < converged:
            return point, value, votes, bread
        step *= min(1.0, _LONGEST / longest)
        for _ in range(_MOST_HALVINGS):
            tried, votes = at(point + step)
            if tried >= value - 1e-9 * (1 + abs(value)):  # near the top only rounding is left
                break
            step = step / 2
        point, value = point + step, tried
    raise NoMaximumError(
        "the likelihood of these votes has no finite maximum: some systems have only won or only lost; "
        "fit them with Firth's penalty"
    )


def _curved(bread: Floats) -> bool:
    """Whether these are variances, none of them of a parameter that the likelihood leaves open."""
    own = np.diag(bread)
    return bool(own.min() >= -_CONVERGED and own.max() < _FLAT)


def eta_of(point: Floats) -> Floats:
    """(S, S) logits theta_first - theta_second + delta."""
    theta = point[:-2]
    eta: Floats = theta[:, None] - theta + point[-2]
    return eta


def likelihood(counts: Floats, votes: Derivatives) -> float:
    """Log-likelihood; outcomes that were not seen count nothing, however impossible."""
    return float(np.multiply(counts, votes.log_p, out=np.zeros_like(counts), where=counts > 0).sum())


def gradient(counts: Floats, votes: Derivatives) -> Floats:
    """(S + 2,) first derivatives of the log-likelihood."""
    ties = 0.0 if votes.tie_score is None else float((counts * votes.tie_score).sum())
    return spread(np.einsum("abo,abo->ab", counts, votes.score), ties)


def spread(by_pair: Floats, ties: float) -> Floats:
    """(S + 2,) derivatives, from those by eta (S, S) and that by the parameter of ties."""
    of_systems = by_pair.sum(axis=1) - by_pair.sum(axis=0)
    return np.append(of_systems, [by_pair.sum(), ties])


def information(counts: Floats, votes: Derivatives) -> Floats:
    """(S + 2, S + 2) minus the second derivatives of the log-likelihood."""
    pairs = _weighed(counts, votes.curve)
    if votes.cross is None or votes.bend is None:
        return products(pairs)
    return products(pairs, _weighed(counts, votes.cross), _weighed(counts, votes.bend))


def products(pairs: Floats, cross: Floats | None = None, ties: Floats | None = None) -> Floats:
    """(S + 2, S + 2) sum of w x x' over ordered pairs, x being e_first - e_second + e_delta.

    `pairs` (S, S) the weights w; `cross`, `ties` (S, S) those of x with the parameter of ties, and of it with
    itself.
    """
    size = len(pairs)
    found = np.zeros((size + 2, size + 2))
    found[:size, :size] = -pairs - pairs.T
    found[np.arange(size), np.arange(size)] += pairs.sum(axis=1) + pairs.sum(axis=0)
    found[:-1, -2] = found[-2, :-1] = spread(pairs, 0.0)[:-1]
    if cross is not None and ties is not None:
        found[:-1, -1] = found[-1, :-1] = spread(cross, 0.0)[:-1]
        found[-1, -1] = ties.sum()
    return found


def inverse_information(curve: Floats, fitted: npt.NDArray[np.bool_], size: int) -> Floats:
    """(P, P) inverse on the space where theta (the first `size`) adds up to 0; 0 where `fitted` (P,) is not.

    The information is singular along the ones of theta: k 11'/S is put there, and its inverse 11'/(k S) taken
    away again. NaN where it is singular in another direction too.
    """
    full = curve.copy()
    pin = full[:size, :size].trace() / size or 1.0
    full[:size, :size] += pin / size
    full[~fitted], full[:, ~fitted] = 0.0, 0.0
    full[~fitted, ~fitted] = 1.0
    try:
        bread: Floats = np.linalg.inv(full).astype(np.float64, copy=False)
    except np.linalg.LinAlgError:
        return np.full_like(full, np.nan)
    bread[:size, :size] -= 1 / (pin * size)
    bread[~fitted, ~fitted] = 0.0
    return bread


def free_parameters(size: int, order_effect: bool, ties: Ties) -> npt.NDArray[np.bool_]:
    """(S + 2,) which parameters are fitted."""
    return np.append(np.ones(size, bool), [order_effect, ties != "half-win"])


def start_of_ties(counts: Floats, ties: Ties) -> float:
    """The parameter of ties that fits like systems; ValueError where it would lie at infinity."""
    if ties == "half-win":
        return 0.0
    share = float(counts[..., 1].sum() / counts.sum()) if counts.any() else 0.0
    if not 0 < share < 1:
        raise ValueError(
            f"{ties} needs both ties and decisions among the votes: take half-win ties for these votes"
        )
    return log(2 * share) - log1p(-share) if ties == "davidson" else log1p(share) - log1p(-share)


def _weighed(counts: Floats, of: Floats) -> Floats:
    weighed: Floats = np.einsum("abo,abo->ab", counts, of)
    return weighed
