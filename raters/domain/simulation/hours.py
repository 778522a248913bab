"""What further physician-hours buy: the part of the raters stays, the rest shrinks with one over the hours.

V(h) = A + (V(H) - A) H / h, with H the plan's hours and A the variance between the raters' own means over
the number of raters (generalizability theory, Cronbach et al. 1972). More hours are more items of the same
design for the same raters.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from scipy.special import stdtrit

from evaluation.domain.intervals import LEVEL
from raters.domain.simulation.results import AfterHours, HoursNeeded

SHARES = (0.25, 0.5, 1.0, 2.0, 4.0)  # of the plan's hours, in the table
MOST = 20.0  # times the plan's hours: nobody plans for more


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """half_width and variance as played at the plan's hours; `floor` is the part A of the raters."""

    hours: float
    half_width: float
    variance: float
    floor: float
    raters: int
    items: int
    these_raters_only: bool

    def half_width_at(self, hours: float) -> float | None:
        """None with fewer than two items."""
        freedom = self._freedom(hours)
        if freedom < 1:
            return None
        fixed = min(self.floor, self.variance)
        variance = fixed + (self.variance - fixed) * self.hours / hours
        known = _critical(self._freedom(self.hours)) * sqrt(self.variance)
        return self.half_width * _critical(freedom) * sqrt(variance) / known if known > 0 else 0.0

    def _freedom(self, hours: float) -> float:
        items = self.items * hours / self.hours
        return items - 1 if self.these_raters_only else min(items, self.raters) - 1


def _critical(freedom: float) -> float:
    return float(stdtrit(freedom, (1 + LEVEL) / 2))


def table(mean: Precision, contrast: Precision | None) -> tuple[AfterHours, ...]:
    rows = []
    for share in SHARES:
        hours = share * mean.hours
        width = mean.half_width_at(hours)
        if width is not None:
            rows.append(AfterHours(hours, width, contrast.half_width_at(hours) if contrast else None))
    return tuple(rows)


def needed(precision: Precision, target: float) -> HoursNeeded:
    """Hours until the half width is `target`, by bisection; none where 20 times the plan does not suffice."""
    high = precision.hours * MOST
    least = precision.half_width_at(high)
    if least is None or target < least:
        reason = (
            f"{MOST:g} times the planned hours of these raters still leave ±{least or 0.0:.3g}: "
            "invite more raters or choose a wider target"
        )
        return HoursNeeded(target, None, reason)
    low = precision.hours * 2.01 / precision.items
    for _ in range(60):
        middle = sqrt(low * high)
        width = precision.half_width_at(middle)
        low, high = (middle, high) if width is None or width > target else (low, middle)
    return HoursNeeded(target, high)
