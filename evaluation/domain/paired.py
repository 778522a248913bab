"""Systems compared on the same items: tests that pair their answers item by item.

sign_flip_tests   all pairs of systems at once: under the null hypothesis an item's scores may as well have
                  come from the other system, so the signs of differences are flipped at random (Fisher
                  1935). One set of flips, one matrix product for all systems, and the pairs are differences
                  of its columns; adjusted for all pairs by Westfall & Young's (1993) max-T
exact_mcnemar     two systems, right or wrong, independent items (McNemar 1947, binomial form)
obuchowski        the same when items come in clusters (Obuchowski 1998, Statistics in Medicine 17)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, chdtrc, stdtrit

from evaluation.domain.estimates import Floats
from evaluation.domain.influence import Clusters, cluster_codes, sum_by_cluster
from evaluation.domain.intervals import LEVEL, Z

Status = Literal["ok", "no_interval", "undefined_no_items", "undefined_too_few_clusters"]

FLIPS = 2_000
MOST_EXACT_UNITS = 16  # up to these all 2^(units - 1) flips are made instead of a sample
_FLIPS_AT_ONCE = 256
_ROUNDING = 1e-9  # of a statistic: sums that differ by less are tied


@dataclass(frozen=True, eq=False)
class PairedTests:
    """Every pair of S systems, (S, S) each: row against column.

    difference    mean score of the row's system less the column's, over items
    p             two-sided, for this pair alone; 1 on the diagonal and for systems that scored alike
    p_max_t       the same, adjusted so that a false difference is found anywhere with probability α at most
    n_items       items scored by all; n_clusters of them flipped as wholes (n_items when none are shared)
    n_flips       flips drawn, or all there are when `exact`
    n_comparisons pairs of systems: the family of p_max_t

    Without items there are no numbers: all are NaN, and `status` says why.
    """

    difference: Floats
    p: Floats
    p_max_t: Floats
    n_items: int
    n_clusters: int
    n_flips: int
    exact: bool
    n_comparisons: int
    status: Status


@dataclass(frozen=True)
class PairedShares:
    """Two systems' shares of right answers on the same items.

    difference, low, high   share of the first less that of the second, with its 95 % interval
    only_first, only_second items that one alone got right
    statistic               what p is read from: the smaller of these two counts, or Obuchowski's chi-square
    p                       two-sided
    status                  all but counts are None where it is undefined; limits are None unless it is "ok"
    """

    difference: float | None
    low: float | None
    high: float | None
    only_first: int
    only_second: int
    statistic: float | None
    p: float | None
    n_items: int
    n_clusters: int
    test: str
    interval: str
    status: Status


def sign_flip_tests(
    scores: Floats, *, clusters: Clusters | None = None, flips: int = FLIPS, seed: int
) -> PairedTests:
    """All pairs of systems from scores (n_items, S) on the same items; `clusters` (n_items,) flip as wholes.

    The statistic of a pair is |Σ d| / √(Σ d²) over units d: flips leave the denominator alone, and it rises
    with Student's t, so that pairs of different spread weigh alike in max-T. A p is (1 + flips at least as
    extreme) / (1 + flips); with 16 units or fewer all flips are made and it is exact.
    ValueError for scores that are missing or clusters that do not match.
    """
    table = np.asarray(scores, dtype=np.float64)
    _check(table, clusters, flips)
    codes = cluster_codes(clusters)
    sums = table if codes is None else sum_by_cluster(table, codes)
    n, size = table.shape
    if not n:
        return _no_items(size)
    means = table.mean(axis=0)
    exact = len(sums) <= MOST_EXACT_UNITS
    signs = _all_signs(len(sums)) if exact else _random_signs(len(sums), flips, seed)
    rows, columns = np.triu_indices(size, 1)
    # centring on one system's score changes no difference and spares digits
    reached, reached_by_any, made = _count_extremes(sums - sums[:, :1], signs, rows, columns)
    counted = 0 if exact else 1  # of all flips the identity is one; a sample has it added
    return PairedTests(
        difference=means[:, None] - means,
        p=_square((counted + reached) / (counted + made), rows, columns, size),
        p_max_t=_square((counted + reached_by_any) / (counted + made), rows, columns, size),
        n_items=n,
        n_clusters=len(sums),
        n_flips=made,
        exact=exact,
        n_comparisons=len(rows),
        status="ok",
    )


def exact_mcnemar(first: npt.ArrayLike, second: npt.ArrayLike) -> PairedShares:
    """McNemar's exact test of right (1) and wrong (0) answers (n_items,) of two systems to the same items.

    p is the two-sided binomial of the items that only one got right. The interval is Bonett & Price's (2012,
    British Journal of Mathematical and Statistical Psychology 65), a Wald interval with one item added to
    each kind of disagreement, which holds its level with few of them.
    """
    a, b = _answers(first, second)
    n, only_a, only_b = len(a), int((a > b).sum()), int((b > a).sum())
    if not n:
        return _without_test("exact McNemar", 0, 0, 0, 0, "undefined_no_items")
    fewer = min(only_a, only_b)
    p = min(1.0, 2 * float(bdtr(fewer, only_a + only_b, 0.5))) if only_a + only_b else 1.0
    more, less = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    half = Z * sqrt((more + less - (more - less) ** 2) / (n + 2))
    return PairedShares(
        difference=(only_a - only_b) / n,
        low=max(-1.0, more - less - half),
        high=min(1.0, more - less + half),
        only_first=only_a,
        only_second=only_b,
        statistic=float(fewer),
        p=p,
        n_items=n,
        n_clusters=n,
        test="exact McNemar",
        interval="Bonett-Price",
        status="ok",
    )


def obuchowski(first: npt.ArrayLike, second: npt.ArrayLike, clusters: Clusters) -> PairedShares:
    """Obuchowski's test of right (1) and wrong (0) answers (n_items,) of two systems to clustered items.

    χ² = (K - 1)/K · (Σ d_k)² / Σ d_k² on 1 df, d_k being the cluster's items that only the first got right
    less those that only the second did: the variance with both shares pooled, as under the null hypothesis.
    The interval takes the variance about the observed difference and Student's t of K - 1 df; it is None
    where the clusters all show the same difference. For fewer than some 20 clusters `sign_flip_tests` is
    the better test: it needs no large samples.
    """
    a, b = _answers(first, second)
    if len(clusters) != len(a):
        raise ValueError(f"{len(a)} items need as many clusters, not {len(clusters)}")
    n, only_a, only_b = len(a), int((a > b).sum()), int((b > a).sum())
    codes = np.unique(clusters, return_inverse=True)[1]
    size, gaps = np.bincount(codes), np.bincount(codes, weights=a - b)
    count = len(size)
    if count < 2:
        status: Status = "undefined_too_few_clusters" if n else "undefined_no_items"
        return _without_test("Obuchowski", only_a, only_b, n, count, status)
    square = float((gaps**2).sum())
    statistic = (count - 1) / count * float(gaps.sum()) ** 2 / square if square else 0.0
    difference = (only_a - only_b) / n
    spread = count / (count - 1) * float(((gaps - size * difference) ** 2).sum()) / n**2
    half = float(stdtrit(count - 1, (1 + LEVEL) / 2)) * sqrt(spread)
    limits = (max(-1.0, difference - half), min(1.0, difference + half)) if spread else (None, None)
    return PairedShares(
        difference=difference,
        low=limits[0],
        high=limits[1],
        only_first=only_a,
        only_second=only_b,
        statistic=statistic,
        p=float(chdtrc(1, statistic)),
        n_items=n,
        n_clusters=count,
        test="Obuchowski",
        interval="cluster t" if spread else "none",
        status="ok" if spread else "no_interval",
    )


def _check(table: Floats, clusters: Clusters | None, flips: int) -> None:
    if table.ndim != 2:
        raise ValueError("scores come as a table of items by systems: give it two dimensions")
    if not np.isfinite(table).all():
        raise ValueError("a score is missing or infinite: compare the items that every system answered")
    if clusters is not None and len(clusters) != len(table):
        raise ValueError(f"{len(table)} items need as many clusters, not {len(clusters)}")
    if flips < 1:
        raise ValueError(f"at least one flip is needed, not {flips}")


def _answers(first: npt.ArrayLike, second: npt.ArrayLike) -> tuple[Floats, Floats]:
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"two systems answer the same items: {a.shape} and {b.shape} answers")
    if not (np.isin(a, (0, 1)).all() and np.isin(b, (0, 1)).all()):
        raise ValueError("answers are right (1) or wrong (0): use sign_flip_tests for scores between")
    return a, b


def _random_signs(units: int, flips: int, seed: int) -> Iterator[Floats]:
    rng = np.random.default_rng(seed)
    for start in range(0, flips, _FLIPS_AT_ONCE):
        rows = min(_FLIPS_AT_ONCE, flips - start)
        bits = np.unpackbits(np.frombuffer(rng.bytes(rows * -(-units // 8)), np.uint8))
        yield np.where(bits.reshape(rows, -1)[:, :units], 1.0, -1.0)


def _all_signs(units: int) -> Iterator[Floats]:
    """Every flip that leaves the first unit as it is: the others are these, turned round."""
    numbers = np.arange(1 << (units - 1))
    for start in range(0, len(numbers), _FLIPS_AT_ONCE):
        part = numbers[start : start + _FLIPS_AT_ONCE, None]
        yield np.where(part >> np.arange(units) & 1, -1.0, 1.0)[:, ::-1]


def _count_extremes(
    sums: Floats, signs: Iterator[Floats], rows: Clusters, columns: Clusters
) -> tuple[Floats, Floats, int]:
    """(P,) flips that reach the pair's own statistic, (P,) those where any pair reaches it, flips made."""
    norm = _norms(sums)
    total = sums.sum(axis=0)
    own = _statistics(total[None], norm, rows, columns)[0] * (1 - _ROUNDING)
    reached, made, maxima = np.zeros(len(rows)), 0, []
    for block in signs:
        found = _statistics(block @ sums, norm, rows, columns)
        reached += (found >= own).sum(axis=0)
        maxima.append(found.max(axis=1, initial=0.0))
        made += len(block)
    largest = np.sort(np.concatenate(maxima))
    return reached, made - np.searchsorted(largest, own).astype(np.float64), made


def _norms(sums: Floats) -> Floats:
    """(P,) √(Σ d²) of each pair; from products of sums it would lose digits where systems are alike."""
    parts = [np.square(sums[:, a + 1 :] - sums[:, a, None]).sum(axis=0) for a in range(sums.shape[1])]
    found: Floats = np.sqrt(np.concatenate(parts))
    return found


def _statistics(flipped: Floats, norm: Floats, rows: Clusters, columns: Clusters) -> Floats:
    """(B, P) of |Σ d| / √(Σ d²), 0 for systems that scored alike."""
    found = np.abs(flipped[:, rows] - flipped[:, columns])
    np.divide(found, norm, out=found, where=norm > 0)
    found[:, norm == 0] = 0
    return found


def _square(p: Floats, rows: Clusters, columns: Clusters, size: int) -> Floats:
    whole = np.ones((size, size))
    whole[rows, columns] = whole[columns, rows] = p
    return whole


def _no_items(size: int) -> PairedTests:
    unknown = np.full((size, size), np.nan)
    pairs = size * (size - 1) // 2
    return PairedTests(unknown, unknown, unknown, 0, 0, 0, True, pairs, "undefined_no_items")


def _without_test(
    test: str, only_first: int, only_second: int, n: int, clusters: int, status: Status
) -> PairedShares:
    return PairedShares(
        difference=None,
        low=None,
        high=None,
        only_first=only_first,
        only_second=only_second,
        statistic=None,
        p=None,
        n_items=n,
        n_clusters=clusters,
        test=test,
        interval="none",
        status=status,
    )
