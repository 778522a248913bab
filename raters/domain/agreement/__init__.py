"""Chance-corrected agreement of raters, with exact intervals and a state that edits keep up to date.

    all_coefficients(items, raters, values, scale)   every coefficient these ratings allow, by name
    AgreementState.from_ratings(…), .insert, .revise, .delete, .merge, .to_bytes
    estimate(state, "krippendorff_alpha", scale)     one coefficient of a state, in about a millisecond
    prevalence(state, scale)                         how often each declared category was chosen
    leave_one_rater_out(ratings, scale)              alpha without each rater, and how severe each is
    rating_graph(items, raters)                      which raters and items hang together
    marginal_homogeneity(state, scale)               whether two raters use the categories alike

The scale a rubric declares chooses the metric and the weights. A coefficient that does not exist for the
ratings at hand has a status and a reason instead of a number.
"""

from __future__ import annotations

from raters.domain.agreement.bootstrap import bootstrap_items
from raters.domain.agreement.coefficients import CoefficientName
from raters.domain.agreement.connectivity import rating_graph
from raters.domain.agreement.estimation import (
    all_coefficients,
    alpha_of_codes,
    coefficients_of,
    estimate,
    prevalence,
    real_alpha,
)
from raters.domain.agreement.jackknife import Method
from raters.domain.agreement.leave_one_out import leave_one_rater_out
from raters.domain.agreement.marginal_homogeneity import homogeneity_of_table, marginal_homogeneity
from raters.domain.agreement.ratings import Ratings, coded_ratings, labelled_ratings
from raters.domain.agreement.scales import Scale, WeightName, agreement_weights
from raters.domain.agreement.standard_errors import (
    benchmark_membership,
    cohen_inference,
    gwet_standard_error,
)
from raters.domain.agreement.state import AgreementState

__all__ = [
    "AgreementState",
    "CoefficientName",
    "Method",
    "Ratings",
    "Scale",
    "WeightName",
    "agreement_weights",
    "all_coefficients",
    "alpha_of_codes",
    "benchmark_membership",
    "bootstrap_items",
    "coded_ratings",
    "coefficients_of",
    "cohen_inference",
    "estimate",
    "gwet_standard_error",
    "homogeneity_of_table",
    "labelled_ratings",
    "leave_one_rater_out",
    "marginal_homogeneity",
    "prevalence",
    "rating_graph",
    "real_alpha",
]
