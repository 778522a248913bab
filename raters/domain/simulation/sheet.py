"""A plan as arrays: one row for each answer rated, and one for each pair compared."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from evaluation.domain.estimates import Floats
from raters.domain.assignment import Assignment, Plan
from raters.domain.simulation.assumptions import Assumptions

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Rows:
    """(n,) each: codes of rater, item and system, the place (+1/2 first … -1/2 last), the code of what two
    raters would have in common, and of the cell of rater and item. For pairs `system` is on the left,
    `other` on the right; for single answers `other` is empty."""

    rater: Integers
    item: Integers
    system: Integers
    other: Integers
    place: Floats
    unit: Integers
    cell: Integers

    def __len__(self) -> int:
        return len(self.rater)


@dataclass(frozen=True, eq=False, kw_only=True)
class Sheet:
    """Raters and items that have work, all systems, physician-hours, and the rows of the plan."""

    raters: tuple[str, ...]
    items: tuple[str, ...]
    systems: tuple[str, ...]
    hours: float
    longest_block: float  # minutes
    largest_block: int  # answers
    answers: Rows
    pairs: Rows | None


def read_plan(plan: Plan, assumptions: Assumptions) -> Sheet:
    """ValueError for a plan without assignments, or qualities and traits of people it does not know."""
    if not plan.assignments:
        raise ValueError("the plan has no assignment: give it raters and items before a dry run")
    for what, given, known in (
        ("systems", assumptions.qualities, plan.systems),
        ("raters", assumptions.raters, [rater.id for rater in plan.raters]),
    ):
        foreign = sorted(set(given) - set(known))
        if foreign:
            raise ValueError(f"assumptions name {what} that are not in the plan: {', '.join(foreign[:5])}")
    busy = {one.rater for one in plan.assignments}
    rated = {one.item for one in plan.assignments}
    raters = tuple(rater.id for rater in plan.raters if rater.id in busy)
    items = tuple(item.id for item in plan.items if item.id in rated)
    codes = (
        {name: n for n, name in enumerate(raters)},
        {name: n for n, name in enumerate(items)},
        {name: n for n, name in enumerate(plan.systems)},
    )
    pairwise = plan.design.task == "pairwise"
    screens = [_screens(one, pairwise, assumptions.answers_per_screen) for one in plan.assignments]
    return Sheet(
        raters=raters,
        items=items,
        systems=plan.systems,
        hours=sum(screens) * assumptions.minutes / 60,
        longest_block=max(screens) * assumptions.minutes,
        largest_block=max(len(screen) for one in plan.assignments for screen in _runs(one, pairwise)),
        answers=_answers(plan, codes, pairwise),
        pairs=_pairs(plan, codes) if pairwise else None,
    )


Codes = tuple[dict[str, int], dict[str, int], dict[str, int]]


def _screens(one: Assignment, pairwise: bool, answers_per_screen: int | None) -> int:
    if pairwise or answers_per_screen is None:
        return len(one.screens)
    return ceil(len(one.systems) / answers_per_screen)


def _runs(one: Assignment, pairwise: bool) -> tuple[tuple[str, ...], ...]:
    """What a rater sees as one sequence: a pair, or all answers to the item."""
    return one.screens if pairwise else (one.systems,)


def _answers(plan: Plan, codes: Codes, pairwise: bool) -> Rows:
    rows = []
    for one in plan.assignments:
        for run in _runs(one, pairwise):
            beside = tuple(sorted(run)) if pairwise else ()
            for n, system in enumerate(run):
                place = 0.5 - n / (len(run) - 1) if len(run) > 1 else 0.0
                rows.append((one, system, place, (one.item, beside, system)))
    return _rows(
        codes,
        [one for one, *_ in rows],
        [system for _, system, *_ in rows],
        None,
        [place for _, _, place, _ in rows],
        [unit for *_, unit in rows],
    )


def _pairs(plan: Plan, codes: Codes) -> Rows:
    votes = [(one, left, right) for one in plan.assignments for left, right in one.screens]
    return _rows(
        codes,
        [one for one, *_ in votes],
        [left for _, left, _ in votes],
        [right for *_, right in votes],
        [0.5] * len(votes),
        [(one.item, min(left, right), max(left, right)) for one, left, right in votes],
    )


def _rows(
    codes: Codes,
    by: list[Assignment],
    systems: list[str],
    others: list[str] | None,
    places: list[float],
    units: list[tuple[object, ...]],
) -> Rows:
    rater_at, item_at, system_at = codes
    rater = np.array([rater_at[one.rater] for one in by], dtype=np.int64)
    item = np.array([item_at[one.item] for one in by], dtype=np.int64)
    number = {unit: n for n, unit in enumerate(dict.fromkeys(units))}
    return Rows(
        rater=rater,
        item=item,
        system=np.array([system_at[name] for name in systems], dtype=np.int64),
        other=np.array([system_at[name] for name in others or ()], dtype=np.int64),
        place=np.array(places),
        unit=np.array([number[unit] for unit in units], dtype=np.int64),
        cell=np.unique(rater * len(item_at) + item, return_inverse=True)[1].astype(np.int64),
    )
