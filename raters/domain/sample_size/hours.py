"""What an hour of a physician buys: the width of an interval against time."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from scipy.special import stdtrit

from raters.domain.sample_size.requirement import LEVEL, SampleSize, needed


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingCost:
    """Variances of one rating (squared units of the scale) and the pace of the raters.

    `overlap_share` of the items is rated by `overlap_raters`, the rest once.
    """

    item_variance: float
    rater_variance: float
    residual_variance: float
    raters: int
    ratings_per_hour: float
    overlap_share: float = 0.25
    overlap_raters: int = 2

    def __post_init__(self) -> None:
        if min(self.item_variance, self.rater_variance, self.residual_variance) < 0 or self.raters < 2:
            raise ValueError("variances are 0 or more, and a mean over raters needs at least two of them")
        if self.ratings_per_hour <= 0 or not 0 <= self.overlap_share <= 1 or self.overlap_raters < 1:
            raise ValueError("give a pace above 0, an overlap from 0 to 1 and at least one rater")


def half_width_after(hours: float, cost: RatingCost, *, level: float = LEVEL) -> float:
    """Half width of the interval of a system's mean after so many physician-hours in all.

    Variance of the plain mean of all ratings, σ²_item/items* + σ²_rater/raters + σ²_residual/ratings, loads
    equal (Cronbach et al. 1972, generalizability); an item rated k times weighs k, so items* is
    (sum m)²/sum m². Student's t on min(items, raters) - 1 degrees of freedom.
    """
    ratings = hours * cost.ratings_per_hour
    items = ratings / (1 + cost.overlap_share * (cost.overlap_raters - 1))
    if items < 2:
        raise ValueError(f"{hours} hours rate {items:.1f} items: an interval needs at least two")
    share, k = cost.overlap_share, cost.overlap_raters
    effective = items * (1 + share * (k - 1)) ** 2 / (1 + share * (k * k - 1))
    variance = cost.item_variance / effective + cost.residual_variance / ratings
    variance += cost.rater_variance / cost.raters
    return float(stdtrit(min(items, cost.raters) - 1, (1 + level) / 2)) * sqrt(variance)


def hours_for_half_width(half_width: float, cost: RatingCost, *, level: float = LEVEL) -> SampleSize:
    """Physician-hours until the interval is ± half_width; ValueError where more hours cannot reach it.

    The part of the raters does not shrink with hours: then more raters are needed.
    """
    floor = float(stdtrit(cost.raters - 1, (1 + level) / 2)) * sqrt(cost.rater_variance / cost.raters)
    if half_width <= floor:
        raise ValueError(
            f"{cost.raters} raters give ±{floor:.3g} at best, however long they work: invite more"
        )
    low = 2 * (1 + cost.overlap_share * (cost.overlap_raters - 1)) / cost.ratings_per_hour * (1 + 1e-9)
    high = low
    while half_width_after(high, cost, level=level) > half_width:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        wide = half_width_after(middle, cost, level=level) > half_width
        low, high = (middle, high) if wide else (low, middle)
    return needed(high, "hours", "Cronbach et al. 1972")
