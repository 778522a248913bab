"""Loads as level as the constraints allow, by moving work along chains of raters.

Rater u hands a block to w, w one to x, and so on, when this lowers sum load²/capacity. When no such
cost-reducing path is left the loads are optimal, for every convex cost at once: for equal capacities no plan
with the same filled slots has a smaller range (Harvey, Ladner, Lovász & Tamir 2006, semi-matchings). The
same chains free a slot for a block whose eligible raters are all at their ceiling.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from raters.domain.assignment.allocation import Allocation, Floats, Integers
from raters.domain.assignment.eligibility import Flags


def level(allocation: Allocation) -> None:
    """Fill what chains can still fill, then move blocks until no chain lowers the cost."""
    chains = _Chains(allocation)
    slots = allocation.slots
    short = np.flatnonzero(slots.needed > allocation.given.sum(axis=1))
    for block in short.tolist():
        while allocation.missing(block) > 0 and chains.make_room(block):
            pass
    while chains.improve():
        pass


class _Chains:
    """`movable` (R, R) counts the blocks that the row's rater could hand to the column's."""

    def __init__(self, allocation: Allocation) -> None:
        slots = allocation.slots
        self.allocation = allocation
        held = (allocation.given & ~slots.kept).astype(np.float32)
        wanted = (slots.eligible & ~allocation.given).astype(np.float32)
        self.movable = np.rint(held.T @ wanted).astype(np.int64)

    def improve(self) -> bool:
        allocation = self.allocation
        gain, price = self._gain(), self._price()
        for start in np.argsort(-gain, kind="stable").tolist():
            if allocation.load[start] == 0 or gain[start] <= price.min():
                continue
            path = self._path(start, np.where(price < gain[start] - 1e-9, price, np.inf))
            if path:
                self._hand_on(path)
                return True
        return False

    def make_room(self, block: int) -> bool:
        """Give the block to somebody eligible, who passes another block on if at the ceiling."""
        starts = np.flatnonzero(self.allocation.open_to(block))
        for start in starts[np.argsort(self._price()[starts], kind="stable")].tolist():
            path = [start] if self.allocation.free()[start] else self._path(start, self._price())
            if path:
                self._hand_on(path)
                self._change(block, None, start)
                return True
        return False

    def _gain(self) -> Floats:
        """(R,) what the cost falls by when a rater gives one block away."""
        return np.asarray((2 * self.allocation.load - 1) / self.allocation.slots.capacity)

    def _price(self) -> Floats:
        """(R,) what the cost rises by when a rater takes one more; infinite at the ceiling."""
        price = (2 * self.allocation.load + 1) / self.allocation.slots.capacity
        return np.where(self.allocation.free(), price, np.inf)

    def _path(self, start: int, price: Floats) -> list[int]:
        """The shortest chain from `start` to the cheapest rater within reach; [] when none takes any."""
        before = np.full(len(price), -1)
        before[start] = start
        edge = [start]
        while edge:
            reached = []
            for rater in edge:
                new = np.flatnonzero((self.movable[rater] > 0) & (before < 0))
                before[new] = rater
                reached += new.tolist()
            edge = reached
        within = np.where(before >= 0, price, np.inf)
        within[start] = np.inf
        end = int(np.argmin(within))
        return _traced(before, end) if np.isfinite(within[end]) else []

    def _hand_on(self, path: list[int]) -> None:
        # from the end backwards: each hand-over then only widens what the one before may pick from
        for giver, taker in reversed(list(pairwise(path))):
            self._change(self._least_harm(giver, taker), giver, taker)

    def _least_harm(self, giver: int, taker: int) -> int:
        """Of the blocks the giver can hand on, the one that disturbs partners and systems least."""
        slots, allocation = self.allocation.slots, self.allocation
        held = allocation.given[:, giver] & ~slots.kept[:, giver]
        blocks = np.flatnonzero(held & slots.eligible[:, taker] & ~allocation.given[:, taker])
        partners = allocation.given[blocks]
        harm = partners @ (allocation.met[taker] - allocation.met[giver] + 1)
        surplus = slots.shows[slots.content[blocks]] @ (allocation.seen[taker] - allocation.seen[giver])
        seen = allocation.items[taker, slots.item[blocks]]
        return int(blocks[np.lexsort((surplus, seen, harm, partners.sum(axis=1)))[0]])

    def _change(self, block: int, giver: int | None, taker: int) -> None:
        self.movable -= self._handovers(block)
        if giver is not None:
            self.allocation.take(block, giver)
        self.allocation.give(block, taker)
        self.movable += self._handovers(block)

    def _handovers(self, block: int) -> Integers:
        held: Flags = self.allocation.given[block] & ~self.allocation.slots.kept[block]
        return np.outer(held, self.allocation.open_to(block)).astype(np.int64)


def _traced(before: Integers, end: int) -> list[int]:
    path = [end]
    while before[path[-1]] != path[-1]:
        path.append(int(before[path[-1]]))
    return path[::-1]
