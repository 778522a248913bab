"""Shades and small pictures of numbers: what a cell's place between others looks like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor

from leaderboard.domain.table import Scale
from leaderboard.domain.units import shown

STEPS = 6
WIDTH = 100.0  # of a picture, in the units of its viewBox
_EDGE = 3.0  # room for the dot at either end
# A column whose numbers differ by less is not spread over all shades: noise must not look like an order.
_LEAST_SPAN: dict[Scale, float] = {"share": 10.0, "points": 0.5, "logit": 100.0}
_GRAINS: dict[Scale, tuple[float, ...]] = {
    "share": (1, 2, 5, 10, 20, 25),
    "points": (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50),
    "logit": (10, 20, 50, 100, 200, 500),
}


@dataclass(frozen=True)
class Shades:
    """Steps 1 (worst) to STEPS (best) between a column's numbers, in shown units."""

    best: float
    span: float
    higher_is_better: bool
    scale: Scale

    def step(self, value: float) -> int:
        behind = abs(self.best - shown(value, self.scale)) / self.span
        return max(1, STEPS - int(behind * STEPS))


def shades(values: Iterable[float], scale: Scale, *, higher_is_better: bool = True) -> Shades | None:
    """None where nothing differs: there is nothing to compare."""
    known = [shown(value, scale) for value in values]
    if len(known) < 2:
        return None
    least, most = min(known), max(known)
    if least == most:
        return None
    span = max(most - least, _LEAST_SPAN[scale])
    return Shades(most if higher_is_better else least, span, higher_is_better, scale)


@dataclass(frozen=True)
class Axis:
    """What all pictures of a column share; `low` and `high` in shown units."""

    low: float
    high: float
    scale: Scale

    def place(self, value: float) -> float:
        """Where a number stands in a picture; beyond the ends, at the end."""
        share = (shown(value, self.scale) - self.low) / (self.high - self.low)
        return _EDGE + (WIDTH - 2 * _EDGE) * min(1.0, max(0.0, share))

    @property
    def ends(self) -> tuple[str, str]:
        return f"{self.low:g}", f"{self.high:g}"


def axis(values: Iterable[float | None], scale: Scale) -> Axis | None:
    """From a round number below every estimate and limit to one above; None without any."""
    known = [shown(value, scale) for value in values if value is not None]
    if not known:
        return None
    least, most = min(known), max(known)
    grain = next((each for each in _GRAINS[scale] if (most - least) / each <= 8), _GRAINS[scale][-1])
    low, high = floor(least / grain) * grain, ceil(most / grain) * grain
    if low == high:
        low, high = low - grain, high + grain
    if scale == "share":
        low, high = max(low, -100.0 if least < 0 else 0.0), min(high, 100.0)
    return Axis(low, high, scale)


def picture(on: Axis, value: float, low: float | None, high: float | None) -> str:
    """An estimate and its interval as SVG; the numbers stand beside it, so readers aloud pass it over."""
    line = ""
    if low is not None and high is not None:
        line = f'<path d="M{on.place(low):.1f} 6H{on.place(high):.1f}"/>'
    return (
        '<svg class="span" viewBox="0 0 100 12" aria-hidden="true">'
        f'{line}<circle cx="{on.place(value):.1f}" cy="6" r="2.7"/></svg>'
    )
