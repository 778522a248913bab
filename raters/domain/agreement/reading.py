"""From sums to an estimate: what can be said, and in which words nothing can."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raters.domain.agreement.coefficients import CoefficientName
from raters.domain.agreement.jackknife import Deletions, Method, interval, value_of
from raters.domain.agreement.scales import Integers
from raters.domain.agreement.state import PatternTable
from raters.domain.estimates import AgreementEstimate, AgreementStatus

FEWEST_ITEMS = 5  # pairable, for a coefficient to be told at all

RAW: tuple[CoefficientName, ...] = ("percent_agreement", "weighted_agreement")
TWO_RATERS: tuple[CoefficientName, ...] = ("cohen_kappa", "scott_pi")


@dataclass(frozen=True)
class Size:
    """How much was rated; `varies` is whether pairable items hold two different ratings or more."""

    n_items: int
    n_pairable: int
    n_raters: int
    n_ratings: int
    n_categories: int | None
    varies: bool


Refusal = tuple[AgreementStatus, str]


def size_of(table: PatternTable) -> Size:
    m = table.counts.sum(axis=1)
    pairable = m >= 2
    used = (table.counts[pairable] > 0).any(axis=0)
    return Size(
        n_items=int(table.items.sum()),
        n_pairable=int(table.items[pairable].sum()),
        n_raters=len(table.raters),
        n_ratings=int(table.held.sum()),
        n_categories=table.counts.shape[1],
        varies=int(np.count_nonzero(used)) > 1,
    )


def size_of_reals(items: Integers, raters: Integers, values: Integers) -> Size:
    """Of coded items, raters and distinct values (n,) each."""
    m = np.bincount(items)
    paired = values[m[items] >= 2]
    return Size(
        n_items=int(np.count_nonzero(m)),
        n_pairable=int(np.count_nonzero(m >= 2)),
        n_raters=len(np.unique(raters)),
        n_ratings=len(items),
        n_categories=None,
        varies=bool(len(paired)) and int(paired.min()) < int(paired.max()),
    )


def refusal(name: str, size: Size, fewest_items: int) -> Refusal | None:
    """Why these ratings have no such coefficient, if they have none."""
    return _no_pairs(size) or (None if name in RAW else _no_chance(name, size, fewest_items))


def _no_pairs(size: Size) -> Refusal | None:
    if not size.n_items:
        return "undefined_no_items", "Nothing has been rated yet."
    if size.n_raters < 2:
        return "undefined_too_few_raters", "Only one rater has rated: agreement takes two."
    if not size.n_pairable:
        return (
            "undefined_no_pairable_items",
            "No item has been rated by two raters: give some items to a second rater.",
        )
    return None


def _no_chance(name: str, size: Size, fewest_items: int) -> Refusal | None:
    if size.n_categories == 1:
        why = "The scale declares one category: there is nothing to disagree about."
        return "undefined_one_category_declared", why
    if name in TWO_RATERS and size.n_raters != 2:
        why = f"This coefficient compares two raters and {size.n_raters} have rated: choose a pair of them."
        return "undefined_wrong_number_of_raters", why
    if not size.varies:
        why = "All ratings are the same: agreement beyond chance cannot be told. See the raw agreement."
        return "undefined_no_variation", why
    if size.n_pairable < fewest_items:
        why = (
            f"{size.n_pairable} items have two ratings; a coefficient is given from {fewest_items} items on."
        )
        return "too_few_items", why
    return None


def read(
    name: str,
    weights: str,
    deletions: Deletions,
    size: Size,
    *,
    method: Method,
    share: bool = False,
) -> AgreementEstimate:
    """The estimate of a coefficient that was not refused."""
    value = value_of(deletions)
    if np.isnan(value):
        why = "The disagreement expected by chance is nil: there is nothing to correct for."
        return without_value(name, weights, size, ("undefined_no_variation", why))
    limits = interval(deletions, method, share=share)
    known = limits.low is not None
    return AgreementEstimate(
        coefficient=name,
        value=value,
        low=limits.low,
        high=limits.high,
        status="ok" if known else "no_interval",
        reason="" if known else _no_interval(deletions, method),
        interval=limits.name,
        n_items=size.n_items,
        n_raters=size.n_raters,
        n_ratings=size.n_ratings,
        these_raters_only=limits.these_raters_only,
        n_pairable=size.n_pairable,
        weights=weights,
    )


def without_value(name: str, weights: str, size: Size, why: Refusal) -> AgreementEstimate:
    status, reason = why
    return AgreementEstimate(
        coefficient=name,
        value=None,
        low=None,
        high=None,
        status=status,
        reason=reason,
        interval="none",
        n_items=size.n_items,
        n_raters=size.n_raters,
        n_ratings=size.n_ratings,
        these_raters_only=False,
        n_pairable=size.n_pairable,
        weights=weights,
    )


def _no_interval(deletions: Deletions, method: Method) -> str:
    if deletions.item is None and method != "rater":
        return "The interval needs each item's own ratings: compute it from these, not from the state."
    if deletions.rater is None and method in ("rater", "two-way"):
        return "Two raters are too few for an interval that speaks of other raters."
    return "The value hangs on a single item or rater, without which there is none: collect more ratings."
