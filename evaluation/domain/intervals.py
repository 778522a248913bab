"""Intervals without resampling: every metric of a task is a function of column sums of a count table.

Leaving out one item changes the sums by its row only, so all n deletions are one vectorised call: the
exact jackknife (Tukey 1958; Efron & Stein 1981) at the cost of one bootstrap round. Shares of right
answers take Wilson's interval (1927), which holds its level near 0 and 1 where the others do not.

Items of one cluster are left out together. Their shares keep Wilson's form with the effective number of
items n / (1 + (m̄ - 1) ICC) in place of n and Student's t of G - 1 degrees of freedom in place of the
normal quantile (Korn & Graubard 1998): a cluster jackknife-t alone would be symmetric and of no width at
0 % and 100 %. The effective number is read off the jackknife variance as p(1 - p)/var + 1, which for
clusters of equal size is the same number as the one with the analysis-of-variance ICC and, unlike it,
also holds for unequal ones. It is never taken above n; at 0 % and 100 %, where no correlation can be
seen, it is the number of clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from evaluation.domain.estimates import Estimate, Floats, Status
from evaluation.domain.influence import Clusters, cluster_codes, spread_over_items, sum_by_cluster, variance

Sums = Callable[[Floats], Floats]  # (m, k) column sums, one set per row → (m,) values; nan where undefined
Flags = npt.NDArray[np.bool_]
Interval = tuple[float, float]
Method = Literal["wilson", "jackknife-t"]

LEVEL = 0.95
Z = float(ndtri((1 + LEVEL) / 2))
SHARE: Interval = (0.0, 1.0)

_CELLS_AT_ONCE = 1 << 18  # deletions worked on together: keeps temporaries within the processor's cache


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What is known of a task's items whatever the metric.

    item_scores (n,), unparsed (n,), parts of the estimate.
    """

    metric: str
    item_scores: Floats
    unparsed: Flags
    parts: Mapping[str, float] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return len(self.item_scores)


@dataclass(frozen=True)
class _Units:
    """The items or clusters deleted one at a time: how many, how many of them bear on the value, how many
    do so in the smallest class; `codes` (n,) where they are clusters."""

    count: int
    informative: int
    smallest: int
    codes: Clusters | None = None


def wilson(successes: float, n: float, critical: float = Z) -> Interval:
    """Wilson's score interval of a share; `n` may be an effective number.

    ValueError unless n > 0 and 0 ≤ successes ≤ n.
    """
    if not (n > 0 and 0 <= successes <= n):
        raise ValueError(f"Wilson's interval needs 0 <= successes <= n and n > 0, got {successes} of {n}")
    share, square = successes / n, critical * critical
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = critical * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    # at the ends the limit is the end itself, which rounding would miss by 1e-17
    return (0.0 if successes == 0 else middle - half, 1.0 if successes == n else middle + half)


def rule_of_three(value: float, n: int, bounds: Interval = SHARE) -> Interval:
    """Limits where n units showed no variation at all.

    Kinds of unit that never turned up in n draws make up less than 1 - 0.05^(1/n), about 3/n, of their
    source (Hanley & Lippman-Hand 1983). The limits are the values if all of these sat at either end.
    """
    unseen = 1 - (1 - LEVEL) ** (1 / n)
    return value - unseen * (value - bounds[0]), value + unseen * (bounds[1] - value)


def from_sums(
    metric: str,
    table: Floats,
    unparsed: Flags,
    f: Sums,
    item_scores: Floats,
    *,
    clusters: Clusters | None = None,
    parts: Mapping[str, float] | None = None,
    bounds: Interval = SHARE,
    undefined: Status = "undefined_no_positives",
    smallest: int | None = None,
) -> Estimate:
    """f of the column sums of `table` (n, k), with its jackknife-t interval.

    `f` gives nan where the metric has no value; the estimate then has status `undefined`. The t quantile
    has one degree of freedom less than there are clusters whose row is not all zero: the others (true
    negatives in an F1) say nothing about the value. `smallest` is the size of the smallest class where
    classes weigh alike: where nothing varies, the rule of three counts these units only. ValueError when
    the table holds nan or infinity.
    """
    scored = Scored(metric=metric, item_scores=item_scores, unparsed=unparsed, parts=parts or {})
    if not scored.n:
        return without_value(scored, "undefined_no_items")
    total = table.sum(axis=0)
    if not np.isfinite(total).all():
        raise ValueError(f"the counts of {metric} hold nan or infinity")
    value = float(f(total[np.newaxis])[0])
    if np.isnan(value):
        return without_value(scored, undefined)
    of_items = leave_each_out(f, total, table)
    codes = cluster_codes(clusters)
    if codes is None:
        size = _informative(table)
        return from_deletions(scored, value, of_items, informative=size, bounds=bounds, smallest=smallest)
    rows = sum_by_cluster(table, codes)
    return from_deletions(
        scored,
        value,
        of_items,
        leave_each_out(f, total, rows),
        codes,
        informative=_informative(rows),
        bounds=bounds,
        smallest=smallest,
    )


def from_mean(
    metric: str,
    item_scores: Floats,
    unparsed: Flags,
    *,
    clusters: Clusters | None = None,
    parts: Mapping[str, float] | None = None,
    method: Method = "jackknife-t",
    bounds: Interval = SHARE,
) -> Estimate:
    """The mean of the item scores; method "wilson" is for scores that are all 0 or 1."""
    scored = Scored(metric=metric, item_scores=item_scores, unparsed=unparsed, parts=parts or {})
    n = scored.n
    if not n:
        return without_value(scored, "undefined_no_items")
    value = float(item_scores.mean())
    if not np.isfinite(value):
        raise ValueError(f"the scores of {metric} hold nan or infinity")
    codes = cluster_codes(clusters)
    if codes is None:
        # deleting x_i moves a mean by (x_i - mean)/(n - 1): the influence is the deviation itself
        return _finish(scored, value, item_scores - value, _Units(n, n, n), bounds, method)
    sizes = np.bincount(codes)
    groups = len(sizes)
    if groups < 2:
        return without_interval(scored, value)
    of_clusters = (n * value - np.bincount(codes, weights=item_scores)) / (n - sizes)
    influence = spread_over_items(item_scores - value, of_clusters, codes)
    return _finish(scored, value, influence, _Units(groups, groups, groups, codes), bounds, method)


def from_deletions(
    scored: Scored,
    value: float,
    of_items: Floats,
    of_clusters: Floats | None = None,
    codes: Clusters | None = None,
    *,
    informative: int,
    bounds: Interval = SHARE,
    smallest: int | None = None,
) -> Estimate:
    """An estimate from its values with each item (n,) and each cluster (G,) left out in turn.

    `codes` (n,) number the clusters 0 … G - 1; `informative` counts the units that bear on the value.
    A deletion without a value means that the figure hangs on one unit: no interval is given.
    """
    of_units = of_items if of_clusters is None else of_clusters
    if informative < 2 or len(of_units) < 2 or np.isnan(of_units).any():
        return without_interval(scored, value)
    influence = (scored.n - 1) * (of_items.mean() - of_items)
    if of_clusters is not None and codes is not None:
        influence = spread_over_items(np.nan_to_num(influence), of_clusters, codes)
    units = _Units(len(of_units), informative, smallest or informative, codes)
    return _finish(scored, value, influence, units, bounds, "jackknife-t")


def leave_each_out(f: Sums, total: Floats, rows: Floats) -> Floats:
    """(m,) values of f with each row (m, k) taken from the column sums (k,)."""
    out = np.empty(len(rows))
    at_once = max(1, _CELLS_AT_ONCE // rows.shape[1])
    for start in range(0, len(rows), at_once):
        part = slice(start, start + at_once)
        out[part] = f(total - rows[part])
    return out


def without_value(scored: Scored, status: Status) -> Estimate:
    return _estimate(scored, None, None, status, "none", np.zeros(scored.n))


def without_interval(scored: Scored, value: float) -> Estimate:
    return _estimate(scored, value, None, "too_few_items", "none", np.zeros(scored.n))


def _finish(
    scored: Scored, value: float, influence: Floats, units: _Units, bounds: Interval, method: Method
) -> Estimate:
    if units.count < 2:
        return without_interval(scored, value)
    square = variance(influence, units.codes)
    if method == "wilson":
        name, interval = _share_interval(value, scored.n, square, units)
    elif square <= (1e-12 * (bounds[1] - bounds[0])) ** 2:  # rounding alone gives less
        name, interval = "rule-of-three", rule_of_three(value, units.smallest, bounds)
    else:
        half = float(stdtrit(units.informative - 1, (1 + LEVEL) / 2)) * sqrt(square)
        name = "jackknife-t" if units.codes is None else "cluster jackknife-t"
        interval = max(bounds[0], value - half), min(bounds[1], value + half)
    return _estimate(scored, value, interval, "ok", name, influence)


def _share_interval(share: float, n: int, square: float, units: _Units) -> tuple[str, Interval]:
    if units.codes is None:
        return "wilson", wilson(round(share * n), n)
    spread = share * (1 - share)
    if spread == 0:
        effective = float(units.count)
    else:
        effective = min(float(n), spread / square + 1) if square > 0 else float(n)
    critical = float(stdtrit(units.count - 1, (1 + LEVEL) / 2))
    return "cluster wilson", wilson(share * effective, effective, critical)


def _informative(rows: Floats) -> int:
    return int(np.count_nonzero(rows.any(axis=1)))


def _estimate(
    scored: Scored,
    value: float | None,
    interval: Interval | None,
    status: Status,
    name: str,
    influence: Floats,
) -> Estimate:
    low, high = interval or (None, None)
    return Estimate(
        metric=scored.metric,
        value=value,
        low=low,
        high=high,
        status=status,
        n_items=scored.n,
        n_unparsed=int(np.count_nonzero(scored.unparsed)),
        interval=name,
        item_scores=scored.item_scores,
        influence=influence,
        parts=dict(scored.parts),
    )
