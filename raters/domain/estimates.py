"""What is said of how far raters agree: never a bare number, and never a number where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AgreementStatus = Literal[
    "ok",
    "no_interval",
    "too_few_items",
    "undefined_no_items",
    "undefined_no_pairable_items",
    "undefined_no_variation",
    "undefined_one_category_declared",
    "undefined_too_few_raters",
    "undefined_wrong_number_of_raters",
    "undefined_wrong_design",
]


@dataclass(frozen=True, kw_only=True)
class AgreementEstimate:
    """One coefficient of agreement or reliability with its 95 % interval, its size and how it was made.

    coefficient        machine name, e.g. "krippendorff_alpha"
    value, low, high   in the coefficient's own unit (1 is perfect agreement); `value` is None unless `status`
                       is "ok" or "no_interval", the limits are None unless it is "ok"
    status, reason     why there is no value or no interval, in one word and in a sentence; the reason is
                       empty when the status is "ok"
    interval           name of the interval's method, e.g. "two-way jackknife-t"; "none" without an interval
    n_items            items with at least one rating, of which `n_pairable` have two or more
    n_raters           raters with at least one rating
    n_ratings          ratings, those of items rated only once included
    these_raters_only  the interval generalises to other items but not to other raters
    weights            how two different ratings are weighed against each other: the metric of an alpha, the
                       agreement weights of a kappa; empty where there is no such choice
    """

    coefficient: str
    value: float | None
    low: float | None
    high: float | None
    status: AgreementStatus
    reason: str
    interval: str
    n_items: int
    n_raters: int
    n_ratings: int
    these_raters_only: bool
    n_pairable: int = 0
    weights: str = ""

    def __post_init__(self) -> None:
        has_value = self.status in ("ok", "no_interval")
        if (self.value is not None) != has_value:
            raise ValueError(f'an estimate with status "{self.status}" and value {self.value}: one is wrong')
        if ((self.low is not None), (self.high is not None)) != (self.status == "ok",) * 2:
            raise ValueError(f'limits {self.low}, {self.high} do not go with status "{self.status}"')
        if bool(self.reason) == (self.status == "ok"):
            raise ValueError(f'status "{self.status}" with reason "{self.reason}": give one unless it is ok')
