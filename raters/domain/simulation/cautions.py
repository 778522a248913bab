"""What a coordinator should mend, or at least publish, before a study opens."""

from __future__ import annotations

from collections.abc import Iterator

from raters.domain.agreement.jackknife import FEWEST_RATERS
from raters.domain.assignment import Plan
from raters.domain.assignment.connecting import remedy
from raters.domain.simulation.results import Warned
from raters.domain.simulation.sheet import Sheet

FEWEST_PAIRS = 50
LONGEST_BLOCK = 30.0  # minutes: past half an hour without a break attention goes
LARGEST_BLOCK = 5  # answers: beyond these memory, not judgement, decides
LARGEST_SHARE = 1 / 3


def cautions(plan: Plan, sheet: Sheet, pairs: int) -> tuple[Warned, ...]:
    """`pairs` are the planned pairs of ratings of the same thing by two raters."""
    return (*_of_structure(plan, len(sheet.raters)), *_of_work(plan, sheet, pairs))


def _of_structure(plan: Plan, raters: int) -> Iterator[Warned]:
    found = plan.diagnostics
    if found.rater_components > 1:
        yield Warned(
            "disconnected",
            f"the raters fall into {found.rater_components} groups without an item in common: their severity "
            f"cannot be told from their systems' quality; widen the overlap: {remedy(plan)}",
        )
    if found.system_components > 1 and len(plan.systems) > 1:
        yield Warned(
            "systems_disconnected",
            f"the systems fall into {found.system_components} groups that nobody compares: no ranking of all "
            "of them will be published; show more systems for each item",
        )
    if raters < FEWEST_RATERS:
        yield Warned(
            "these_raters_only",
            f"{raters} raters are too few to speak for others: intervals hold for these raters only; invite "
            f"at least {FEWEST_RATERS}",
        )
    if plan.shortfalls:
        yield Warned(
            "unfilled",
            f"{len(plan.shortfalls)} places of the plan could not be filled: see the reasons in the plan",
        )


def _of_work(plan: Plan, sheet: Sheet, pairs: int) -> Iterator[Warned]:
    if pairs < FEWEST_PAIRS:
        yield Warned(
            "few_planned_pairs",
            f"{pairs} planned pairs of ratings say little of agreement: raise the overlap to get at least "
            f"{FEWEST_PAIRS}",
        )
    if sheet.longest_block > LONGEST_BLOCK:
        yield Warned(
            "block_too_long",
            f"one block takes {sheet.longest_block:.0f} minutes without a break: show fewer systems per "
            f"item, to stay below {LONGEST_BLOCK:.0f}",
        )
    if sheet.largest_block > LARGEST_BLOCK:
        yield Warned(
            "block_too_large",
            f"{sheet.largest_block} answers to one item follow each other: beyond {LARGEST_BLOCK} memory "
            "decides; show fewer systems per item",
        )
    largest = plan.diagnostics.precision.largest_rater_share
    if largest > LARGEST_SHARE:
        yield Warned(
            "one_rater_dominates",
            f"one rater gives {largest:.0%} of the work: results will be largely that person's view; "
            "spread it",
        )
