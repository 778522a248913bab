"""The agreement to expect on the planned pairs of ratings, by the coefficient the study will publish."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluation.domain.estimates import Floats
from raters.domain.agreement import (
    AgreementState,
    CoefficientName,
    Scale,
    alpha_of_codes,
    coded_ratings,
    estimate,
)
from raters.domain.simulation.assumptions import AxisKind
from raters.domain.simulation.results import ExpectedAgreement
from raters.domain.simulation.sheet import Integers, Rows

INTERVALS = 12  # repetitions whose published interval is computed: their mean width needs no more

NAME: CoefficientName = "krippendorff_alpha"


def scale_of(kind: AxisKind) -> Scale:
    if kind.kind in ("ordinal", "interval"):
        return Scale("ordinal" if kind.kind == "ordinal" else "interval", kind.values)
    return Scale("nominal", kind.values)


def planned_pairs(rows: Rows) -> int:
    """Pairs of ratings of the same thing by two raters."""
    size = np.bincount(rows.unit)
    return int((size * (size - 1) // 2).sum())


def alphas(rows: Rows, codes: Integers, scale: Scale) -> Floats:
    """(B,) of category codes (B, n); nan where there is no variation."""
    double = np.bincount(rows.unit)[rows.unit] > 1
    units = rows.unit[double]
    found = [alpha_of_codes(units, own, scale) for own in np.ascontiguousarray(codes[:, double])]
    return np.array([np.nan if one is None else one for one in found])


def half_widths(rows: Rows, codes: Integers, scale: Scale) -> list[float]:
    """Of the intervals the study would publish, for as many repetitions as codes (B, n) has."""
    found = []
    for own in codes:
        state = AgreementState.counted(coded_ratings(rows.unit, rows.rater, own, scale.size))
        one = estimate(state, NAME, scale)
        if one.low is not None and one.high is not None:
            found.append((one.high - one.low) / 2)
    return found


def expected(kind: AxisKind, rows: Rows, values: Floats, widths: Sequence[float]) -> ExpectedAgreement:
    pairs = planned_pairs(rows)
    there = values[np.isfinite(values)]
    if not len(there):
        reason = (
            "no answer is planned for two raters: plan an overlap to learn how far they agree"
            if pairs == 0
            else "all simulated ratings fell into one category: expect no agreement coefficient"
        )
        return ExpectedAgreement(
            coefficient=NAME, n_pairs=pairs, value=None, low=None, high=None, half_width=None, reason=reason
        )
    low, middle, high = (float(q) for q in np.quantile(there, [0.025, 0.5, 0.975]))
    return ExpectedAgreement(
        coefficient=NAME,
        n_pairs=pairs,
        value=middle,
        low=low,
        high=high,
        half_width=float(np.mean(widths)) if len(widths) else None,
        reason="" if len(widths) else "too few planned pairs for an interval",
    )
