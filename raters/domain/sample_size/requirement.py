"""How many are needed, and the pieces that all formulas share."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from scipy.special import ndtri

LEVEL = 0.95
POWER = 0.80


@dataclass(frozen=True, slots=True)
class SampleSize:
    """`number` of `unit` needed, `exact` before rounding up, and the `formula` it comes from."""

    number: int
    exact: float
    unit: str
    formula: str


def needed(exact: float, unit: str, formula: str) -> SampleSize:
    return SampleSize(max(1, ceil(exact - 1e-9)), exact, unit, formula)


def normal_quantile(level: float) -> float:
    require_share("the level", level)
    return float(ndtri((1 + level) / 2))


def require_share(what: str, share: float) -> None:
    if not 0 < share < 1:
        raise ValueError(f"{what} must lie between 0 and 1, got {share}")


def require_different(null: float, alternative: float) -> None:
    if null == alternative:
        raise ValueError(f"the alternative equals the null, {null}: no number of items tells them apart")
