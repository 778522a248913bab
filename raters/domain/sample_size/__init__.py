"""How many items, raters, votes or hours a study needs, before it begins.

Every figure assumes independent items unless a design effect is given. All are large-sample formulas; the
tests hold them against simulations and published figures.
"""

from __future__ import annotations

from raters.domain.sample_size.agreement import (
    items_for_ac1,
    items_for_cohen_kappa,
    items_for_cohen_kappa_test,
    items_for_icc,
    items_for_kappa_from_agreement,
    items_for_kappa_interval,
    items_for_kappa_test,
    raters_for_reliability,
    reliability_of_mean,
    units_for_alpha,
)
from raters.domain.sample_size.coefficients import ac1_variance, cohen_variance, two_by_two
from raters.domain.sample_size.comparison import (
    design_effect,
    items_for_proportion,
    items_to_exclude,
    votes_for_difference,
    votes_for_win_rate,
)
from raters.domain.sample_size.hours import RatingCost, half_width_after, hours_for_half_width
from raters.domain.sample_size.requirement import SampleSize

__all__ = [
    "RatingCost",
    "SampleSize",
    "ac1_variance",
    "cohen_variance",
    "design_effect",
    "half_width_after",
    "hours_for_half_width",
    "items_for_ac1",
    "items_for_cohen_kappa",
    "items_for_cohen_kappa_test",
    "items_for_icc",
    "items_for_kappa_from_agreement",
    "items_for_kappa_interval",
    "items_for_kappa_test",
    "items_for_proportion",
    "items_to_exclude",
    "raters_for_reliability",
    "reliability_of_mean",
    "two_by_two",
    "units_for_alpha",
    "votes_for_difference",
    "votes_for_win_rate",
]
