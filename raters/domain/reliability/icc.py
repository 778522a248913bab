"""Intraclass correlations of a complete table of items by raters.

The share of the variance of ratings that lies between items (Shrout & Fleiss 1979, Psychological Bulletin
86; McGraw & Wong 1996, Psychological Methods 1, with the correction of their F limits for ICC(A,1)). With the
mean squares MSR between items, MSC between raters, MSE of what is left and MSW within items, n items and k
raters:

    ICC(1,1) = (MSR - MSW) / (MSR + (k - 1) MSW)                           raters differ from item to item
    ICC(2,1) = (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n)       other raters, absolute agreement
    ICC(3,1) = (MSR - MSE) / (MSR + (k - 1) MSE)                           these raters, consistency

and (·,k) for the mean of the k raters. McGraw & Wong call them ICC(1), ICC(A,1), ICC(C,1) and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite
from typing import Literal, get_args

from scipy.special import fdtri

from evaluation.domain.estimates import Floats
from evaluation.domain.intervals import LEVEL
from raters.domain.estimates import AgreementEstimate
from raters.domain.reliability.tables import Limits, RatingTable, rating_table

Form = Literal["ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"]
FORMS: tuple[Form, ...] = get_args(Form)

_ROUNDING = 1e-12  # of the total sum of squares: mean squares below it are none


@dataclass(frozen=True)
class MeanSquares:
    """Of the analysis of variance of n items by k raters, in the squared unit of the ratings."""

    n: int
    k: int
    items: float
    raters: float
    error: float
    within: float


def icc(ratings: Floats, form: Form) -> AgreementEstimate:
    """One form of the coefficient, from ratings (n_items, n_raters), NaN where missing.

    Only items that every rater rated are used, and `n_items` counts these. The interval is the exact one of
    the F distribution for cases 1 and 3 and Satterthwaite's approximation for case 2; both hold for ratings
    that are about normal.
    """
    return all_iccs(ratings)[form]


def all_iccs(ratings: Floats) -> dict[Form, AgreementEstimate]:
    """Every form by name; arguments as in `icc`."""
    table = rating_table(ratings)
    complete = table.complete_items()
    refused = _refusal(table, complete)
    if refused:
        return dict(zip(FORMS, refused, strict=True))
    squares = mean_squares(complete.values)
    return {form: _estimate(complete, squares, form) for form in FORMS}


def mean_squares(values: Floats) -> MeanSquares:
    """The mean squares of a complete table (n ≥ 2, k ≥ 2); those that are rounding only are 0."""
    n, k = values.shape
    centred = values - values.mean()
    of_items, of_raters = centred.mean(axis=1), centred.mean(axis=0)
    left = centred - of_items[:, None] - of_raters
    total = float((centred**2).sum())
    # a table of equal ratings leaves rounding of the mean behind: judged against the ratings themselves
    least = _ROUNDING * max(total, _ROUNDING * float((values**2).sum()))

    def sum_of_squares(part: Floats, times: int) -> float:
        found = float((part**2).sum()) * times
        return 0.0 if found <= least else found

    items, raters = sum_of_squares(of_items, k), sum_of_squares(of_raters, n)
    error = sum_of_squares(left, 1)
    return MeanSquares(
        n=n,
        k=k,
        items=items / (n - 1),
        raters=raters / (k - 1),
        error=error / ((n - 1) * (k - 1)),
        within=(raters + error) / (n * (k - 1)),
    )


def _refusal(table: RatingTable, complete: RatingTable) -> list[AgreementEstimate]:
    if not table.n_items:
        return [table.undefined(form, "undefined_no_items", "no item has a rating") for form in FORMS]
    if table.n_raters < 2:
        reason = "one rater only: an intraclass correlation needs two"
        return [table.undefined(form, "undefined_too_few_raters", reason) for form in FORMS]
    if complete.n_items < 2:
        reason = (
            f"{complete.n_items} of {table.n_items} items were rated by all {table.n_raters} raters and two "
            "are needed: leave out raters who rated little, or fit a mixed model"
        )
        return [table.undefined(form, "undefined_wrong_design", reason) for form in FORMS]
    if (complete.values == complete.values[0, 0]).all():
        reason = "every rating is the same: there is no variance to apportion"
        return [complete.undefined(form, "undefined_no_variation", reason) for form in FORMS]
    return []


def _estimate(table: RatingTable, squares: MeanSquares, form: Form) -> AgreementEstimate:
    value = _value(squares, form)
    if value is None:
        reason = "the items differ less than chance alone would make them: a mean over raters tells nothing"
        return table.undefined(form, "undefined_no_variation", reason)
    limits = _limits(squares, form)
    why = "the ratings leave no error, or no difference between items, from which F limits could be drawn"
    name = "Satterthwaite F" if form[4] == "2" else "F"
    only = form[4] == "3"
    return table.estimate(form, value, limits, name, these_only=only, why_no_interval=why)


def _value(squares: MeanSquares, form: Form) -> float | None:
    n, k = squares.n, squares.k
    noise = squares.within if form[4] == "1" else squares.error
    between_raters = (squares.raters - squares.error) / n if form[4] == "2" else 0.0
    if form.endswith("1)"):
        below = squares.items + (k - 1) * noise + k * between_raters
    else:
        below = squares.items + between_raters
    # where the parts cancel, what is left of them is rounding
    least = _ROUNDING * (squares.items + squares.raters + squares.error)
    return (squares.items - noise) / below if below > least else None


def _limits(squares: MeanSquares, form: Form) -> Limits | None:
    noise = squares.within if form[4] == "1" else squares.error
    if not noise or not squares.items:
        return None
    single = _limits_of_case_2(squares) if form[4] == "2" else _limits_by_f(squares, noise, form[4])
    low, high = single if form.endswith("1)") else [_mean_of(squares.k, limit) for limit in single]
    return (low, high) if isfinite(low) and isfinite(high) else None


def _limits_by_f(squares: MeanSquares, noise: float, case: str) -> Limits:
    n, k = squares.n, squares.k
    ratio, df = squares.items / noise, (n * (k - 1) if case == "1" else (n - 1) * (k - 1))
    low, high = ratio / _quantile(n - 1, df), ratio * _quantile(df, n - 1)
    return (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)


def _limits_of_case_2(squares: MeanSquares) -> Limits:
    n, k, items, raters, error = squares.n, squares.k, squares.items, squares.raters, squares.error
    value = _value(squares, "ICC(2,1)") or 0.0
    of_raters, rest = k * value * raters / error, n * (1 + (k - 1) * value) - k * value
    df = (k - 1) * (n - 1) * (of_raters + rest) ** 2 / ((n - 1) * of_raters**2 + rest**2)
    upper, lower = _quantile(n - 1, df), _quantile(df, n - 1)
    spread = k * raters + (k * n - k - n) * error
    low = n * (items - upper * error) / (upper * spread + n * items)
    high = n * (lower * items - error) / (spread + n * lower * items)
    return low, high


def _mean_of(k: int, single: float) -> float:
    """Spearman-Brown: the reliability of a mean of k from that of one; -inf where it has no bound."""
    below = 1 + (k - 1) * single
    return k * single / below if below > 0 else -inf


def _quantile(df1: float, df2: float) -> float:
    return float(fdtri(df1, df2, (1 + LEVEL) / 2))
