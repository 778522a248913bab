"""Items and votes for shares and for comparing systems."""

from __future__ import annotations

from math import log, sqrt

from scipy.special import ndtri

from raters.domain.sample_size.requirement import (
    LEVEL,
    POWER,
    SampleSize,
    needed,
    normal_quantile,
    require_different,
    require_share,
)


def items_for_proportion(share: float, half_width: float, *, level: float = LEVEL) -> SampleSize:
    """Items for which Wilson's interval (1927) of an expected share is at most ± half_width wide."""
    if not 0 <= share <= 1 or not 0 < half_width < 0.5:
        raise ValueError(f"a share lies in 0 to 1, its half width in 0 to 0.5: got {share} and {half_width}")
    square = normal_quantile(level) ** 2
    # h = z √(pq/n + z²/4n²) / (1 + z²/n), squared, is a quadratic in n:
    # h² n² + (2h² - pq) z² n + (h² - 1/4) z⁴ = 0
    a, b = half_width**2, (2 * half_width**2 - share * (1 - share)) * square
    c = (half_width**2 - 0.25) * square**2
    return needed((-b + sqrt(b * b - 4 * a * c)) / (2 * a), "items", "Wilson 1927")


def items_to_exclude(share: float, *, level: float = LEVEL) -> SampleSize:
    """Items without one event that show the event to be rarer than `share` (Hanley & Lippman-Hand 1983)."""
    require_share("the share to exclude", share)
    return needed(log(1 - level) / log(1 - share), "items", "Hanley & Lippman-Hand 1983")


def votes_for_win_rate(
    rate: float, *, null: float = 0.5, level: float = LEVEL, power: float = POWER, design_effect: float = 1.0
) -> SampleSize:
    """Decisive votes to tell a win rate from `null`: two-sided score test of a share (Fleiss 1981).

    Votes of one rater or on one item are alike: give `design_effect` 1 + (votes per cluster - 1) ICC.
    """
    require_share("the win rate", rate)
    require_share("the null win rate", null)
    require_different(null, rate)
    spread = normal_quantile(level) * sqrt(null * (1 - null)) + float(ndtri(power)) * sqrt(rate * (1 - rate))
    return needed((spread / (rate - null)) ** 2 * _effect(design_effect), "votes", "Fleiss 1981")


def votes_for_difference(
    logits: float, *, level: float = LEVEL, power: float = POWER, design_effect: float = 1.0
) -> SampleSize:
    """Votes on one pair of systems to see a Bradley-Terry difference: (z + z)² · 4 / D² near even odds.

    A vote brings information p(1 - p) = 1/4 at most, so this is the least for small D.
    """
    require_different(0.0, logits)
    number = 4 * (normal_quantile(level) + float(ndtri(power))) ** 2 / logits**2
    return needed(number * _effect(design_effect), "votes", "Bradley & Terry 1952, information")


def design_effect(per_cluster: float, icc: float) -> float:
    """1 + (m - 1) ICC (Kish 1965): how many times more ratings a clustered study needs."""
    if per_cluster < 1 or not 0 <= icc <= 1:
        raise ValueError(f"clusters hold 1 rating or more and ICC lies in 0 to 1: got {per_cluster}, {icc}")
    return 1 + (per_cluster - 1) * icc


def _effect(effect: float) -> float:
    if effect < 1:
        raise ValueError(f"a design effect is 1 or more, got {effect}")
    return effect
