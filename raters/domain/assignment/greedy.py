"""The greedy rule, which works for any numbers and any constraints.

Blocks with the fewest eligible raters come first, the planned overlap before the rest. Each slot goes to
the rater with the least load for their capacity; among these to the one who has met those already chosen
least; then to one from another component, so that few shared items still connect all raters; then to the
one who saw the item and its systems least. What is still tied goes to the lowest number: which person that
is was drawn before (see `identities`), so the rule itself holds no chance.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from raters.domain.assignment.allocation import Allocation, Integers
from raters.domain.assignment.designs import balanced_blocks


def fill(allocation: Allocation) -> None:
    """Give away every slot that can be given without moving another; the others stay open."""
    slots = allocation.slots
    scarce = slots.eligible.sum(axis=1) - slots.needed
    order = np.lexsort((slots.content, np.minimum(scarce, slots.eligible.shape[1] // 2), ~slots.overlap))
    if _deal_balanced(allocation, order[slots.needed[order] > 1]):
        order = order[slots.needed[order] == 1]
    for block in order.tolist():
        for _ in range(allocation.missing(block)):
            rater = _choose(allocation, block)
            if rater is None:
                break
            allocation.give(block, rater)


def _deal_balanced(allocation: Allocation, blocks: Integers) -> bool:
    """Fill blocks of several raters from a balanced design, when nothing tells raters apart."""
    slots = allocation.slots
    sizes = np.unique(slots.needed[blocks])
    if len(sizes) != 1 or slots.kept.any() or not slots.eligible.all() or len(slots.shows) > 1:
        return False
    if np.ptp(slots.capacity) or slots.at_most.min() < len(slots.item):
        return False
    design = balanced_blocks(len(slots.capacity), int(sizes[0]))
    if design is None:
        return False
    for n, block in enumerate(blocks.tolist()):
        for rater in design[n % len(design)]:
            allocation.give(block, rater)
    return True


def _choose(allocation: Allocation, block: int) -> int | None:
    candidates = np.flatnonzero(allocation.open_to(block) & allocation.free())
    if not len(candidates):
        return None
    for cost in _costs(allocation, block):
        if len(candidates) == 1:
            break
        of_candidates = cost[candidates]
        candidates = candidates[of_candidates == of_candidates.min()]
    return int(candidates[0])


def _costs(allocation: Allocation, block: int) -> Iterator[np.ndarray]:
    """(R,) costs in falling order of weight, worked out only as far as they are needed."""
    slots = allocation.slots
    yield (allocation.load + 1) / slots.capacity
    chosen = np.flatnonzero(allocation.given[block])
    if len(chosen):
        together = allocation.met[:, chosen]
        yield together.max(axis=1)
        yield together.sum(axis=1)
        yield np.isin(allocation.component, allocation.component[chosen])
    yield allocation.items[:, slots.item[block]]
    yield allocation.seen @ slots.shows[slots.content[block]]
