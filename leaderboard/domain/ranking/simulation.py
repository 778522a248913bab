"""How likely each rank is, by draws from what the estimates leave open."""

from __future__ import annotations

import numpy as np

from evaluation.domain.estimates import Floats

DRAWS = 4_000


def chances_of_rank(
    values: Floats, covariance: Floats, df: float, *, seed: int, draws: int = DRAWS
) -> Floats | None:
    """(R, R) chance that row's system has rank column + 1 or better.

    Draws are multivariate t about the estimates (R,) with their covariance (R, R): the intervals with a flat
    prior, no test. None where there is nothing to rank, or a variance is not known.
    """
    size = len(values)
    if size < 2 or not np.isfinite(covariance).all() or not df > 0:
        return None
    rng = np.random.default_rng(seed)
    spread, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(spread, 0.0))
    noise = rng.standard_normal((draws, size)) @ root.T
    drawn = values + noise * np.sqrt(df / rng.chisquare(df, (draws, 1)))
    ranks = np.argsort(np.argsort(-drawn, axis=1), axis=1)
    places = np.arange(size) * size + ranks
    counts = np.bincount(places.ravel(), minlength=size * size).reshape(size, size)
    chances: Floats = counts.cumsum(axis=1) / draws
    return chances
