"""Numbers over private items, told only as finely as their own interval supports.

Whoever may ask often enough learns hidden references from exact scores. A digit the interval does not support
says nothing about the system, and much about the items; see docs/methods.md, section 2.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10

PART_OF_WIDTH = 4  # a step is at most this part of the interval's width
MANTISSAS = (5, 2, 1)
_ROUNDING = 1 + 1e-9  # a width of 0.4 has the step 0.1, whatever its last binary digit


@dataclass(frozen=True)
class Supported:
    """A number as far as it may be told: all None where nothing supports a single digit."""

    value: float | None
    low: float | None
    high: float | None
    step: float | None


NOTHING = Supported(None, None, None, None)


def supported(value: float | None, low: float | None, high: float | None) -> Supported:
    """Value and limits, each at the nearest multiple of a step that the interval's width supports.

    Without an interval nothing is known of how fine a digit may be, so the value is kept back.
    """
    if value is None or low is None or high is None or not high > low:
        return NOTHING
    step = step_for(high - low)
    return Supported(to_step(value, step), to_step(low, step), to_step(high, step), step)


def step_for(width: float) -> float:
    """The largest of …, 0.01, 0.02, 0.05, 0.1, … that is at most a quarter of `width` (> 0)."""
    finest = width / PART_OF_WIDTH * _ROUNDING
    exponent = floor(log10(finest))
    mantissa = next(each for each in MANTISSAS if _decade(each, exponent) <= finest)
    return _decade(mantissa, exponent)


def to_step(value: float, step: float) -> float:
    """The nearest multiple of a step of `step_for`, free of binary dust: 0.3, not 0.30000000000000004."""
    digits = max(0, -floor(log10(step) + 1e-9))
    return round(round(value / step) * step, digits)


def _decade(mantissa: int, exponent: int) -> float:
    return mantissa * 10.0**exponent if exponent >= 0 else mantissa / 10.0**-exponent
