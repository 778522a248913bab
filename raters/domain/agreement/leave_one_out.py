"""What each rater does to the result: alpha without them, and how their ratings lie to the others'.

Nobody is left out because of this table: exclusion follows a rule declared before the data, and then both
results are shown.

    difference   alpha without the rater less alpha of all: above 0, they agreed less than the others did
    severity     mean over items that others rated too of how their rating lies to those of the others:
                 on metric scales x_ir - mean of the others, in the scale's unit; on ordinal scales the share
                 of the others they rated above less the share they rated below (Cliff 1993), -1 to 1. It asks
                 for no model of raters and no ranking of items

Both intervals leave out items, as they speak of this rater among these: jackknife-t for the difference, alpha
of all and without the rater being computed on the same items, and t over items for the severity.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import stdtrit

from evaluation.domain.estimates import Floats
from evaluation.domain.intervals import LEVEL
from raters.domain.agreement.coefficients import Coefficient, alpha
from raters.domain.agreement.estimation import estimate
from raters.domain.agreement.jackknife import Method, leave_out
from raters.domain.agreement.ratings import Ratings
from raters.domain.agreement.reading import FEWEST_ITEMS
from raters.domain.agreement.scales import Integers, Scale
from raters.domain.estimates import AgreementEstimate, AgreementStatus

_ZERO = 1e-12


@dataclass(frozen=True, kw_only=True)
class WithoutRater:
    """One row of the table: alpha without `rater`, its difference from alpha of all, and their severity."""

    rater: str
    alpha: AgreementEstimate
    difference: AgreementEstimate
    severity: AgreementEstimate


@dataclass(frozen=True)
class _Size:
    items: int
    raters: int
    ratings: int
    pairable: int


def leave_one_rater_out(
    ratings: Ratings, scale: Scale, *, method: Method = "auto", fewest_items: int = FEWEST_ITEMS
) -> tuple[WithoutRater, ...]:
    """The table, a row for each rater in order of their codes; `method` is that of alpha's own interval.

    ValueError for a scale of real numbers: declare its categories.
    """
    whole = estimate(ratings, "krippendorff_alpha", scale, fewest_items=fewest_items)
    counts = _counts(ratings)
    return tuple(
        _row(ratings, counts, at, str(name), scale, whole, (method, fewest_items))
        for at, name in enumerate(ratings.rater_names.tolist())
    )


def _row(
    ratings: Ratings,
    counts: Floats,
    rater: int,
    name: str,
    scale: Scale,
    whole: AgreementEstimate,
    asked: tuple[Method, int],
) -> WithoutRater:
    own = np.full(len(counts), -1, dtype=np.int64)  # the category this rater gave each item
    theirs = ratings.raters == rater
    own[ratings.items[theirs]] = ratings.categories[theirs]
    without = estimate(
        _left(ratings, rater), "krippendorff_alpha", scale, method=asked[0], fewest_items=asked[1]
    )
    return WithoutRater(
        rater=name,
        alpha=without,
        difference=_difference(counts, own, alpha(scale), whole, without),
        severity=_severity(counts, own, len(ratings.rater_names), scale),
    )


def _counts(ratings: Ratings) -> Floats:
    """(n_items, V) ratings of each item in each category; items without any are rows of zeros."""
    size = int(ratings.items.max(initial=-1)) + 1
    cells = np.bincount(
        ratings.items * ratings.n_categories + ratings.categories, minlength=size * ratings.n_categories
    )
    return cells.reshape(size, ratings.n_categories).astype(np.float64)


def _left(ratings: Ratings, rater: int) -> Ratings:
    kept = ratings.raters != rater
    raters = ratings.raters[kept]
    return Ratings(
        ratings.items[kept],
        raters - (raters > rater),
        ratings.categories[kept],
        np.delete(ratings.rater_names, rater),
        ratings.n_categories,
    )


def _difference(
    counts: Floats,
    own: Integers,
    coefficient: Coefficient,
    whole: AgreementEstimate,
    without: AgreementEstimate,
) -> AgreementEstimate:
    name, size = (
        "krippendorff_alpha_difference",
        _Size(whole.n_items, whole.n_raters, whole.n_ratings, whole.n_pairable),
    )
    missing = whole if whole.value is None else without
    if whole.value is None or without.value is None:
        where = "of all raters" if whole.value is None else "without this rater"
        return _undefined(
            name, coefficient.weights, size, missing.status, f"No alpha {where}: {missing.reason}"
        )
    kinds, times = np.unique(np.column_stack([counts, own]), axis=0, return_counts=True)
    full, category = kinds[:, :-1], kinds[:, -1].astype(np.int64)
    less = full.copy()
    rated = np.flatnonzero(category >= 0)
    less[rated, category[rated]] -= 1
    bears = full.sum(axis=1) >= 2
    moved = _deleted(coefficient, less, times) - _deleted(coefficient, full, times)
    value = without.value - whole.value
    return _with_t(name, coefficient.weights, size, value, moved[bears], times[bears].astype(np.float64))


def _deleted(coefficient: Coefficient, counts: Floats, times: Integers) -> Floats:
    """(K,) the coefficient with one item of each kind left out."""
    rows = coefficient.contributions(counts)
    return leave_out(coefficient.disagreement, times @ rows, rows)


def _with_t(
    name: str, weights: str, size: _Size, value: float, moved: Floats, times: Floats
) -> AgreementEstimate:
    """The jackknife-t interval from values with an item of each kind left out."""
    number = float(times.sum())
    if number < 2 or np.isnan(moved).any():
        return _undefined_interval(name, weights, size, value, "The value hangs on a single item.")
    mean = float(times @ moved) / number
    square = (number - 1) / number * float(times @ (moved - mean) ** 2)
    if square <= _ZERO**2:
        return _undefined_interval(name, weights, size, value, "No item moves it: there is no variation.")
    half = float(stdtrit(number - 1, (1 + LEVEL) / 2)) * sqrt(square)
    return _estimate(name, weights, size, value, (value - half, value + half), "item jackknife-t")


def _severity(counts: Floats, own: Integers, n_raters: int, scale: Scale) -> AgreementEstimate:
    shared = np.flatnonzero((own >= 0) & (counts.sum(axis=1) >= 2))
    category = own[shared]
    others = counts[shared].copy()
    others[np.arange(len(shared)), category] -= 1
    rated = int(np.count_nonzero(own >= 0))
    size = _Size(rated, n_raters, int(counts[own >= 0].sum()), len(shared))
    unit = "sign" if scale.level == "ordinal" else "scale"
    if scale.level == "nominal":
        why = "Nominal categories have no order in which one rating could be more severe: see the marginals."
        return _undefined("severity", "", size, "undefined_wrong_design", why)
    if not len(shared):
        why = "No item of this rater was rated by another."
        return _undefined("severity", unit, size, "undefined_no_pairable_items", why)
    shares = others / others.sum(axis=1, keepdims=True)
    return _mean("severity", unit, size, _apart(category, shares, scale))


def _apart(category: Integers, shares: Floats, scale: Scale) -> Floats:
    """(n,) how far a rating lies above the others of its item, whose shares of the categories are given."""
    positions = scale.positions
    if scale.level == "ordinal":
        signs = np.sign(positions[category][:, None] - positions)
        found: Floats = (signs * shares).sum(axis=1)
        return found
    apart: Floats = positions[category] - shares @ positions
    return apart


def _mean(name: str, unit: str, size: _Size, values: Floats) -> AgreementEstimate:
    value, number = float(values.mean()), len(values)
    square = float(values.var(ddof=1)) / number if number > 1 else 0.0
    if number < FEWEST_ITEMS:
        why = f"{number} items shared with others: an interval is given from {FEWEST_ITEMS} on."
        return _undefined_interval(name, unit, size, value, why)
    if square <= _ZERO**2:
        why = "The rating lies alike to the others' on every item: there is no variation."
        return _undefined_interval(name, unit, size, value, why)
    half = float(stdtrit(number - 1, (1 + LEVEL) / 2)) * sqrt(square)
    return _estimate(name, unit, size, value, (value - half, value + half), "t over items")


def _estimate(
    name: str,
    weights: str,
    size: _Size,
    value: float | None,
    limits: tuple[float, float] | None,
    interval: str,
    status: AgreementStatus = "ok",
    reason: str = "",
) -> AgreementEstimate:
    low, high = limits or (None, None)
    return AgreementEstimate(
        coefficient=name,
        value=value,
        low=low,
        high=high,
        status=status,
        reason=reason,
        interval=interval,
        n_items=size.items,
        n_raters=size.raters,
        n_ratings=size.ratings,
        these_raters_only=limits is not None,
        n_pairable=size.pairable,
        weights=weights,
    )


def _undefined(name: str, weights: str, size: _Size, status: AgreementStatus, why: str) -> AgreementEstimate:
    return _estimate(name, weights, size, None, None, "none", status, why)


def _undefined_interval(name: str, weights: str, size: _Size, value: float, why: str) -> AgreementEstimate:
    return _estimate(name, weights, size, value, None, "none", "no_interval", why)
