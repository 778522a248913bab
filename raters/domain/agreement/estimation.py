"""Every coefficient of agreement that ratings allow, each with its interval or the reason it has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
import numpy.typing as npt

from raters.domain.agreement.coefficients import (
    CoefficientName,
    Prevalence,
    alpha,
    check_weights,
    pattern_coefficient,
)
from raters.domain.agreement.jackknife import Deletions, Method, pattern_deletions
from raters.domain.agreement.named_raters import cohen_deletions, conger_deletions
from raters.domain.agreement.patterns import pattern_histogram
from raters.domain.agreement.ratings import Names, Ratings, labelled_ratings, numbered
from raters.domain.agreement.reading import (
    FEWEST_ITEMS,
    RAW,
    read,
    refusal,
    size_of,
    size_of_reals,
    without_value,
)
from raters.domain.agreement.reals import real_deletions
from raters.domain.agreement.scales import Category, Integers, Scale, WeightName, agreement_weights
from raters.domain.agreement.state import AgreementState, PatternTable
from raters.domain.estimates import AgreementEstimate

Source = AgreementState | Ratings
Values = Sequence[Category] | Sequence[int] | npt.NDArray[np.generic]


def estimate(
    source: Source,
    name: CoefficientName,
    scale: Scale,
    *,
    weights: WeightName | None = None,
    method: Method = "auto",
    fewest_items: int = FEWEST_ITEMS,
) -> AgreementEstimate:
    """One coefficient of a maintained state, or of coded ratings, on the scale the rubric declares.

    weights       of a kappa; default: those of the scale's level. Alpha takes the level's metric
    method        of the interval: two-way from five raters on, by item below; or as asked
    fewest_items  pairable items below which no coefficient is given (the raw agreement always is)

    Conger's kappa of three raters or more has no interval by item from a state: give the ratings.
    ValueError for an unknown coefficient or weights the scale does not allow.
    """
    if name not in get_args(CoefficientName):
        raise ValueError(f'no coefficient "{name}": choose one of {", ".join(get_args(CoefficientName))}')
    return _estimate(*_table(source, scale), name, scale, weights, method, fewest_items)


def all_coefficients(
    items: Names,
    raters: Names,
    values: Values,
    scale: Scale,
    *,
    method: Method = "auto",
    fewest_items: int = FEWEST_ITEMS,
) -> dict[str, AgreementEstimate]:
    """Every coefficient that applies to these ratings (n,) and this scale, by name.

    `values` are the scale's own categories, or numbers on a scale of real numbers. Two raters: Cohen's and
    Scott's, on ordinal and metric scales Cohen's linear and quadratic; three or more: Fleiss' and Conger's.
    Always the raw agreement, Krippendorff's alpha, Brennan-Prediger's kappa (Randolph's free-marginal one)
    and Gwet's AC1, AC2 where the categories have an order. Real numbers have alpha alone.
    """
    if scale.categories is None:
        found = real_alpha(items, raters, values, scale, method=method, fewest_items=fewest_items)
        return {"krippendorff_alpha": found}
    ratings = labelled_ratings(items, raters, values, scale)
    return coefficients_of(ratings, scale, method=method, fewest_items=fewest_items)


def coefficients_of(
    source: Source, scale: Scale, *, method: Method = "auto", fewest_items: int = FEWEST_ITEMS
) -> dict[str, AgreementEstimate]:
    """`all_coefficients` of a state or of coded ratings."""
    table, ratings = _table(source, scale)
    return {
        key: _estimate(table, ratings, name, scale, weights, method, fewest_items)
        for key, name, weights in _applicable(scale, len(table.raters))
    }


def prevalence(source: Source, scale: Scale, *, method: Method = "auto") -> dict[Category, AgreementEstimate]:
    """The mean share of each declared category over rated items, used or not, with its interval."""
    table = _table(source, scale)[0]
    size = size_of(table)
    found: dict[Category, AgreementEstimate] = {}
    for code, category in enumerate(scale.categories or ()):
        name = "prevalence"
        if not size.n_items:
            found[category] = without_value(
                name, "", size, ("undefined_no_items", "Nothing has been rated yet.")
            )
            continue
        deletions = pattern_deletions(table, Prevalence(code), fewest=1)
        found[category] = read(name, "", deletions, size, method=method, share=True)
    return found


def real_alpha(
    items: Names,
    raters: Names,
    values: Values,
    scale: Scale,
    *,
    method: Method = "auto",
    fewest_items: int = FEWEST_ITEMS,
) -> AgreementEstimate:
    """Krippendorff's alpha of real-valued ratings (n,) on an interval or ratio scale.

    ValueError for ratings that are not finite, or too many distinct ones on a ratio scale.
    """
    numbers = np.asarray(values, dtype=np.float64)
    deletions = real_deletions(items, raters, numbers, scale.level)
    kinds = np.unique(numbers, return_inverse=True)[1].astype(np.int64)
    codes = numbered(np.asarray(items), "item"), numbered(np.asarray(raters), "rater")
    size = size_of_reals(*codes, kinds)
    name = "krippendorff_alpha"
    why_not = refusal(name, size, fewest_items)
    if why_not is not None:
        return without_value(name, scale.level, size, why_not)
    return read(name, scale.level, deletions, size, method=method)


def alpha_of_codes(items: Integers, codes: Integers, scale: Scale) -> float | None:
    """Krippendorff's alpha alone, the fastest way, of item and category codes (n,); None where undefined.

    For millions of ratings: no rater is looked at, so none who rated twice is noticed.
    """
    if not len(items):
        return None
    if int(items.min()) < 0 or not 0 <= int(codes.min()) <= int(codes.max()) < scale.size:
        raise ValueError(f"item codes start at 0, category codes run from 0 to {scale.size - 1}")
    counts, times = pattern_histogram(items, codes, scale.size)
    coefficient = alpha(scale)
    sums = times @ coefficient.contributions(counts.astype(np.float64))
    value = float(coefficient.disagreement(sums[None]).agreement[0])
    return None if np.isnan(value) else value


def _table(source: Source, scale: Scale) -> tuple[PatternTable, Ratings | None]:
    if source.n_categories != scale.size:
        raise ValueError(
            f"the ratings are on {source.n_categories} categories and the scale declares {scale.size}: "
            "take the scale they were given on"
        )
    if isinstance(source, AgreementState):
        return source.table(), None
    return AgreementState.counted(source).table(), source


def _estimate(
    table: PatternTable,
    ratings: Ratings | None,
    name: CoefficientName,
    scale: Scale,
    weights: WeightName | None,
    method: Method,
    fewest_items: int,
) -> AgreementEstimate:
    said, size = check_weights(name, scale, weights), size_of(table)
    why_not = refusal(name, size, fewest_items)
    if why_not is not None:
        return without_value(name, said, size, why_not)
    deletions = _deletions(table, ratings, name, scale, weights)
    return read(name, said, deletions, size, method=method, share=name in RAW)


def _deletions(
    table: PatternTable,
    ratings: Ratings | None,
    name: CoefficientName,
    scale: Scale,
    weights: WeightName | None,
) -> Deletions:
    if name == "cohen_kappa":
        return cohen_deletions(table, agreement_weights(scale, weights))
    if name == "conger_kappa":
        return conger_deletions(table, agreement_weights(scale, weights), ratings)
    return pattern_deletions(table, pattern_coefficient(name, scale, weights))


def _applicable(scale: Scale, n_raters: int) -> list[tuple[str, CoefficientName, WeightName | None]]:
    """Key, coefficient and weights, in the order to show them."""
    nominal = scale.level == "nominal"
    raw: list[CoefficientName] = ["percent_agreement"] if nominal else [*RAW]
    rest: list[CoefficientName] = [
        "krippendorff_alpha",
        "gwet_ac1" if nominal else "gwet_ac2",
        "brennan_prediger",
    ]
    rest += ["scott_pi"] if n_raters <= 2 else ["fleiss_kappa", "conger_kappa"]
    found: list[tuple[str, CoefficientName, WeightName | None]] = [(name, name, None) for name in raw + rest]
    if n_raters > 2:
        return found
    if nominal:
        return [*found, ("cohen_kappa", "cohen_kappa", None)]
    return [
        *found,
        ("cohen_kappa_linear", "cohen_kappa", "linear"),
        ("cohen_kappa_quadratic", "cohen_kappa", "quadratic"),
    ]
