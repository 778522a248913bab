"""A plan: who rates what, in which order, with which probability, and what could not be met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from raters.domain.assignment.diagnostics import Diagnostics
from raters.domain.assignment.eligibility import Item, Rater
from raters.domain.assignment.specification import Content, Design


@dataclass(frozen=True, slots=True)
class Block:
    """What is handed out as one: an item, what is shown of it (system numbers), and raters wanted."""

    item: str
    content: Content
    needed: int
    overlap: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One block given to one rater.

    block        number of the block in the plan
    screens      systems in the order shown, screen by screen; a pair reads (left, right)
    place        in the rater's own sequence, from 0
    overlap      the item belongs to the planned overlap, on which agreement is computed
    probability  that this rater was given this item with these systems, over the plan's randomisation
    position_probability  of each system shown, to stand at its position (in pairs: left); None in a block
                 that a late system joined, whose positions are balanced but were not drawn
    kept         finished or opened before the plan was last drawn: never moved
    """

    block: int
    rater: str
    item: str
    screens: tuple[tuple[str, ...], ...]
    place: int
    overlap: bool
    probability: float
    position_probability: float | None
    kept: bool = False

    @property
    def systems(self) -> tuple[str, ...]:
        return tuple(system for screen in self.screens for system in screen)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Raters an item could not be given, and why."""

    item: str
    systems: tuple[str, ...]
    wanted: int
    found: int
    reason: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """A study's assignments, with the facts needed to weigh them and to draw the rest again.

    overlap_probability   of each item, to have been drawn into the planned overlap
    systems_at_start      systems the design was drawn for; those after them joined late
    draws                 how often the plan was drawn: 1, and one more at each re-planning
    """

    design: Design
    raters: tuple[Rater, ...]
    items: tuple[Item, ...]
    systems: tuple[str, ...]
    blocks: tuple[Block, ...]
    assignments: tuple[Assignment, ...]
    shortfalls: tuple[Shortfall, ...]
    overlap_probability: Mapping[str, float]
    systems_at_start: int
    draws: int
    diagnostics: Diagnostics

    def of(self, rater: str) -> tuple[Assignment, ...]:
        """One rater's assignments in the order of work."""
        own = [assignment for assignment in self.assignments if assignment.rater == rater]
        return tuple(sorted(own, key=lambda assignment: assignment.place))
