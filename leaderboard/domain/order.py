"""Who stands before whom, said only as far as the data carry it: rank ranges and tie bands."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri, stdtrit

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import Integers
from leaderboard.domain.significance import Method, SignificanceMatrix

_ROUNDING = 1e-12  # a difference of means no larger than this is none


@dataclass(frozen=True, eq=False)
class RankRanges:
    """Ranks as far as they are known, (S,) each.

    low             1 + the number of systems significantly better
    high            S - the number of systems significantly worse
    band            1, 2, …: see `tie_bands`
    critical_value  what |difference| / SE had to exceed: at the fewest df, where pairs differ in them
    """

    low: Integers
    high: Integers
    band: Integers
    method: Method
    critical_value: float
    n_comparisons: int


def ranges_of(matrix: SignificanceMatrix, level: float = 0.95) -> RankRanges:
    """The rank ranges and tie bands that follow from the pairs' `p_max_t`."""
    ahead = (matrix.p_max_t <= 1 - level) & (matrix.difference > 0)
    return RankRanges(
        low=1 + ahead.sum(axis=0),
        high=len(ahead) - ahead.sum(axis=1),
        band=tie_bands(matrix.order, ahead),
        method=matrix.method,
        critical_value=_critical_value(matrix, level),
        n_comparisons=matrix.n_comparisons,
    )


def tie_bands(order: Integers, ahead: npt.NDArray[np.bool_]) -> Integers:
    """(S,) bands, 1 at the top: each runs down from its best system to the first that one is ahead of.

    `order` (S,) best value first, `ahead` (S, S) row significantly better than column. Nobody in a band is
    separated from its best system; two others of it may be. A system below one that is separated opens or
    joins a lower band even if its own interval is wide: bands are runs of the order.
    """
    bands = np.zeros(len(order), dtype=np.int64)
    best, band = None, 0
    for system in order:
        if best is None or ahead[best, system]:
            best, band = system, band + 1
        bands[system] = band
    return bands


def places(values: Floats, decimals: int | None = None) -> list[int]:
    """1 + how many are better, as positions are printed elsewhere: equal ones share the best.

    `decimals` is to how many places the values, in the unit they are printed in, are rounded before.
    """
    shown = values if decimals is None else np.round(values, decimals)
    return [1 + int((shown > value).sum()) for value in shown]


def half_widths(matrix: SignificanceMatrix, level: float = 0.95) -> Floats:
    """(S, S) half widths of each difference's own interval: t at its df times its SE; NaN where that is not
    known or nothing varied, 0 on the diagonal."""
    varies = matrix.standard_error > 0
    degrees = np.where(varies, matrix.df, 1.0)
    half = np.where(varies, stdtrit(degrees, (1 + level) / 2) * matrix.standard_error, np.nan)
    np.fill_diagonal(half, 0.0)
    return half


def items_to_separate(
    difference: float,
    variance_per_item: float,
    n_items: int = 0,
    *,
    critical_value: float = 1.959964,
    power: float = 0.8,
) -> int | None:
    """About how many more items would separate two systems, were the difference to stay what it is.

    `variance_per_item` is n times the squared SE of the difference on n items, `n_items` how many there are,
    `critical_value` what |difference| / SE has to exceed on this board. n = variance ((c + z_power) / d)²:
    the difference is then seen with probability `power`. None where there is no difference, or where no
    variance was seen and nothing can be planned from it.
    """
    if not (isfinite(difference) and isfinite(variance_per_item) and variance_per_item >= 0):
        raise ValueError("the difference and its variance must be finite numbers, the variance not negative")
    if not 0 < power < 1:
        raise ValueError(f"power is a probability between 0 and 1, not {power}")
    if abs(difference) <= _ROUNDING or variance_per_item == 0:
        return None
    needed = variance_per_item * ((critical_value + float(ndtri(power))) / difference) ** 2
    return max(0, ceil(needed) - n_items)


def _critical_value(matrix: SignificanceMatrix, level: float) -> float:
    """The t that the pair with the fewest df needs; infinite where nothing could be tested."""
    if not matrix.n_comparisons:
        return float("inf")
    tail = (1 - level) / 2
    if len(matrix.maxima):
        rank = int((1 - level) * (1 + len(matrix.maxima)))
        tail = float(ndtr(-matrix.maxima[-rank])) if rank else 0.0
    pairs = np.triu_indices(len(matrix.df), 1)
    fewest = matrix.df[pairs][np.isfinite(matrix.p[pairs])].min()
    return float(-stdtrit(fewest, tail))
