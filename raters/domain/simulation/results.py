"""What a dry run reports. Everything is a plain value: `DryRun.as_dict` is ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Caution = Literal[
    "disconnected",
    "systems_disconnected",
    "these_raters_only",
    "few_planned_pairs",
    "block_too_long",
    "block_too_large",
    "one_rater_dominates",
    "unfilled",
    "nothing_playable",
]


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing the coordinator should mend, or publish, before the study opens."""

    code: Caution
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A quantity the study will estimate: a system's mean or win rate, or a contrast of two systems.

    truth       in the population of raters and items assumed (of items, with these raters, where the
                intervals are for these raters only), mean over repetitions
    half_width  mean half width of its 95 % interval; None where a repetition gave none
    coverage    share of the intervals that held the truth
    power       contrasts: share of the intervals that leave 0 out
    """

    systems: tuple[str, ...]
    truth: float
    half_width: float | None
    coverage: float | None
    power: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAgreement:
    """Krippendorff's alpha on the planned pairs: its median and the middle 95 % over repetitions, and the
    mean half width of the interval the study would publish. None with a reason where there is none."""

    coefficient: str
    n_pairs: int
    value: float | None
    low: float | None
    high: float | None
    half_width: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterSeverity:
    """One rater in the first repetition, in the axis's unit: above 0 is stricter than the others.

    standard_error is what theory expects; None for a rater without an item in common with another.
    """

    rater: str
    truth: float
    estimate: float | None
    standard_error: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredSeverity:
    """Severity estimated from the planned overlap alone, against the truth, over all repetitions."""

    rmse: float
    standard_error: float  # root mean square over raters, by theory
    correlation: float | None
    raters: tuple[RaterSeverity, ...]


@dataclass(frozen=True, slots=True)
class AfterHours:
    """Mean half widths when so many physician-hours are worked by the same raters in the same design."""

    hours: float
    half_width: float
    contrast_half_width: float | None


@dataclass(frozen=True, slots=True)
class HoursNeeded:
    """Physician-hours to the coordinator's target; None with the reason where hours alone cannot reach it."""

    target: float
    hours: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisDryRun:
    """One axis; half widths in `unit`, contrasts in `contrast_unit`."""

    axis: str
    label: str
    kind: str
    reading: str
    unit: str
    contrast_unit: str
    half_width: float | None
    contrast_half_width: float | None
    systems: tuple[Expected, ...]
    contrasts: tuple[Expected, ...]
    by_hours: tuple[AfterHours, ...]
    needed: HoursNeeded | None
    agreement: ExpectedAgreement
    severity: RecoveredSeverity | None
    severity_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """A study played `repetitions` times; hours are physician-hours in all."""

    repetitions: int
    seed: int
    hours: float
    raters: int
    items: int
    assignments: int
    these_raters_only: bool
    assumptions: Mapping[str, Any]
    axes: tuple[AxisDryRun, ...]
    warnings: tuple[Warned, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as dictionaries and lists; no nan among the numbers."""
        found: dict[str, Any] = asdict(self)
        return found
