"""Variances per item of agreement coefficients, from the joint shares two raters are expected to give."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from raters.domain.sample_size.requirement import require_share

Floats = npt.NDArray[np.float64]


def two_by_two(kappa: float, first: float, second: float) -> Floats:
    """Joint shares (2, 2) of two raters with the given prevalences and Cohen's kappa."""
    require_share("the first rater's prevalence", first)
    require_share("the second rater's prevalence", second)
    chance = first * second + (1 - first) * (1 - second)
    both = first * second + kappa * (1 - chance) / 2
    table = np.array([[both, first - both], [second - both, 1 - first - second + both]])
    if table.min() < 0:
        raise ValueError(f"no two raters with prevalences {first} and {second} can have a kappa of {kappa}")
    return table


def cohen_variance(table: Floats) -> float:
    """Large-sample variance of Cohen's kappa times the number of items (Fleiss, Cohen & Everitt 1969)."""
    p = _joint(table)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    chance = float(rows @ columns)
    kappa = (float(np.trace(p)) - chance) / (1 - chance)
    means = columns[:, np.newaxis] + rows
    spread = float((p * (np.eye(len(p)) - means * (1 - kappa)) ** 2).sum())
    return (spread - (kappa - chance * (1 - kappa)) ** 2) / (1 - chance) ** 2


def ac1_variance(table: Floats) -> float:
    """Large-sample variance of AC1 of two raters times the number of items (Gwet 2008)."""
    p = _joint(table)
    shares = (p.sum(axis=0) + p.sum(axis=1)) / 2
    others = len(p) - 1
    chance = float(shares @ (1 - shares)) / others
    coefficient = (float(np.trace(p)) - chance) / (1 - chance)
    of_item = ((1 - shares)[:, np.newaxis] + (1 - shares)) / (2 * others)
    influence = (np.eye(len(p)) - chance) - 2 * (1 - coefficient) * (of_item - chance)
    influence /= 1 - chance
    return float((p * influence**2).sum() - (p * influence).sum() ** 2)


def _joint(table: Floats) -> Floats:
    p = np.asarray(table, dtype=np.float64)
    if p.ndim != 2 or p.shape[0] != p.shape[1] or len(p) < 2 or (p < 0).any() or p.sum() <= 0:
        raise ValueError("joint shares are a square table of two categories or more, none below 0")
    p = np.asarray(p / p.sum())
    if max(p.sum(axis=0).max(), p.sum(axis=1).max()) >= 1:
        raise ValueError("a rater who uses one category only leaves nothing to plan: expect some variation")
    return p
