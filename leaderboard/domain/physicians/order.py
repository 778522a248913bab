"""One column's order: every pair of its systems judged together, and what follows for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import Integers
from leaderboard.domain.order import RankRanges, ranges_of
from leaderboard.domain.significance import SignificanceMatrix, significance_matrix

SEED = 20_26


@dataclass(frozen=True, eq=False)
class Judged:
    """`systems` (R,) places of those with a known variance; differences count upwards for the better."""

    systems: Integers
    matrix: SignificanceMatrix
    ranges: RankRanges


def judged(
    values: Floats, covariance: Floats, df: Floats, *, higher_is_better: bool, score_range: float | None
) -> Judged | None:
    """None where fewer than two systems have a variance to compare by."""
    known = np.flatnonzero(np.isfinite(np.diag(covariance)) & np.isfinite(values))
    if len(known) < 2:
        return None
    places = np.ix_(known, known)
    upwards = values[known] if higher_is_better else -values[known]
    matrix = significance_matrix(
        upwards, covariance[places], np.asarray(df)[places], seed=SEED, score_range=score_range
    )
    return Judged(known, matrix, ranges_of(matrix))
