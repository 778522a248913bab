"""Test-retest consistency: the same rater on the same answer, blinded, some time apart.

Disagreement between raters is noise or true ambiguity; only repeats tell how much of it is noise. First and
second sitting are taken as two raters: the exact agreement and, where the scale declares categories, Cohen's
kappa with the scale's weights (1960, 1968), else Krippendorff's alpha. Intervals are by item and hold for
this rater only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from raters.domain.agreement import AgreementState, Scale, estimate, labelled_ratings, real_alpha
from raters.domain.agreement.scales import Category
from raters.domain.estimates import AgreementEstimate

_SITTINGS = np.array([0, 1])


@dataclass(frozen=True, slots=True)
class Consistency:
    """Of one variable. `exact` is None for real numbers, which hardly ever repeat."""

    n_repeats: int
    exact: AgreementEstimate | None
    chance_corrected: AgreementEstimate


def consistency(pairs: Sequence[tuple[Category, Category]], scale: Scale) -> Consistency:
    """`pairs` hold the first and the second rating. ValueError for a rating the scale does not declare."""
    items = np.repeat(np.arange(len(pairs)), 2)
    sittings = np.tile(_SITTINGS, len(pairs))
    values = [value for pair in pairs for value in pair]
    if scale.categories is None:
        alpha = real_alpha(items, sittings, np.array(values, dtype=np.float64), scale, method="item")
        return Consistency(len(pairs), None, alpha)
    if values:
        state = AgreementState.counted(labelled_ratings(items, sittings, values, scale))
    else:
        state = AgreementState(scale.size)
    return Consistency(
        len(pairs),
        estimate(state, "percent_agreement", scale, method="item"),
        estimate(state, "cohen_kappa", scale, method="item"),
    )


def consistencies(
    repeats: Mapping[str, Sequence[tuple[Category, Category]]], scales: Mapping[str, Scale]
) -> dict[str, Consistency]:
    """By variable; variables without a scale, such as free text, are left out."""
    return {name: consistency(repeats.get(name, ()), scale) for name, scale in scales.items()}
