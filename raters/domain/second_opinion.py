"""Krippendorff's alpha computed once more, by other people's code.

Before an alpha is published it is compared with the `krippendorff` package, whose authors share nothing with
ours. This is the only module that imports it, and only when asked: its licence is the GPL.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluation.domain.estimates import Floats
from raters.domain.agreement.scales import Scale

TOLERANCE = 1e-6


@dataclass(frozen=True)
class SecondOpinion:
    """What the other package says of an alpha.

    agrees      both give the same alpha to within 1e-6, or both give none
    difference  published less theirs; None where one of the two has no value
    theirs      their alpha; None where they have none
    """

    agrees: bool
    difference: float | None
    theirs: float | None


def check(ratings: Floats, scale: Scale, published_alpha: float | None) -> SecondOpinion:
    """Compare `published_alpha` with theirs.

    `ratings` (n_items, n_raters), NaN where missing, hold category codes 0 … V - 1 on nominal and ordinal
    scales and the numbers themselves on interval and ratio scales. ValueError for codes or numbers that the
    scale does not declare. ImportError where the package is not installed.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError("ratings come as a table of items by raters: give it two dimensions")
    theirs = _theirs(table, scale)
    if theirs is None or published_alpha is None:
        return SecondOpinion(theirs is None and published_alpha is None, None, theirs)
    difference = published_alpha - theirs
    return SecondOpinion(abs(difference) <= TOLERANCE, difference, theirs)


def _theirs(table: Floats, scale: Scale) -> float | None:
    """None without two different ratings among items rated twice, where the package raises or warns."""
    _check_declared(table, scale)
    pairable = table[np.isfinite(table).sum(axis=1) >= 2]
    kinds = np.unique(pairable[np.isfinite(pairable)])
    if len(kinds) < 2:
        return None
    import krippendorff

    found = float(krippendorff.alpha(reliability_data=pairable.T, level_of_measurement=scale.level))
    return found if np.isfinite(found) else None


def _check_declared(table: Floats, scale: Scale) -> None:
    if scale.categories is None:
        return
    declared = scale.positions if scale.is_metric else np.arange(float(scale.size))
    seen = table[np.isfinite(table)]
    strange = seen[~np.isin(seen, declared)]
    if len(strange):
        raise ValueError(
            f"rating {strange[0]:g} is not on the declared scale: give the codes 0 to {scale.size - 1}, or "
            "on interval and ratio scales the declared numbers"
        )
