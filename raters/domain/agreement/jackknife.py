"""Exact jackknife of items, ratings and raters, and the two-way interval that follows, without resampling.

Leaving something out takes its row off the sums a coefficient is a function of. Items of one count pattern
share a row; a rating's row depends on its pattern and category alone; a rater's row is the sum of the rows
of the ratings given, which for all raters is one product of a sparse count matrix with the rating rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Literal

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit, stdtrit

from evaluation.domain.estimates import Floats
from evaluation.domain.intervals import LEVEL, rule_of_three
from raters.domain.agreement.coefficients import Coefficient, Disagreement
from raters.domain.agreement.scales import Integers
from raters.domain.agreement.state import PatternTable

Unit = Literal["item", "rating", "rater"]
Method = Literal["auto", "item", "rating", "rater", "two-way"]

FEWEST_RATERS = 5  # from which on the interval speaks for other raters too
_ZERO = 1e-12
_FURTHEST = 500.0  # a wider interval has no lower limit but the least there is
_CELLS_AT_ONCE = 1 << 18


@dataclass(frozen=True, eq=False)
class Rows:
    """What leaving out each of a kind of unit takes off the sums.

    rows (B, F), times (B,) how many units share the row.
    """

    rows: Floats
    times: Floats


@dataclass(frozen=True, eq=False)
class Deletions:
    """A coefficient's sums (F,), what each deletion takes off them, and how many units bear on it.

    A kind of unit is None where what leaving it out would do is not known.
    """

    disagreement: Callable[[Floats], Disagreement]
    total: Floats
    item: Rows | None
    rating: Rows | None
    rater: Rows | None
    n_items: int
    n_raters: int

    def variance(self, unit: Unit) -> float:
        """Jackknife variance (G - 1)/G Σ (value without g - their mean)² (Tukey 1958); nan if unknown.

        It is unknown where a deletion leaves no value: the coefficient then hangs on one unit.
        """
        left_out: Rows | None = getattr(self, unit)
        if left_out is None:
            return float("nan")
        values = leave_out(self.disagreement, self.total, left_out.rows)
        number = float(left_out.times.sum())
        if number < 2 or np.isnan(values).any():
            return float("nan")
        mean = float(left_out.times @ values) / number
        return (number - 1) / number * float(left_out.times @ (values - mean) ** 2)


@dataclass(frozen=True)
class Limits:
    """A 95 % interval; None where none can be given."""

    low: float | None
    high: float | None
    name: str
    these_raters_only: bool


def leave_out(disagreement: Callable[[Floats], Disagreement], total: Floats, rows: Floats) -> Floats:
    """(B,) values with each of the rows (B, F) taken off the total (F,)."""
    out = np.empty(len(rows))
    at_once = max(1, _CELLS_AT_ONCE // max(1, rows.shape[1]))
    for start in range(0, len(rows), at_once):
        part = slice(start, start + at_once)
        out[part] = disagreement(total - rows[part]).agreement
    return out


def pattern_deletions(table: PatternTable, coefficient: Coefficient, fewest: int = 2) -> Deletions:
    """The deletions of a coefficient that does not ask who gave which rating.

    Items with `fewest` ratings or more, and their raters, count towards the degrees of freedom.
    """
    counts, times = table.counts.astype(np.float64), table.items.astype(np.float64)
    m = table.counts.sum(axis=1)
    bears = m >= (2 if coefficient.pairable_only else 1)
    rows = coefficient.contributions(counts)
    pattern, category = np.nonzero(table.counts * bears[:, None])
    without = counts[pattern]
    without[np.arange(len(pattern)), category] -= 1
    lost = rows[pattern] - coefficient.contributions(without)
    held = Rows(lost, times[pattern] * counts[pattern, category])
    cell = np.full(table.counts.shape, -1, dtype=np.int64)
    cell[pattern, category] = np.arange(len(pattern))
    counted = np.unique(table.rater[m[table.pattern] >= fewest])
    return Deletions(
        coefficient.disagreement,
        times @ rows,
        Rows(rows[bears], times[bears]),
        held,
        _rater_rows(table, cell[table.pattern, table.category], lost),
        int(table.items[m >= fewest].sum()),
        len(counted),
    )


def _rater_rows(table: PatternTable, cell: Integers, lost: Floats) -> Rows:
    """Each rater's row is the sum over ratings given; raters without a rating that bears are left away."""
    bears = cell >= 0
    raters, code = np.unique(table.rater[bears], return_inverse=True)
    shape = (len(raters), len(lost))
    given = csr_array((table.held[bears].astype(np.float64), (code, cell[bears])), shape=shape)
    return Rows(np.asarray(given @ lost, dtype=np.float64), np.ones(len(raters)))


def value_of(deletions: Deletions) -> float:
    """The coefficient itself; nan where it is undefined."""
    return float(deletions.disagreement(deletions.total[None]).agreement[0])


def two_way_variance(item: float, rater: float, rating: float) -> float:
    """max(V_item, V_rater, V_item + V_rater - V_rating) (after Cameron, Gelbach & Miller 2011)."""
    return max(item, rater, item + rater - rating) if item == item and rater == rater else float("nan")


def interval(deletions: Deletions, method: Method = "auto", *, share: bool = False) -> Limits:
    """The coefficient's 95 % jackknife-t interval.

    Two-way clustered with t on min(items, raters) - 1 degrees of freedom from five raters on; below, raters
    are too few to speak for others: clustered by item, t on items - 1, for these raters only. `method` asks
    for another. The interval is symmetric in log(1 - value), in the logit where the value is a share: it
    stays below 1 and, where raters differ, misses less often than the plain one. It is cut at the least the
    coefficient could be. Where no deletion changes the value, the limits are those of a share of items
    never seen (rule of three); these say nothing of other raters.
    """
    if method == "auto":
        method = "two-way" if deletions.n_raters >= FEWEST_RATERS else "item"
    alone = method in ("item", "rating")
    square, units = _variance(deletions, method)
    value = value_of(deletions)
    if np.isnan(square) or np.isnan(value) or units < 2:
        return Limits(None, None, "none", alone)
    least = 0.0 if share else _least(deletions)
    if square <= _ZERO**2 or not least < value < 1.0:
        low, high = rule_of_three(value, deletions.n_items, (min(least, value), 1.0))
        return Limits(low, high, "rule-of-three", True)
    half = float(stdtrit(units - 1, (1 + LEVEL) / 2)) * sqrt(square)
    low, high = (_logit_limits if share else _log_limits)(value, half)
    return Limits(max(least, low), high, f"{method} jackknife-t", alone)


def _log_limits(value: float, half: float) -> tuple[float, float]:
    """Limits symmetric in log(1 - value), whose standard error is that of the value over 1 - value."""
    gap = 1.0 - value
    return 1.0 - gap * exp(min(half / gap, _FURTHEST)), 1.0 - gap * exp(-half / gap)


def _logit_limits(value: float, half: float) -> tuple[float, float]:
    """Limits of a share symmetric in its logit."""
    middle, width = log(value / (1.0 - value)), half / (value * (1.0 - value))
    return float(expit(middle - width)), float(expit(middle + width))


def _variance(deletions: Deletions, method: Method) -> tuple[float, int]:
    """The variance, and the number of units it comes from."""
    if method == "two-way":
        parts = (deletions.variance(unit) for unit in ("item", "rater", "rating"))
        return two_way_variance(*parts), min(deletions.n_items, deletions.n_raters)
    if method == "rater":
        return deletions.variance("rater"), deletions.n_raters
    if method == "rating" and deletions.rating is not None:
        return deletions.variance("rating"), int(deletions.rating.times.sum())
    return deletions.variance("item"), deletions.n_items


def _least(deletions: Deletions) -> float:
    """What the coefficient would be if every item disagreed as much as the scale allows."""
    found = deletions.disagreement(deletions.total[None])
    return 1.0 - float(found.greatest[0] / found.expected[0])
