"""Krippendorff's alpha of ratings that are real numbers, with no declared categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.domain.estimates import Floats
from raters.domain.agreement.coefficients import Disagreement, alpha, share_of
from raters.domain.agreement.jackknife import Deletions, Rows, pattern_deletions
from raters.domain.agreement.ratings import Names, Ratings, coded_ratings
from raters.domain.agreement.scales import Integers, Level, Scale
from raters.domain.agreement.state import AgreementState

_MOST_CELLS = 10_000_000  # ratings × distinct values of a ratio scale


@dataclass(frozen=True)
class FiveSums:
    """Interval alpha from D = Σ_i 2 (m Q_i - T_i²) / (m - 1), n, T = Σ x, Q = Σ x² of pairable items.

    alpha = 1 - (n - 1) D / (2 (n Q - T²)), which is Krippendorff's (2011) with the squares written out.
    `widest` is the square of the range of the ratings.
    """

    widest: float

    def contributions(self, number: Floats, total: Floats, square: Floats) -> Floats:
        """(B, 4) rows D_i, m, T_i, Q_i of items with m ratings (B,), their sums and sums of squares."""
        pairable = number >= 2
        within = 2 * (number * square - total * total) / np.maximum(number - 1, 1)
        return np.column_stack([within, number, total, square]) * pairable[:, None]

    def disagreement(self, sums: Floats) -> Disagreement:
        within, number, total, square = sums.T
        among = 2 * (number * square - total * total)
        widest = np.full(len(sums), self.widest)
        return Disagreement(share_of(within, number), share_of(among, number * (number - 1)), widest)


def real_deletions(items: Names, raters: Names, values: npt.NDArray[np.float64], level: Level) -> Deletions:
    """Deletions of alpha for real ratings (n,) on an interval or ratio scale.

    A ratio scale takes every pair of distinct values: ValueError where these are too many to tabulate, and
    for ratings that are not finite or, on a ratio scale, below zero.
    """
    if not np.isfinite(values).all():
        raise ValueError("real-valued ratings must be finite: leave missing ratings out")
    kinds, codes = np.unique(values, return_inverse=True)
    if level == "interval":
        ratings = coded_ratings(items, raters, codes.astype(np.int64), max(1, len(kinds)))
        return _interval_deletions(ratings, values - values.mean() if len(values) else values)
    if len(values) * len(kinds) > _MOST_CELLS:
        raise ValueError(
            f"{len(values)} ratings of {len(kinds)} distinct values are too many for a ratio alpha: "
            "round them, or declare the categories"
        )
    scale = Scale("ratio", tuple(kinds.tolist()) or (0.0,))
    state = AgreementState.counted(coded_ratings(items, raters, codes.astype(np.int64), scale.size))
    return pattern_deletions(state.table(), alpha(scale))


def _interval_deletions(ratings: Ratings, centred: Floats) -> Deletions:
    """`centred` ratings less their mean, which leaves alpha as it is and spares digits."""
    sums = FiveSums(float(np.ptp(centred)) ** 2 if len(centred) else 0.0)
    items = ratings.items
    number = np.bincount(items).astype(np.float64)
    total = np.bincount(items, centred).astype(np.float64, copy=False)
    square = np.bincount(items, centred * centred).astype(np.float64, copy=False)
    rows = sums.contributions(number, total, square)
    pairable = number >= 2
    bears = pairable[items]
    of_rating, x = items[bears], centred[bears]
    without = sums.contributions(number[of_rating] - 1, total[of_rating] - x, square[of_rating] - x * x)
    lost = rows[of_rating] - without
    raters, code = np.unique(ratings.raters[bears], return_inverse=True)
    return Deletions(
        sums.disagreement,
        rows.sum(axis=0),
        Rows(rows[pairable], np.ones(int(pairable.sum()))),
        Rows(lost, np.ones(len(lost))),
        Rows(_by_rater(lost, code, len(raters)), np.ones(len(raters))),
        int(pairable.sum()),
        len(raters),
    )


def _by_rater(lost: Floats, code: Integers, n_raters: int) -> Floats:
    if not n_raters:
        return np.zeros((0, lost.shape[1]))
    return np.column_stack([np.bincount(code, weights=column, minlength=n_raters) for column in lost.T])
