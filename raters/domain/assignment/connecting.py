"""How wide an overlap must be for all raters to stand on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from raters.domain.assignment.eligibility import Item, Rater
from raters.domain.assignment.plan import Plan
from raters.domain.assignment.planning import plan_study
from raters.domain.assignment.specification import Design

STEP = 0.05  # of what a coordinator types
FEWEST_SHARING = 2


def remedy(plan: Plan) -> str:
    """What to change so that no raters of a plan are cut off from the others, as one clause."""
    found = connecting_overlap(plan.design, plan.raters, plan.items, plan.systems)
    if found is None:
        return (
            "no overlap connects them: nobody in one part may rate what those in another may; give raters "
            "specialties or languages in common, or make groups of them, which are not compared"
        )
    share, several = found
    text = f"an overlap of {100 * share:.0f} % connects them"
    return text if several == plan.design.overlap_raters else f"{text}, by {several} raters each"


def connecting_overlap(
    design: Design, raters: Sequence[Rater], items: Sequence[Item], systems: Sequence[str]
) -> tuple[float, int] | None:
    """(share, raters) of the narrowest overlap above the design's with which the raters hang together; None
    where not even all items do it. The share is a multiple of 5 %."""
    several = max(design.overlap_raters, FEWEST_SHARING)

    def connects(steps: int) -> bool:
        tried = replace(design, overlap_share=min(steps * STEP, 1.0), overlap_raters=several)
        return plan_study(tried, raters, items, systems).diagnostics.rater_components <= 1

    low, high = ceil(design.overlap_share / STEP - 1e-9), round(1 / STEP)
    if not connects(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if connects(middle) else (middle + 1, high)
    return min(high * STEP, 1.0), several
