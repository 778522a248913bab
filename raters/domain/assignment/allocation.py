"""The table of a plan while it is worked on: who rates what, with the counts that balance looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from raters.domain.assignment.eligibility import Flags

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Slots:
    """What is to be filled, for G blocks (an item with what is shown of it) and R raters.

    item, content   (G,) numbers of the item and of what is shown
    needed          (G,) raters wanted
    overlap         (G,) does the item belong to the planned overlap?
    eligible, kept  (G, R) who may be given the block; who holds it for good (finished or opened)
    shows           (contents, S) how often a content shows each system
    capacity        (R,) relative shares of the work;  at_most (R,) ceilings in blocks
    """

    item: Integers
    content: Integers
    needed: Integers
    overlap: Flags
    eligible: Flags
    kept: Flags
    shows: Integers
    capacity: Floats
    at_most: Integers


class Allocation:
    """Assignments (G, R) and what follows from them: loads, meetings of raters, systems seen."""

    def __init__(self, slots: Slots) -> None:
        raters = len(slots.capacity)
        self.slots = slots
        self.given = np.zeros_like(slots.eligible)
        self.load = np.zeros(raters, dtype=np.int64)
        self.met = np.zeros((raters, raters), dtype=np.int64)
        self.seen = np.zeros((raters, slots.shows.shape[1]), dtype=np.int64)
        self.items = np.zeros((raters, int(slots.item.max(initial=-1)) + 1), dtype=np.int64)
        self.component = np.arange(raters)
        for block, rater in zip(*np.nonzero(slots.kept), strict=True):
            self.give(int(block), int(rater))

    def give(self, block: int, rater: int) -> None:
        self._count(block, rater, 1)
        self.given[block, rater] = True
        partners = np.flatnonzero(self.given[block])
        joined = np.isin(self.component, self.component[partners])
        self.component[joined] = self.component[rater]

    def take(self, block: int, rater: int) -> None:
        """Components are not split again: they only steer the first filling."""
        self.given[block, rater] = False
        self._count(block, rater, -1)

    def open_to(self, block: int) -> Flags:
        """(R,) who could still be given the block."""
        flags = self.slots.eligible[block] & ~self.given[block]
        return np.asarray(flags, dtype=np.bool_)

    def missing(self, block: int) -> int:
        return int(self.slots.needed[block] - np.count_nonzero(self.given[block]))

    def free(self) -> Flags:
        """(R,) raters below their ceiling."""
        return self.load < self.slots.at_most

    def _count(self, block: int, rater: int, sign: int) -> None:
        slots = self.slots
        partners = np.flatnonzero(self.given[block])
        self.met[rater, partners] += sign
        self.met[partners, rater] += sign
        self.load[rater] += sign
        self.seen[rater] += sign * slots.shows[slots.content[block]]
        self.items[rater, slots.item[block]] += sign
