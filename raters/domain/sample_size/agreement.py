"""Items and raters for agreement: kappa, AC1, alpha, intraclass correlation, Spearman-Brown."""

from __future__ import annotations

from math import sqrt

import numpy as np
from scipy.special import ndtri

from raters.domain.sample_size.coefficients import Floats, ac1_variance, cohen_variance, two_by_two
from raters.domain.sample_size.requirement import (
    LEVEL,
    POWER,
    SampleSize,
    needed,
    normal_quantile,
    require_different,
    require_share,
)


def items_for_kappa_test(
    null: float, alternative: float, prevalence: float, *, level: float = LEVEL, power: float = POWER
) -> SampleSize:
    """Items to tell kappa `alternative` from `null`, two raters, two categories, common prevalence.

    Goodness of fit on the three outcomes both, one, none (Donner & Eliasziw 1992), with the two-sided
    non-centrality (z_{1-α/2} + z_{power})² of one degree of freedom.
    """
    require_different(null, alternative)
    expected, under_null = _outcomes(alternative, prevalence), _outcomes(null, prevalence)
    if not (under_null > 0).all():
        raise ValueError(f"kappa {null} leaves an outcome without probability: choose it inside -1 to 1")
    per_item = float(((expected - under_null) ** 2 / under_null).sum())
    return needed(
        (normal_quantile(level) + float(ndtri(power))) ** 2 / per_item, "items", "Donner & Eliasziw 1992"
    )


def items_for_kappa_interval(
    kappa: float, prevalence: float, half_width: float, *, level: float = LEVEL
) -> SampleSize:
    """Items for an interval kappa ± half_width, two raters, two categories, common prevalence.

    Variance of the intraclass kappa per item (Bloch & Kraemer 1989; Donner & Eliasziw 1992):
    (1 - κ) [(1 - κ)(1 - 2κ) + κ(2 - κ) / (2π(1 - π))].
    """
    _outcomes(kappa, prevalence)
    spread = prevalence * (1 - prevalence)
    variance = (1 - kappa) * ((1 - kappa) * (1 - 2 * kappa) + kappa * (2 - kappa) / (2 * spread))
    return _for_interval(variance, half_width, level, "Bloch & Kraemer 1989")


def items_for_cohen_kappa(table: Floats, half_width: float, *, level: float = LEVEL) -> SampleSize:
    """Items for an interval of Cohen's kappa, two named raters, from the expected joint shares (V, V).

    Large-sample variance of Fleiss, Cohen & Everitt 1969; for two categories Cantor 1996.
    """
    return _for_interval(cohen_variance(table), half_width, level, "Fleiss, Cohen & Everitt 1969")


def items_for_cohen_kappa_test(
    null: float,
    alternative: float,
    prevalences: tuple[float, float],
    *,
    level: float = LEVEL,
    power: float = POWER,
) -> SampleSize:
    """Items to tell Cohen's kappa `alternative` from `null`, two categories, each rater's own prevalence.

    n = [(z_{1-α/2} √Q0 + z_{power} √Q1) / (κ1 - κ0)]², Q the variance per item (Cantor 1996).
    """
    require_different(null, alternative)
    spreads = [sqrt(cohen_variance(two_by_two(kappa, *prevalences))) for kappa in (null, alternative)]
    root = (normal_quantile(level) * spreads[0] + float(ndtri(power)) * spreads[1]) / (alternative - null)
    return needed(root**2, "items", "Cantor 1996")


def items_for_kappa_from_agreement(
    agreement: float, by_chance: float, half_width: float, *, level: float = LEVEL
) -> SampleSize:
    """Items when only the expected agreement and chance agreement are known: chance is taken as fixed.

    n = z² p_o(1 - p_o) / ((1 - p_e) h)², the first term of the variance (Cohen 1960).
    """
    require_share("the agreement", agreement)
    if not 0 <= by_chance < 1:
        raise ValueError(f"the chance agreement is a share below 1, got {by_chance}")
    variance = agreement * (1 - agreement) / (1 - by_chance) ** 2
    return _for_interval(variance, half_width, level, "Cohen 1960")


def items_for_ac1(table: Floats, half_width: float, *, level: float = LEVEL) -> SampleSize:
    """Items for an interval of Gwet's AC1, two raters, from the expected joint shares (V, V).

    Variance of the linearised coefficient per item (Gwet 2008), items sampled and raters fixed.
    """
    return _for_interval(ac1_variance(table), half_width, level, "Gwet 2008")


def units_for_alpha(smallest: float, share: float, *, significance: float = 0.05) -> SampleSize:
    """Units with two values to show, one-sided, that alpha exceeds `smallest` where it does.

    `share` is that of the rarest category one wants to be able to judge. n = 2 z² [(1 + α)(3 - α) /
    (4 (1 - α) p(1 - p)) - α], Bloch & Kraemer 1989 as used by Krippendorff.
    """
    require_share("the share of a category", share)
    require_share("the smallest acceptable alpha", smallest)
    z = float(ndtri(1 - significance))
    term = (1 + smallest) * (3 - smallest) / (4 * (1 - smallest) * share * (1 - share)) - smallest
    return needed(2 * z * z * term, "units", "Bloch & Kraemer 1989")


def items_for_icc(icc: float, raters: int, half_width: float, *, level: float = LEVEL) -> SampleSize:
    """Items rated by each of k raters for an interval of the intraclass correlation (Bonett 2002).

    n = 8 z² (1 - ρ)² (1 + (k - 1)ρ)² / (k(k - 1) w²) + 1, w the full width; 5ρ more for two raters and
    ρ ≥ 0.7.
    """
    if raters < 2 or not 0 <= icc < 1 or half_width <= 0:
        raise ValueError(
            f"need 2 raters or more, 0 <= ICC < 1, a width above 0: {raters}, {icc}, {half_width}"
        )
    shape = (1 - icc) ** 2 * (1 + (raters - 1) * icc) ** 2 / (raters * (raters - 1))
    number = 8 * normal_quantile(level) ** 2 * shape / (2 * half_width) ** 2 + 1
    return needed(number + (5 * icc if raters == 2 and icc >= 0.7 else 0), "items", "Bonett 2002")


def reliability_of_mean(single: float, raters: float) -> float:
    """Reliability of the mean of k raters, kρ / (1 + (k - 1)ρ) (Spearman 1910; Brown 1910)."""
    if not 0 <= single <= 1 or raters <= 0:
        raise ValueError(f"a reliability lies in 0 to 1 and raters are above 0, got {single} and {raters}")
    return raters * single / (1 + (raters - 1) * single)


def raters_for_reliability(single: float, target: float) -> SampleSize:
    """Raters whose mean reaches `target`, ρ*(1 - ρ) / (ρ(1 - ρ*)) (Spearman-Brown prophecy)."""
    require_share("the reliability of one rater", single)
    require_share("the target", target)
    exact = target * (1 - single) / (single * (1 - target))
    return needed(max(1.0, exact), "raters", "Spearman-Brown 1910")


def _outcomes(kappa: float, prevalence: float) -> Floats:
    """(3,) probabilities that both, one, or none of two raters say yes."""
    require_share("the prevalence", prevalence)
    table = two_by_two(kappa, prevalence, prevalence)
    return np.array([table[0, 0], 2 * table[0, 1], table[1, 1]])


def _for_interval(variance: float, half_width: float, level: float, formula: str) -> SampleSize:
    if half_width <= 0:
        raise ValueError(f"the half width must be above 0, got {half_width}")
    return needed(normal_quantile(level) ** 2 * variance / half_width**2, "items", formula)
