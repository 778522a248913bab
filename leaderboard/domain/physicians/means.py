"""Systems' means side by side, with the covariance that ranks and comparisons need.

Values and limits are those of raters.domain.system_results, so that a board and the study's own pages
cannot differ. The covariance comes from the same sums by rater, by case and by the cell of both: contrast by
contrast the largest of V_rater, V_case and V_rater + V_case - V_cell (leaderboard.domain.ranking.covariance).

A system whose ratings are all alike shows no variance, which proves little when raters and cases are few. For
comparisons it is given R² p (1 - p) / G with p = 2 / (G + 4), G the fewer of its raters and cases and R the
range of the scale: what Agresti and Coull's (1998) adjusted share would leave open. Without a range it is not
compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import Integers
from leaderboard.domain.physicians.sheet import Sheet
from leaderboard.domain.ranking.connectivity import Flags
from leaderboard.domain.ranking.covariance import largest_contrasts
from raters.domain.simulation.clustered import Clustering, answer_signs, clustering
from raters.domain.simulation.sheet import Rows
from raters.domain.system_results import FEWEST_RATERS, SystemMean, system_means

_ROUNDING = 1e-24


@dataclass(frozen=True, eq=False)
class Means:
    """S systems, in the order of their ids.

    each               the means with their limits
    values             (S,);  covariance (S, S), NaN where a variance is not known;  df (S, S)
    rater, item, cell  (S, S) parts of the covariance: by rater, by case, by both; for planning
    these_raters_only  fewer than five raters: clustered by case alone
    """

    each: tuple[SystemMean, ...]
    values: Floats
    covariance: Floats
    df: Floats
    rater: Floats
    item: Floats
    cell: Floats
    these_raters_only: bool

    @property
    def scope(self) -> str:
        return (
            "these raters only, cases like these" if self.these_raters_only else "raters and cases like these"
        )


def means(sheet: Sheet, *, share: bool, score_range: float | None) -> Means:
    """The means of a sheet of one rating or more. `score_range`: length of the scale, None without ends."""
    values, systems, raters, items = sheet.columns()
    found = sorted(system_means(values, systems, raters, items, share=share), key=lambda one: one.system)
    names, system = np.unique(systems, return_inverse=True)
    clusters = _clustering(values, system, raters, items, len(names))
    centre = np.array([one.value for one in found])
    parts = clusters.covariances((values - centre[system])[None])
    rater, item, cell = (part[0] for part in (parts.rater, parts.item, parts.cell))
    units = clusters.item.clusters
    if not clusters.these_raters_only:
        units = np.minimum(units, clusters.rater.clusters)
    asked = [item] if clusters.these_raters_only else [rater, item, rater + item - cell]
    return Means(
        each=tuple(found),
        values=centre,
        covariance=_known(asked, units, score_range),
        df=np.maximum(np.minimum(units[:, None], units) - 1.0, 0.0),
        rater=rater,
        item=item,
        cell=cell,
        these_raters_only=clusters.these_raters_only,
    )


def _clustering(values: Floats, system: Integers, raters: Integers, items: Integers, size: int) -> Clustering:
    rater, item = (np.unique(codes, return_inverse=True)[1] for codes in (raters, items))
    cell = np.unique(rater * (int(item.max()) + 1) + item, return_inverse=True)[1]
    nothing = np.zeros(0, dtype=np.int64)
    rows = Rows(rater=rater, item=item, system=system, other=nothing, place=values, unit=item, cell=cell)
    only = int(rater.max()) + 1 < FEWEST_RATERS
    return clustering(rows, size, answer_signs(system, size), only)


def _known(parts: list[Floats], units: Integers, score_range: float | None) -> Floats:
    """(S, S) of systems with two clusters or more; the others' rows are NaN."""
    size = len(units)
    covariance = np.full((size, size), np.nan)
    known = np.flatnonzero(units > 1)
    if not len(known):
        return covariance
    places = np.ix_(known, known)
    inner = largest_contrasts([np.asarray(part[places], np.float64) for part in parts])
    silent = np.diag(inner) <= _ROUNDING
    if silent.any():
        inner = _with_floor(inner, silent, units[known], score_range)
    covariance[places] = inner
    return covariance


def _with_floor(inner: Floats, silent: Flags, units: Integers, score_range: float | None) -> Floats:
    found = inner.copy()
    found[silent], found[:, silent] = 0.0, 0.0
    p = 2 / (units + 4)
    floor = np.full(len(units), np.nan) if score_range is None else score_range**2 * p * (1 - p) / units
    at = np.flatnonzero(silent)
    if score_range is None:
        found[at], found[:, at] = np.nan, np.nan
    else:
        found[at, at] = floor[at]
    return found
