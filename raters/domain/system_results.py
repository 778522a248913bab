"""Means of what raters said of each system, with intervals that know who rated and what.

Ratings of one rater are alike, and so are ratings of one case: the interval is clustered two ways
(raters.domain.simulation.clustered), with t on the smaller number of clusters - 1. With fewer than five
raters it is clustered by case alone and speaks of these raters only.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from evaluation.domain.estimates import Floats
from raters.domain.simulation.clustered import answer_signs, clustering
from raters.domain.simulation.sheet import Integers, Rows

FEWEST_RATERS = 5
_ROUNDING = 1e-12


@dataclass(frozen=True)
class SystemMean:
    """A system's mean over `n` ratings of `items` by `raters`; no limits where nothing varies or one case,
    or one rater, is all there is."""

    system: int
    value: float
    low: float | None
    high: float | None
    n: int
    items: int
    raters: int
    these_raters_only: bool


def system_means(
    values: Floats, systems: Integers, raters: Integers, items: Integers, *, share: bool
) -> list[SystemMean]:
    """Means by system, of ratings (n,) with the ids of system, rater and cluster of cases; best first.

    Limits of a `share` are kept within 0 and 1.
    """
    if not len(values):
        return []
    names, system = np.unique(systems, return_inverse=True)
    rater, item = (np.unique(codes, return_inverse=True)[1] for codes in (raters, items))
    cell = np.unique(rater * (int(item.max()) + 1) + item, return_inverse=True)[1]
    number = np.bincount(system)
    mean = np.bincount(system, weights=values) / number
    only = int(rater.max()) + 1 < FEWEST_RATERS
    nothing = np.zeros(0, dtype=np.int64)
    rows = Rows(rater=rater, item=item, system=system, other=nothing, place=values, unit=item, cell=cell)
    clusters = clustering(rows, len(names), answer_signs(system, len(names)), only)
    variance = np.diagonal(clusters.covariances((values - mean[system])[None]).variances()[0])
    half = np.diagonal(clusters.critical()) * np.sqrt(variance)
    found = [
        SystemMean(
            int(name),
            float(mean[code]),
            *_limits(float(mean[code]), float(half[code]), share),
            int(number[code]),
            len(np.unique(item[system == code])),
            len(np.unique(rater[system == code])),
            only,
        )
        for code, name in enumerate(names)
    ]
    return sorted(found, key=lambda one: (-one.value, one.system))


def _limits(value: float, half: float, share: bool) -> tuple[float | None, float | None]:
    if not isfinite(half) or half <= _ROUNDING:
        return None, None
    low, high = value - half, value + half
    return (max(low, 0.0), min(high, 1.0)) if share else (low, high)
