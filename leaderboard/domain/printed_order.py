"""The order of systems of which only task scores are known, not the items behind them.

Nothing then says how sure a single score is. What can be asked is whether a difference would be found on
other tasks like these: the tasks of the slice are taken as a sample, and systems are compared paired by task.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from evaluation.domain.estimates import Floats
from evaluation.domain.intervals import LEVEL
from leaderboard.domain.significance import SignificanceMatrix, significance_matrix

FEWEST_TASKS = 8  # fewer stand for no kind of task
Ties = Literal["shared", "exact"]


@dataclass(frozen=True, eq=False)
class PrintedBoard:
    """Means over tasks with what their differences from task to task say of them, (S,) each.

    low, high   limits of the mean over tasks like these; NaN with fewer than `FEWEST_TASKS`
    matrix      None where there are too few tasks, or fewer than two systems
    """

    means: Floats
    low: Floats
    high: Floats
    matrix: SignificanceMatrix | None


def printed_board(
    scores: Floats, weights: Floats | None = None, *, bounded: bool = True, seed: int
) -> PrintedBoard:
    """From scores (S, T) without gaps and weights (T,), by default all alike.

    The mean is Σ w x, its covariance T / (T - 1) Σ w² (x - mean)(x - mean)', the weights summing to 1; for
    equal weights that is the sample covariance over T. t has T - 1 degrees of freedom. `bounded` scores run
    from 0 to 1, and limits end there.
    """
    size = scores.shape[1]
    shares = np.full(size, 1 / size) if weights is None else np.asarray(weights, np.float64) / np.sum(weights)
    means: Floats = scores @ shares
    if size < FEWEST_TASKS or not len(scores):
        unknown = np.full(len(scores), np.nan)
        return PrintedBoard(means, unknown, unknown.copy(), None)
    apart = (scores - means[:, None]) * shares
    covariance = apart @ apart.T * size / (size - 1)
    half = stdtrit(size - 1, (1 + LEVEL) / 2) * np.sqrt(np.diag(covariance))
    low, high = means - half, means + half
    if bounded:
        low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)
    score_range = 1.0 if bounded else None
    matrix = significance_matrix(means, covariance, size - 1.0, seed=seed, score_range=score_range)
    return PrintedBoard(means, low, high, matrix)


def printed_places(means: Floats, decimals: int, ties: Ties) -> list[int]:
    """Positions by the mean × 100 rounded as printed, (S,). Equal ones share the best; under "exact" the
    unrounded mean decides between them, then the order they come in: some boards know no ties."""
    shown = np.round(100 * means, decimals)
    if ties == "shared":
        return [1 + int((shown > value).sum()) for value in shown]
    order = np.lexsort((np.arange(len(means)), -np.round(means, 12), -shown))
    places = np.empty(len(means), np.int64)
    places[order] = np.arange(1, len(means) + 1)
    return [int(place) for place in places]
