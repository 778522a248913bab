"""Pairs of raters made to meet more evenly by exchanging two raters between two blocks.

An exchange changes no load and, since both blocks show the same systems, nothing of who saw which system.
It is made when it lowers the sum of squared meetings, the quantity an optimal concurrence minimises
(John & Mitchell 1977, regular graph designs).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from raters.domain.assignment.allocation import Allocation, Integers

_VAIN_TRIES = 2_000
_SIDEWAYS = 200_000  # blocks looked at by exchanges that change nothing: these pay in small studies only
_BLOCKS_LOOKED_AT = 600  # partners of an exchange: more gain little for the time they take
_BETTER, _NO_WORSE = -0.5, 0.5  # changes of the sum are whole numbers


def even_out(allocation: Allocation) -> int:
    """Exchange until pairs differ by one at most or no exchange helps; returns how many were made.

    Where none helps, one that changes nothing may open the way: one for each block and rater at most.
    """
    search = _Search(allocation)
    made = 0
    while search.spread() > 1 and (search.step(_BETTER) or search.step(_NO_WORSE)):
        made += 1
    return made


class _Search:
    """Looks only at pairs of raters with a block both may rate: the others cannot be evened out."""

    def __init__(self, allocation: Allocation) -> None:
        eligible = allocation.slots.eligible.astype(np.float32)
        could = np.triu((eligible.T @ eligible > 0) | (allocation.met > 0), 1)
        self._allocation = allocation
        self._pairs = np.nonzero(could)
        self._tries = {_BETTER: _VAIN_TRIES, _NO_WORSE: _SIDEWAYS // max(len(eligible), 1)}
        self._sideways: set[tuple[int, int]] = set()

    def spread(self) -> int:
        met = self._allocation.met[self._pairs]
        return int(np.ptp(met)) if len(met) else 0

    def step(self, limit: float) -> bool:
        """Make the first exchange that changes the sum by less than the limit; False if there is none."""
        for block, rater in self._overdone():
            if limit == _NO_WORSE and (block, rater) in self._sideways:
                continue
            if self._tries[limit] <= 0:
                return False
            self._tries[limit] -= 1
            if _exchange(self._allocation, block, rater, limit):
                if limit == _NO_WORSE:
                    self._sideways.add((block, rater))
                else:
                    self._tries[limit] += 1
                return True
        return False

    def _overdone(self) -> Iterator[tuple[int, int]]:
        """(block, rater) that could leave it, from the pairs that meet most often, while above the mean."""
        allocation = self._allocation
        met = allocation.met[self._pairs]
        heavy = np.flatnonzero(met > met.mean() + 0.5)
        tried = set()
        for n in heavy[np.argsort(-met[heavy], kind="stable")].tolist():
            a, b = int(self._pairs[0][n]), int(self._pairs[1][n])
            for block in np.flatnonzero(allocation.given[:, a] & allocation.given[:, b]).tolist():
                for rater in (a, b):
                    if (block, rater) not in tried and not allocation.slots.kept[block, rater]:
                        tried.add((block, rater))
                        yield block, rater


def _exchange(allocation: Allocation, block: int, leaver: int, limit: float) -> bool:
    """Let the best rater of another block take the leaver's place, if the cost then changes by < limit."""
    slots, given, met = allocation.slots, allocation.given, allocation.met
    others = _comparable(allocation, block, leaver)
    stay = np.flatnonzero(given[block])
    stay = stay[stay != leaver]
    joins = (met[:, stay] - met[leaver, stay] + 1).sum(axis=1)  # (R,) by who comes in
    held = given[others].astype(np.float64)
    takes = (held @ (met[leaver] + 1.0))[:, np.newaxis] - held @ met - (met[leaver] + 1)
    change = joins + takes
    movable = given[others] & ~slots.kept[others] & allocation.open_to(block)
    change[~movable] = np.inf
    if not change.size or change.min() >= limit:
        return False
    at, newcomer = np.unravel_index(int(change.argmin()), change.shape)
    other = int(others[at])
    allocation.take(block, leaver)
    allocation.take(other, int(newcomer))
    allocation.give(block, int(newcomer))
    allocation.give(other, leaver)
    return True


def _comparable(allocation: Allocation, block: int, leaver: int) -> Integers:
    """Blocks of the same content the leaver could join, those of several raters first."""
    slots = allocation.slots
    open_ = slots.eligible[:, leaver] & ~allocation.given[:, leaver] & (slots.content == slots.content[block])
    blocks = np.flatnonzero(open_)
    several = allocation.given[blocks].sum(axis=1) > 1
    return blocks[np.argsort(~several, kind="stable")][:_BLOCKS_LOOKED_AT]
