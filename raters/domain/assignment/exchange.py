"""Pairs of raters made to meet more evenly by exchanging two raters between two blocks.

An exchange changes no load and, since both blocks show the same systems, nothing of who saw which system.
It is made when it lowers the sum of squared meetings, the quantity an optimal concurrence minimises
(John & Mitchell 1977, regular graph designs).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from raters.domain.assignment.allocation import Allocation, Integers

_MOST_TRIES = 2_000
_BLOCKS_LOOKED_AT = 2_000  # partners of an exchange: more make it slower, not more even


def even_out(allocation: Allocation) -> int:
    """Exchange until pairs differ by one at most or no exchange helps; returns how many were made."""
    made = tries = 0
    while tries < _MOST_TRIES and _spread(allocation) > 1:
        for candidate in _overdone(allocation):
            tries += 1
            if _exchange(allocation, *candidate):
                made += 1
                break
            if tries == _MOST_TRIES:
                return made
        else:
            return made
    return made


def _spread(allocation: Allocation) -> int:
    pairs = allocation.met[np.triu_indices(len(allocation.load), 1)]
    return int(np.ptp(pairs)) if len(pairs) else 0


def _overdone(allocation: Allocation) -> Iterator[tuple[int, int]]:
    """(block, rater) that could leave it, from the pairs that meet most often, while above the average."""
    met = np.triu(allocation.met, 1)
    pairs = met[np.triu_indices(len(met), 1)]
    heavy = np.argwhere(met > pairs.mean() + 0.5)
    tried = set()
    for a, b in heavy[np.argsort(-met[tuple(heavy.T)], kind="stable")].tolist():
        for block in np.flatnonzero(allocation.given[:, a] & allocation.given[:, b]).tolist():
            for rater in (a, b):
                if (block, rater) not in tried and not allocation.slots.kept[block, rater]:
                    tried.add((block, rater))
                    yield block, rater


def _exchange(allocation: Allocation, block: int, leaver: int) -> bool:
    """Let the best rater of another block take the leaver's place; False if nobody's would help."""
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
    if not change.size or change.min() >= 0:
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
