"""The dry run every study passes before it opens: its plan played by simulated raters.

The intervals are those the study will publish: two-way clustered by rater and item, with Student's t on
min(raters, items) - 1 degrees of freedom. They speak for other raters and other items drawn like these, so
each repetition draws both anew under the fixed plan, and a system's mean is wide where raters differ in
severity. In a prompt-blocked plan severity cancels in the contrast of two systems, which is the sharper and
the more honest target; where raters also do not lean towards systems, its interval errs on the wide side,
because the larger of two noisy variances is taken. With fewer than five raters intervals are clustered by
item alone and hold for these raters only; they are too wide where severities differ much, because each
item's deviation carries its rater's severity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from raters.domain.agreement.jackknife import FEWEST_RATERS
from raters.domain.assignment import Plan
from raters.domain.simulation.agreement import planned_pairs
from raters.domain.simulation.assumptions import Assumptions, AxisKind
from raters.domain.simulation.cautions import cautions
from raters.domain.simulation.outcomes import Outcome, Stage, perform, stage
from raters.domain.simulation.playing import cast
from raters.domain.simulation.reading import read_axis
from raters.domain.simulation.results import DryRun, Warned
from raters.domain.simulation.sheet import read_plan

_FEWEST_REPETITIONS = 20


def dry_run(
    plan: Plan,
    axis_kinds: Sequence[AxisKind],
    assumptions: Assumptions,
    repetitions: int = 200,
    seed: int = 0,
) -> DryRun:
    """Play `plan` with simulated raters; the same seed gives the same report.

    Axes of one kind (levels, shares, steps) are played once and reported for each. ValueError for a plan
    without assignments, fewer than 20 repetitions, an axis named twice, or a pairwise axis on a plan
    without pairs.
    """
    if repetitions < _FEWEST_REPETITIONS:
        raise ValueError(f"{repetitions} repetitions tell too little: take at least {_FEWEST_REPETITIONS}")
    names = [kind.axis for kind in axis_kinds]
    if len(set(names)) < len(names):
        raise ValueError("each axis is played once: an axis is named twice")
    sheet = read_plan(plan, assumptions)
    who, only_these = cast(sheet, assumptions), len(sheet.raters) < FEWEST_RATERS
    played: dict[AxisKind, tuple[Stage, Outcome]] = {}
    for kind in axis_kinds:
        bare = _bare(kind)
        if bare not in played:
            on = stage(kind, sheet, who, only_these)
            played[bare] = on, perform(on, repetitions, (seed, len(played)))
    axes = tuple(read_axis(kind, sheet, *played[_bare(kind)]) for kind in axis_kinds)
    pairs = planned_pairs(sheet.pairs or sheet.answers)
    warnings = cautions(plan, sheet, pairs)
    if not axes:
        text = "no axis of this rubric can be played: the dry run tells hours and structure only"
        warnings = (*warnings, Warned("nothing_playable", text))
    return DryRun(
        repetitions=repetitions,
        seed=seed,
        hours=sheet.hours,
        raters=len(sheet.raters),
        items=len(sheet.items),
        assignments=len(plan.assignments),
        these_raters_only=only_these,
        assumptions=asdict(assumptions),
        axes=axes,
        warnings=warnings,
    )


def _bare(kind: AxisKind) -> AxisKind:
    """The kind without what does not bear on the play."""
    return replace(kind, axis="", label="", reading="")
