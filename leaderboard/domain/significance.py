"""Every pair of systems on a board, judged together.

Each pair is compared by |difference| / SE against the largest such figure that any pair of the board would
show by chance, so that a board holds a false order with probability 1 - level at most (Westfall & Young 1993,
max-T).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtr

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import Integers, difference_variances
from leaderboard.domain.multiplicity import family

Method = Literal["student-t", "max-t", "not estimable"]

DRAWS = 4_000
_DRAWS_AT_ONCE = 1_024  # one system's differences from all others then stay in the processor's cache
_JITTER = 1e-6  # of the variances: far below any sampling error, above the rounding of stored moments


@dataclass(frozen=True, eq=False)
class SignificanceMatrix:
    """Every pair of systems, (S, S) each: row against column.

    difference       value of the row's system less the column's
    standard_error   of the difference, 0 where both answered alike; NaN where not known
    statistic        |difference| / SE; 0 where the values are equal, infinite where only the SE is 0
    df               degrees of freedom
    p                two-sided, for this pair alone; NaN where the SE is not known, 1 on the diagonal
    p_max_t, p_holm  the same, adjusted for all pairs
    n_comparisons    pairs with a known SE: the family of the adjusted p
    method           how p_max_t was found: exactly for one pair, otherwise from the simulated maxima
    maxima           (draws,) ascending, the largest |Z| of all pairs when no system is better than another
    order            (S,) places of the systems, best value first
    """

    difference: Floats
    standard_error: Floats
    statistic: Floats
    df: Floats
    p: Floats
    p_max_t: Floats
    p_holm: Floats
    n_comparisons: int
    method: Method
    maxima: Floats
    order: Integers


def significance_matrix(
    values: Floats,
    covariance: Floats,
    df: float | Floats,
    *,
    seed: int,
    draws: int = DRAWS,
    score_range: float | None = 1.0,
) -> SignificanceMatrix:
    """All pairs of S systems, from values (S,), covariance (S, S) and df, one or for each pair (S, S).

    One pair is an exact t test. With more, the largest |Z| over all pairs is simulated from the covariance
    and compared with each pair's own t, carried over to the normal scale with its own df. Pairs so keep their
    own df and their own estimated SE; one SE error common to all, as in the textbook multivariate t, let up
    to twice the promised share of boards go wrong with 20 items. The seed, not the order of the systems,
    decides the draws.

    Where every item shows the same difference d its SE is 0, which proves little when items are few. Were
    the true difference 0, a share of at least |d| / (R + |d|) of the items would have to differ, R being
    `score_range`: G = df + 1 items miss them all with probability at most (1 + |d|/R)^-G. Twice this is the
    pair's p, times the number of pairs its adjusted p. `score_range` None says that scores have no bounds:
    such pairs are then never separated.
    """
    values, covariance = np.asarray(values, np.float64), np.asarray(covariance, np.float64)
    degrees = _degrees(df, values, covariance)
    order = _best_first(values, covariance)
    difference = values[:, None] - values
    square = difference_variances(covariance)
    error = np.sqrt(square)
    gap = np.abs(difference)
    statistic = np.divide(gap, error, out=np.where(gap > 0, np.inf, 0.0), where=error > 0)
    statistic[np.isnan(error)] = np.nan
    p = 2 * stdtr(degrees, -statistic)
    certain = (error == 0) & (gap > 0)
    p[certain] = _p_without_variance(gap[certain], degrees[certain], score_range)
    np.fill_diagonal(p, 1.0)
    pairs = np.triu_indices(len(values), 1)
    tested = int(np.isfinite(p[pairs]).sum())
    maxima = _maxima(
        covariance[np.ix_(order, order)], _median(degrees[pairs]), seed, draws if tested > 1 else 0
    )
    return SignificanceMatrix(
        difference=difference,
        standard_error=error,
        statistic=statistic,
        df=degrees,
        p=p,
        p_max_t=np.where(certain, np.minimum(p * tested, 1.0), _max_t(p, maxima)),
        p_holm=_holm(p),
        n_comparisons=tested,
        method="max-t" if tested > 1 else "student-t" if tested else "not estimable",
        maxima=maxima,
        order=order,
    )


def _degrees(df: float | Floats, values: Floats, covariance: Floats) -> Floats:
    """(S, S) degrees of freedom, the input checked."""
    size = len(values)
    degrees = np.array(np.broadcast_to(np.asarray(df, dtype=np.float64), (size, size)))
    if values.shape != (size,) or covariance.shape != (size, size):
        raise ValueError(f"{size} values need a {size} × {size} covariance")
    if not np.isfinite(values).all():
        raise ValueError("a system without a value cannot be ranked: leave it out")
    known = np.isfinite(difference_variances(covariance))
    if not (degrees[known] > 0).all():
        raise ValueError("degrees of freedom must be positive: one task has its clusters less one")
    return degrees


def _best_first(values: Floats, covariance: Floats) -> Integers:
    """Order by value; among equals the least certain first, then by covariance with those already placed.

    So the draws do not hang on which system came first.
    """
    known = np.nan_to_num(covariance)
    place = np.unique(values, return_inverse=True)[1]
    weighted = known * np.sqrt(2 + place)  # whole-number weights of counted answers tie by chance
    keys = np.stack([values, np.diag(known), np.sort(weighted, axis=1).sum(axis=1)])
    order = np.lexsort(-keys[::-1])
    for at in np.flatnonzero((keys[:, order[1:]] == keys[:, order[:-1]]).all(axis=0)):
        alike = at + np.flatnonzero((keys[:, order[at:]] == keys[:, order[at], None]).all(axis=0))
        first = max(alike, key=lambda one: known[order[one], order[:at]].tolist())
        order[[at, first]] = order[[first, at]]
    return order


def _p_without_variance(gap: Floats, degrees: Floats, score_range: float | None) -> Floats:
    if score_range is None:
        return np.ones_like(gap)
    if not score_range > 0:
        raise ValueError(
            f"the range of scores must be positive, or None for scores without bounds: {score_range}"
        )
    return np.minimum(2 * (1 + gap / score_range) ** -(degrees + 1), 1.0)


def _maxima(covariance: Floats, df: float, seed: int, draws: int) -> Floats:
    """(draws,) ascending: max over pairs of |Z_a - Z_b| / SE, Z normal with this covariance.

    Covariances are first drawn towards 0 by the share (S - 1) / (S - 1 + df) of them that is noise (Schäfer &
    Strimmer 2005, target D): with more systems than items the raw estimate has too few directions, and its
    maximum is too small.
    """
    size = len(covariance)
    pairs_known = difference_variances(covariance) > 0
    noise = (size - 1) / (size - 1 + df) if draws else 0.0
    shrunk = np.nan_to_num(covariance) * (1 - noise)
    np.fill_diagonal(shrunk, np.nan_to_num(np.diag(covariance)) * (1 + _JITTER))
    square = difference_variances(shrunk)
    scale = np.divide(1.0, np.sqrt(square), out=np.zeros_like(square), where=pairs_known & (square > 0))
    shrunk[np.diag_indices(size)] += _JITTER * np.diag(shrunk).mean() if size else 0.0
    z = _root(shrunk).astype(np.float32) @ _noises(seed, size, draws)
    return np.sort(_largest(z, scale.astype(np.float32))).astype(np.float64)


@lru_cache(maxsize=4)
def _noises(seed: int, size: int, draws: int) -> npt.NDArray[np.float32]:
    """(size, draws) standard normal: the same for every slice of a board, so drawn once."""
    drawn = np.random.default_rng(seed).standard_normal((size, draws), dtype=np.float32)
    drawn.flags.writeable = False
    return drawn


def _largest(z: npt.NDArray[np.float32], scale: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(draws,) of max |z_a - z_b| scale_ab, z (S, draws)."""
    size, draws = z.shape
    found = np.zeros(draws, dtype=np.float32)
    room = np.empty((size, min(draws, _DRAWS_AT_ONCE)), dtype=np.float32)
    for start in range(0, draws, _DRAWS_AT_ONCE):
        block, top = z[:, start : start + _DRAWS_AT_ONCE], found[start : start + _DRAWS_AT_ONCE]
        for a in range(size - 1):
            apart = room[a + 1 :, : len(top)]
            np.subtract(block[a + 1 :], block[a], out=apart)
            np.abs(apart, out=apart)
            apart *= scale[a, a + 1 :, None]
            np.maximum(top, apart.max(axis=0), out=top)
    return found


def _root(covariance: Floats) -> Floats:
    if not covariance.any():
        return covariance
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise ValueError("this is no covariance: it gives some mix of systems a negative variance") from None
    return root.astype(np.float64, copy=False)


def _max_t(p: Floats, maxima: Floats) -> Floats:
    """Share of draws, this board counted in, whose largest |Z| reaches the pair's own; for one pair, p."""
    if not len(maxima):
        return p.copy()
    reached = len(maxima) - np.searchsorted(maxima, -ndtri(p / 2))
    adjusted = np.maximum((1 + reached) / (1 + len(maxima)), p)
    np.fill_diagonal(adjusted, 1.0)
    return np.where(np.isnan(p), np.nan, adjusted)


def _holm(p: Floats) -> Floats:
    """Holm's step-down adjustment over the pairs above the diagonal that have a p (Holm 1979)."""
    adjusted = p.copy()
    pairs = np.triu_indices(len(p), 1)
    raw = family(p[pairs], "holm").adjusted
    adjusted[pairs] = raw
    adjusted.T[pairs] = raw
    return adjusted


def _median(degrees: Floats) -> float:
    known = degrees[~np.isnan(degrees)]
    return float(np.median(known)) if len(known) else 1.0
