"""Published large-sample standard errors: items are sampled, the raters are these and no others.

The intervals of the estimates do not use them. They are here to be compared with other software, for tests
of kappa = 0, and for Gwet's membership in the bands of a benchmark scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import ndtr

from evaluation.domain.estimates import Floats
from raters.domain.agreement.coefficients import WeightedKappa, share_of
from raters.domain.agreement.state import PatternTable


@dataclass(frozen=True)
class CohenInference:
    """Kappa, its standard error, that under kappa = 0, the z statistic and its two-sided p value."""

    kappa: float
    standard_error: float
    null_standard_error: float
    z: float
    p_value: float


def cohen_inference(table: Floats, weights: Floats) -> CohenInference | None:
    """Weighted kappa of a table (V, V) of two raters (Fleiss, Cohen & Everitt 1969); None where undefined.

    `weights` (V, V) are 1 on the diagonal. The interval belongs to the first standard error, the test to
    the second.
    """
    number = float(table.sum())
    if number <= 0:
        return None
    p = table / number
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, chance = float((weights * p).sum()), float(rows @ weights @ columns)
    if 1 - chance <= 1e-12:
        return None
    kappa = (observed - chance) / (1 - chance)
    mean = (weights @ columns)[:, None] + (rows @ weights)[None, :]
    scale = number * (1 - chance) ** 2
    spread = float((p * (weights - mean * (1 - kappa)) ** 2).sum()) - (kappa - chance * (1 - kappa)) ** 2
    null = float((np.outer(rows, columns) * (weights - mean) ** 2).sum()) - chance**2
    error, null_error = sqrt(max(spread, 0.0) / scale), sqrt(max(null, 0.0) / scale)
    z = kappa / null_error if null_error > 0 else float("nan")
    return CohenInference(kappa, error, null_error, z, float(2 * ndtr(-abs(z))))


def gwet_standard_error(table: PatternTable, kappa: WeightedKappa) -> float | None:
    """Standard error of an agreement, Fleiss' kappa, Brennan-Prediger's or AC1/AC2 (Gwet 2014, ch. 5).

    With N rated items of which N₂ pairable, P_i their agreement, 0 if not pairable, and e_i the item's part
    in p_e: x_i = (N/N₂)(P_i - p_e [pairable]) / (1 - p_e), x*_i = x_i - 2 (1 - κ)(e_i - p_e) / (1 - p_e),
    variance Σ (x*_i - κ)² / (N (N - 1)). None where κ is undefined or one item is rated.
    """
    rows, times = kappa.contributions(table.counts.astype(np.float64)), table.items.astype(np.float64)
    rated, pairable = float(times.sum()), float(times @ rows[:, 1])
    if rated < 2 or pairable < 1:
        return None
    sums = (times @ rows)[None]
    shares = share_of(sums[:, 2:-1], sums[:, -1:])
    chance = float(kappa.chance(shares)[0])
    value = float(kappa.disagreement(sums).agreement[0])
    if np.isnan(value):
        return None
    x = rated / pairable * (rows[:, 0] - chance * rows[:, 1]) / (1 - chance)
    own = _own_chance(kappa, rows[:, 2:-1], shares[0], chance)
    adjusted = x - 2 * (1 - value) * (own - chance) / (1 - chance)
    return sqrt(float(times @ (adjusted - value) ** 2) / (rated * (rated - 1)))


def _own_chance(kappa: WeightedKappa, shares: Floats, prevalence: Floats, chance: float) -> Floats:
    """(P,) e_i of items with category shares (P, V)."""
    size = len(kappa.matrix)
    if kappa.rule == "marginal":
        return shares @ ((kappa.matrix + kappa.matrix.T) @ prevalence / 2)
    if kappa.rule == "gwet":
        spread: Floats = shares @ (1 - prevalence) * kappa.matrix.sum() / (size * max(size - 1, 1))
        return spread
    return np.full(len(shares), chance)


def benchmark_membership(value: float, standard_error: float, lower_bounds: Sequence[float]) -> Floats:
    """(B,) probability that the coefficient lies at or above each lower bound, highest bound first.

    Normal, cut at -1 and 1 (Gwet 2014, ch. 6). The band to name is the highest above 0.95, not the one
    that the estimate falls into. ValueError unless the standard error is above 0.
    """
    if standard_error <= 0:
        raise ValueError("band membership needs a standard error above 0")
    top, bottom = ndtr((value + 1) / standard_error), ndtr((value - 1) / standard_error)
    bounds = np.asarray(lower_bounds, dtype=np.float64)
    reached: Floats = (ndtr((value - bounds) / standard_error) - bottom) / (top - bottom)
    return reached
