"""Balanced incomplete block designs: every pair of treatments together in the same number of blocks.

For v treatments, b blocks of size k, r blocks per treatment and λ per pair: bk = vr, λ(v - 1) = r(k - 1),
b ≥ v (Fisher's inequality). A treatment is a rater and a block an item, so that every pair of raters
meets equally often; or a treatment is a system and a block the systems shown for one item.

Cyclic designs develop base blocks modulo v (Bose 1939): the differences within the base blocks cover
every non-zero residue λ times. For k = 2 all pairs are such a design. Where k divides v the multiples of
v/k form a block with a short orbit, which covers its own differences once (as in 15 treatments by 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

Block = tuple[int, ...]

_SEARCH_STEPS = 20_000  # every cyclic family of practical size turns up long before
_LARGEST_INDEX = 4
_MOST_BLOCKS = 5_000


def developed(treatments: int, base: Sequence[Block]) -> tuple[Block, ...]:
    """All blocks of a cyclic design: each base block plus 0 … v - 1, modulo v; short orbits once."""
    if any(not 0 <= t < treatments for block in base for t in block):
        raise ValueError(f"base blocks name treatments 0 to {treatments - 1}, got {list(base)}")
    shifted = (
        tuple(sorted((t + shift) % treatments for t in block))
        for block in base
        for shift in range(_orbit(treatments, block))
    )
    return tuple(shifted)


def difference_family(treatments: int, size: int, index: int = 1) -> tuple[Block, ...] | None:
    """Base blocks of a cyclic (v, k, λ) design, or None where the search finds none.

    The search always extends the block that must cover the smallest difference still short of λ.
    """
    _require_size(treatments, size)
    for short in (False, True):
        search = _Search(treatments, size, index)
        if short and not search.take_short_orbit():
            continue
        missing = int((index - search.covered[1:]).sum())
        if missing % (size * (size - 1)) == 0 and search.complete():
            return tuple(search.found)
    return None


def balanced_blocks(treatments: int, size: int) -> tuple[Block, ...] | None:
    """The smallest balanced design at hand, its blocks ordered so that every beginning is level.

    Pairs, complete blocks and cyclic families of λ ≤ 4; None where none is known.
    """
    _require_size(treatments, size)
    return _balanced_blocks(treatments, size)


@lru_cache(maxsize=64)
def _balanced_blocks(treatments: int, size: int) -> tuple[Block, ...] | None:
    if size == treatments:
        return (tuple(range(treatments)),)
    if size == 1:
        return tuple((t,) for t in range(treatments))
    if size == 2:
        distances = range(1, treatments // 2 + 1)
        pairs = developed(treatments, [(0, d) for d in distances])
        return level_order(treatments, pairs)
    for index in range(1, _LARGEST_INDEX + 1):
        base = difference_family(treatments, size, index)
        if base is not None:
            return level_order(treatments, developed(treatments, base))
    if comb(treatments, size) <= _MOST_BLOCKS:
        return level_order(treatments, tuple(combinations(range(treatments), size)))
    return None


def level_order(treatments: int, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The same blocks, each time the one that reaches most of the least used treatments so far.

    Among these the one whose treatments were used, then met, least.

    A study rarely uses a design to its end: this keeps a beginning of any length near balance.
    """
    members = np.array(blocks, dtype=np.int64)
    used = np.zeros(treatments, dtype=np.int64)
    met = np.zeros((treatments, treatments), dtype=np.int64)
    left = np.ones(len(members), dtype=np.bool_)
    order: list[Block] = []
    for _ in range(len(members)):
        at = _least(members, used, met, left)
        left[at] = False
        used[members[at]] += 1
        met[np.ix_(members[at], members[at])] += 1
        order.append(blocks[at])
    return tuple(order)


def _require_size(treatments: int, size: int) -> None:
    if not 1 <= size <= treatments:
        raise ValueError(f"a block holds 1 to {treatments} of {treatments} treatments, not {size}")


def _least(
    members: npt.NDArray[np.int64],
    used: npt.NDArray[np.int64],
    met: npt.NDArray[np.int64],
    left: npt.NDArray[np.bool_],
) -> int:
    rows = np.flatnonzero(left)
    rows = _narrowed(rows, -(used[members[rows]] == used.min()).sum(axis=1))
    rows = _narrowed(rows, used[members[rows]].max(axis=1))
    rows = _narrowed(rows, used[members[rows]].sum(axis=1))
    return int(_narrowed(rows, met[members[rows, :1], members[rows]].sum(axis=1))[0])


def _narrowed(rows: npt.NDArray[np.int64], cost: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.asarray(rows[cost == cost.min()])


def _orbit(treatments: int, block: Block) -> int:
    same = {t % treatments for t in block}
    return next(s for s in range(1, treatments + 1) if {(t + s) % treatments for t in same} == same)


@dataclass
class _Search:
    """Base blocks found so far and how often each difference is covered."""

    treatments: int
    size: int
    index: int
    found: list[Block] = field(default_factory=list)
    steps: int = 0

    def __post_init__(self) -> None:
        self.covered = np.zeros(self.treatments, dtype=np.int64)

    def take_short_orbit(self) -> bool:
        if self.treatments % self.size or self.treatments == self.size:
            return False
        step = self.treatments // self.size
        self.found.append(tuple(range(0, self.treatments, step)))
        self.covered[step::step] += 1
        return True

    def complete(self) -> bool:
        short = np.flatnonzero(self.covered[1:] < self.index) + 1
        if not len(short):
            return True
        for block in self._blocks((0, int(short[0]))):
            self.found.append(block)
            if self.complete():
                return True
            self.found.pop()
        return False

    def _blocks(self, start: Block) -> Iterator[Block]:
        """Blocks that grow from `start`; their differences stay covered while a block is looked at."""
        differences = self._differences(start[:-1], start[-1])
        self.covered += differences
        if (self.covered[1:] <= self.index).all():
            if len(start) == self.size:
                yield start
            else:
                yield from self._grown(start)
        self.covered -= differences

    def _grown(self, start: Block) -> Iterator[Block]:
        lowest = 1 if len(start) == 2 else start[-1] + 1
        for t in range(lowest, self.treatments):
            self.steps += 1
            if self.steps > _SEARCH_STEPS:
                return
            if t not in start:
                yield from self._blocks((*start, t))

    def _differences(self, block: Block, new: int) -> npt.NDArray[np.int64]:
        from_others = np.array([new - t for t in block], dtype=np.int64) % self.treatments
        counts = np.bincount(from_others, minlength=self.treatments)
        counts += np.bincount(-from_others % self.treatments, minlength=self.treatments)
        return counts
