"""How far raters put items in the same order: Kendall's W and the mean tau-b of all pairs of raters.

W = S / (m Σ_r SS_r), with S the sum of squares of the items' rank sums, SS_r that of the ranks of rater r
and m raters. This is 12 S / (m² (n³ - n) - m Σ T_r), the form corrected for ties (Kendall & Babington Smith
1939; Kendall 1945). Tau-b of two raters is Σ s_ij t_ij / √(Σ s_ij² Σ t_ij²) over all pairs of items that both
rated, s and t being the signs of the differences (Kendall 1945).

Intervals are jackknife-t: each item is left out in turn and, from five raters on, each rater too. The two
variances are added, which errs on the wide side, with min(items, raters) - 1 degrees of freedom. With fewer
raters only items are left out and the interval holds for these raters.
"""

from __future__ import annotations

from itertools import combinations
from math import nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, ndtr, stdtrit

from evaluation.domain.estimates import Floats
from evaluation.domain.intervals import LEVEL
from raters.domain.estimates import AgreementEstimate
from raters.domain.reliability.tables import Limits, RatingTable, rating_table

FEWEST_RATERS = 5  # from which an interval speaks of raters other than these
FEWEST_ITEMS = 5  # below it a deletion says nothing of the variance
_CELLS_AT_ONCE = 1 << 22

Integers = npt.NDArray[np.int64]
Deletions = tuple[Floats, Floats]  # the value without each item (n,) and without each rater (m,)


def kendall_w(ratings: Floats) -> AgreementEstimate:
    """W of ratings (n_items, n_raters), NaN where missing: only items that every rater rated are used."""
    name = "kendall_w"
    table = rating_table(ratings)
    refused = _too_little(table, name)
    if refused:
        return refused
    complete = table.complete_items()
    if complete.n_items < 2:
        reason = (
            f"W needs items that all {table.n_raters} raters rated and {complete.n_items} were: "
            "mean tau-b takes incomplete tables"
        )
        return table.undefined(name, "undefined_wrong_design", reason)
    ranks = _ranks(complete.values)
    if not np.ptp(ranks, axis=0).any():
        reason = "no rater told one item from another: there are no ranks to compare"
        return complete.undefined(name, "undefined_no_variation", reason)
    value = _w(ranks)
    without = _w_without_each_item(complete.values, ranks), _w_without_each_rater(ranks)
    return _with_interval(complete, name, value, without, (0.0, 1.0))


def p_of_w(w: float, n_items: int, n_raters: int) -> float:
    """p of no concordance at all, by Friedman's chi-square: n_raters (n_items - 1) W on n_items - 1 df."""
    if n_items < 2 or n_raters < 2 or not 0 <= w <= 1:
        raise ValueError(f"W lies in 0 to 1 over two items and raters at least: {w}, {n_items}, {n_raters}")
    return float(chdtrc(n_items - 1, n_raters * (n_items - 1) * w))


def mean_tau_b(ratings: Floats) -> AgreementEstimate:
    """Mean tau-b of all pairs of raters, from ratings (n_items, n_raters), NaN where missing.

    Each pair is compared over the items both rated and counts alike. Pairs with no two items in common, or
    where a rater told none of these apart, have no tau-b and are left out: see `n_comparable_pairs`.
    """
    name = "kendall_tau_b"
    table = rating_table(ratings)
    refused = _too_little(table, name)
    if refused:
        return refused
    if table.n_pairable < 2:
        reason = "fewer than two items were rated twice: have more items rated by several raters"
        return table.undefined(name, "undefined_no_pairable_items", reason)
    taus, without_item = _taus(table.values)
    if np.isnan(taus).all():
        reason = "no two raters told apart two items they both rated"
        return table.undefined(name, "undefined_no_variation", reason)
    without = _means(without_item), _means(_taus_without_each_rater(taus, table.n_raters))
    return _with_interval(table, name, float(np.nanmean(taus)), without, (-1.0, 1.0))


def p_of_tau_b(x: Floats, y: Floats) -> float | None:
    """Two-sided p of no association of two raters' ratings (n,), by the normal limit of Σ s t with ties.

    Its variance is Kendall's (1970, ch. 4) with both ties. None of fewer than three items, or where a rater
    told none apart.
    """
    both = np.isfinite(x) & np.isfinite(y)
    x, y, n = x[both], y[both], int(both.sum())
    if n < 3 or not np.ptp(x) or not np.ptp(y):
        return None
    t, u = (np.unique(side, return_counts=True)[1].astype(np.float64) for side in (x, y))
    pairs = n * (n - 1)
    tied = [float((g * (g - 1)).sum()) for g in (t, u)]
    triples = [float((g * (g - 1) * (g - 2)).sum()) for g in (t, u)]
    varied = pairs * (2 * n + 5) - sum(float((g * (g - 1) * (2 * g + 5)).sum()) for g in (t, u))
    square = varied / 18 + tied[0] * tied[1] / (2 * pairs) + triples[0] * triples[1] / (9 * pairs * (n - 2))
    concordant = float(_pair_sums(x, y)[0].sum()) / 2
    return 2 * float(ndtr(-abs(concordant) / sqrt(square)))


def n_comparable_pairs(ratings: Floats) -> tuple[int, int]:
    """Pairs of raters that have a tau-b, and all pairs."""
    values = rating_table(ratings).values
    if values.shape[1] < 2:
        return 0, 0
    taus = _taus(values)[0]
    return int(np.isfinite(taus).sum()), len(taus)


def _too_little(table: RatingTable, name: str) -> AgreementEstimate | None:
    if not table.n_items:
        return table.undefined(name, "undefined_no_items", "no item has a rating")
    if table.n_raters < 2:
        reason = "one rater only: an order is compared with that of another rater"
        return table.undefined(name, "undefined_too_few_raters", reason)
    return None


def _with_interval(
    table: RatingTable, name: str, value: float, without: Deletions, bounds: Limits
) -> AgreementEstimate:
    generalises = table.n_raters >= FEWEST_RATERS
    units = [without[0], without[1]] if generalises else [without[0]]
    kind = "item and rater jackknife-t" if generalises else "item jackknife-t"
    why = ""
    if table.n_items < FEWEST_ITEMS:
        why = f"{table.n_items} items say too little of how the value varies: {FEWEST_ITEMS} are needed"
    elif any(np.isnan(deleted).any() for deleted in units):
        why = "without one of the items or raters there is no value: it hangs on a single one"
    if why:
        return table.estimate(name, value, None, kind, these_only=not generalises, why_no_interval=why)
    spread = sum(_jackknife_variance(deleted) for deleted in units)
    df = min(len(deleted) for deleted in units) - 1
    half = float(stdtrit(df, (1 + LEVEL) / 2)) * sqrt(spread)
    limits = max(bounds[0], value - half), min(bounds[1], value + half)
    return table.estimate(name, value, limits, kind, these_only=not generalises)


def _jackknife_variance(deleted: Floats) -> float:
    count = len(deleted)
    return float((count - 1) / count * ((deleted - deleted.mean()) ** 2).sum())


def _ranks(values: Floats) -> Floats:
    """(n, m) ranks within each column, ties sharing their mean rank."""
    ranks = np.empty_like(values)
    for column in range(values.shape[1]):
        _, place, count = np.unique(values[:, column], return_inverse=True, return_counts=True)
        ranks[:, column] = (np.cumsum(count) - (count - 1) / 2)[place]
    return ranks


def _w(ranks: Floats) -> float:
    """W of ranks (n, m); NaN where no rater told items apart."""
    centred = ranks - ranks.mean(axis=0)
    below = ranks.shape[1] * float((centred**2).sum())
    return float((centred.sum(axis=1) ** 2).sum()) / below if below > 0 else nan


def _w_without_each_item(values: Floats, ranks: Floats) -> Floats:
    """(n,) W, all at once.

    Without item j a rank, taken from its mean, becomes c_i - s_ij / 2, s_ij being the sign of i's difference
    from j, and a rank sum Σ_r of that. Their squares over i ≠ j need Σ_i c_i s_ij and, of pairs of raters,
    Σ_i s_ij t_ij.
    """
    n, m = values.shape
    centred = ranks - (n + 1) / 2
    total = centred.sum(axis=1)
    of_items = (total**2).sum() - total**2
    of_raters = (centred**2).sum() - (centred**2).sum(axis=1)
    for rater in range(m):
        place = np.unique(values[:, rater], return_inverse=True)[1]
        apart = (n - np.bincount(place)[place]) / 4
        of_items += apart - _signed_sum(place, total)
        of_raters += apart - _signed_sum(place, centred[:, rater])
    for a, b in combinations(range(m), 2):
        of_items += _pair_sums(values[:, a], values[:, b])[0] / 2
    # the least that ranks which are not all tied can have is ½
    found: Floats = np.divide(of_items, m * of_raters, out=np.full(n, np.nan), where=of_raters > 0.25)
    return found


def _signed_sum(place: Integers, weight: Floats) -> Floats:
    """(n,) Σ_i of weight (n,) times the sign of i's place less one's own."""
    of_place = np.bincount(place, weights=weight)
    up_to = np.cumsum(of_place)
    found: Floats = (up_to[-1] - 2 * up_to + of_place)[place]
    return found


def _w_without_each_rater(ranks: Floats) -> Floats:
    raters = range(ranks.shape[1])
    if len(raters) < 3:
        return np.full(len(raters), np.nan)
    return np.array([_w(np.delete(ranks, rater, axis=1)) for rater in raters])


def _taus(values: Floats) -> tuple[Floats, Floats]:
    """Tau-b of each pair of raters (P,), and the same without each item (n, P); NaN where there is none."""
    sums = [_pair_sums(values[:, a], values[:, b]) for a, b in combinations(range(values.shape[1]), 2)]
    by_item = np.stack(sums)  # (P, 3, n): what each item takes part in
    # a pair of items was counted with both: the whole is half the sum, and a deletion takes its own part once
    whole = by_item.sum(axis=-1) / 2
    return _tau(whole), _tau(whole[:, :, None].transpose(2, 0, 1) - by_item.transpose(2, 0, 1))


def _pair_sums(x: Floats, y: Floats) -> Floats:
    """(3, n) for each item, over all others: Σ s t, Σ s², Σ t²; 0 for items that not both rated."""
    sums = np.zeros((3, len(x)))
    both = np.isfinite(x) & np.isfinite(y)
    of_x, u = np.unique(x[both], return_inverse=True)
    of_y, v = np.unique(y[both], return_inverse=True)
    if len(of_x) * len(of_y) <= _CELLS_AT_ONCE:
        sums[0, both] = _concordance_from_table(u, v, (len(of_x), len(of_y)))
    else:
        sums[0, both] = _concordance_by_item(u, v)
    sums[1, both] = len(u) - np.bincount(u)[u]
    sums[2, both] = len(v) - np.bincount(v)[v]
    return sums


def _concordance_from_table(u: Integers, v: Integers, shape: tuple[int, int]) -> Floats:
    """(n,) for each item, others in the same order to it on both sides less those in opposite order."""
    below = np.zeros((shape[0] + 1, shape[1] + 1))  # items with codes less than i and less than j
    np.add.at(below, (u + 1, v + 1), 1.0)
    below = below.cumsum(axis=0).cumsum(axis=1)
    both_more = len(u) - below[u + 1, -1] - below[-1, v + 1] + below[u + 1, v + 1]
    less_more = below[u, -1] - below[u, v + 1]
    more_less = below[-1, v] - below[u + 1, v]
    found: Floats = below[u, v] + both_more - less_more - more_less
    return found


def _concordance_by_item(u: Integers, v: Integers) -> Floats:
    """The same item by item, for more distinct ratings than a table has room for."""
    found = np.empty(len(u))
    at_once = max(1, _CELLS_AT_ONCE // len(u))
    for start in range(0, len(u), at_once):
        part = slice(start, start + at_once)
        found[part] = (np.sign(u[part, None] - u) * np.sign(v[part, None] - v)).sum(axis=1)
    return found


def _tau(sums: Floats) -> Floats:
    """(…, P) from (…, P, 3)."""
    below = np.sqrt(np.maximum(sums[..., 1], 0) * np.maximum(sums[..., 2], 0))
    found: Floats = np.divide(sums[..., 0], below, out=np.full_like(below, np.nan), where=below > 0)
    return found


def _taus_without_each_rater(taus: Floats, n_raters: int) -> Floats:
    pairs = np.array(list(combinations(range(n_raters), 2)))
    without = np.tile(taus, (n_raters, 1))
    without[(pairs == np.arange(n_raters)[:, None, None]).any(axis=2)] = np.nan
    return without


def _means(rows: Floats) -> Floats:
    """(u,) means of the numbers in each row (u, P); NaN for a row without any."""
    counted = np.isfinite(rows)
    count = counted.sum(axis=1)
    total = np.where(counted, rows, 0.0).sum(axis=1)
    found: Floats = np.divide(total, count, out=np.full(len(rows), np.nan), where=count > 0)
    return found
