"""The dry run of a study: its plan played by raters of known severity, noise and position bias.

axis_kinds(rubric)                      which axes can be played, as what, and which not
dry_run(plan, kinds, Assumptions(…))    expected precision, agreement, power and hours, with warnings
"""

from __future__ import annotations

from raters.domain.simulation.assumptions import Assumptions, AxisKind, Traits
from raters.domain.simulation.axes import Playable, axis_kinds
from raters.domain.simulation.dry_run import dry_run
from raters.domain.simulation.results import (
    AfterHours,
    AxisDryRun,
    DryRun,
    Expected,
    ExpectedAgreement,
    HoursNeeded,
    RaterSeverity,
    RecoveredSeverity,
    Warned,
)

__all__ = [
    "AfterHours",
    "Assumptions",
    "AxisDryRun",
    "AxisKind",
    "DryRun",
    "Expected",
    "ExpectedAgreement",
    "HoursNeeded",
    "Playable",
    "RaterSeverity",
    "RecoveredSeverity",
    "Traits",
    "Warned",
    "axis_kinds",
    "dry_run",
]
