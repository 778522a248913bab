"""What is assumed of raters, items and systems before anybody has rated.

Everything is on one latent scale whose unit is free; only ratios of the spreads matter:

    latent = quality of the system - difficulty of the item + fit of system and item - severity of the rater
             + leaning of the rater towards the system + position bias · place + noise

with place running from +1/2 (shown first, or on the left) to -1/2 (shown last, or on the right).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

Kind = Literal["binary", "ordinal", "interval", "pairwise"]

_MOST_STEPS = 100  # a finer scale is played in this many: the rounding is lost in the noise


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisKind:
    """How an axis is played.

    categories   levels of an ordinal axis (a binary one has 2, a pair 3: lost, tie, won)
    shares       of the levels, as a pilot found them, lowest first; empty: all alike. Not for intervals
                 and pairs
    low, high, step  of an interval; a sixth of its range is taken as one standard deviation of a rating
    reading      what is played in the axis's stead, where it is not the axis as it stands
    """

    axis: str
    kind: Kind
    label: str = ""
    categories: int = 2
    shares: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 10.0
    step: float | None = None
    reading: str = ""

    def __post_init__(self) -> None:
        if self.kind == "interval":
            if not self.low < self.high or (self.step is not None and self.step <= 0):
                raise ValueError(f"axis {self.axis}: give low < high and a step above 0")
            return
        levels = 3 if self.kind == "pairwise" else self.categories
        if levels < 2 or (self.kind == "binary" and levels != 2):
            raise ValueError(f"axis {self.axis}: a {self.kind} axis cannot have {levels} categories")
        if self.shares and (self.kind == "pairwise" or len(self.shares) != levels or min(self.shares) <= 0):
            raise ValueError(f"axis {self.axis}: give {levels} shares above 0, or none (none for pairs)")

    @property
    def values(self) -> tuple[float, ...]:
        """What each outcome counts, ascending: 0 and 1, levels 1 … V, the steps, 0, 1/2, 1 of a pair."""
        if self.kind == "binary":
            return (0.0, 1.0)
        if self.kind == "pairwise":
            return (0.0, 0.5, 1.0)
        if self.kind == "ordinal":
            return tuple(float(level) for level in range(1, self.categories + 1))
        wide = self.high - self.low
        steps = min(_MOST_STEPS, round(wide / self.step) if self.step else _MOST_STEPS)
        return tuple(self.low + wide * n / max(1, steps) for n in range(max(1, steps) + 1))

    @property
    def unit(self) -> str:
        """In which the half widths of means are given."""
        return {"binary": "share", "ordinal": "levels", "interval": "points", "pairwise": "win rate"}[
            self.kind
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What is known of one rater. None: severity and bias are drawn anew each time, noise is as of all."""

    severity: float | None = None
    position_bias: float | None = None
    noise: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """Standard deviations (`…_sd`, `noise`) and means, in latent units, and the time and precision planned.

    qualities          true quality by system; empty: `quality_step` apart, in the plan's order
    severity_sd        between raters;  leaning_sd  of a rater towards a system, beyond severity
    difficulty_sd      between items;  fit_sd  of a system on an item, beyond difficulty
    noise              of one rating
    position_bias      mean advantage of the first place over the last, with position_bias_sd between raters
    tie_share          pairs: ties between two systems of one quality
    raters             what is known of single raters, by id
    minutes            per screen (`Rubric.minutes`)
    answers_per_screen None: the plan's screens; 1 where answers are shown one by one
    target_half_width  the coordinator's, of a system's mean, by axis
    """

    qualities: Mapping[str, float] = field(default_factory=dict)
    quality_step: float = 0.3
    severity_sd: float = 0.4
    leaning_sd: float = 0.15
    difficulty_sd: float = 0.6
    fit_sd: float = 0.4
    noise: float = 0.8
    position_bias: float = 0.1
    position_bias_sd: float = 0.1
    tie_share: float = 0.2
    raters: Mapping[str, Traits] = field(default_factory=dict)
    minutes: float = 3.0
    answers_per_screen: int | None = None
    target_half_width: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        spreads = (self.severity_sd, self.leaning_sd, self.difficulty_sd, self.fit_sd, self.position_bias_sd)
        noises = (self.noise, *(one.noise for one in self.raters.values() if one.noise is not None))
        if min(spreads) < 0 or min(noises) <= 0:
            raise ValueError("standard deviations are 0 or more, and the noise of a rating is above 0")
        numbers = (*spreads, *noises, self.position_bias, self.quality_step, *self.qualities.values())
        if not all(isfinite(number) for number in numbers):
            raise ValueError("assumptions are finite numbers")
        if not 0 <= self.tie_share < 1:
            raise ValueError(f"the share of ties lies from 0 to below 1, got {self.tie_share}")
        if self.minutes <= 0 or (self.answers_per_screen is not None and self.answers_per_screen < 1):
            raise ValueError("give minutes above 0 and at least one answer per screen")
        if any(not target > 0 for target in self.target_half_width.values()):
            raise ValueError("a target half width is above 0")
