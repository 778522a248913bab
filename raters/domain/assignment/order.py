"""The order in which answers are shown: Williams designs, balanced for what was seen just before.

Williams (1949): for an even number m of systems, m rows in which every system stands once in each place
and follows every other system exactly once; for an odd number 2m rows, with every system twice in each
place and every ordered pair twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import ceil

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]


@lru_cache(maxsize=64)
def williams(systems: int) -> tuple[tuple[int, ...], ...]:
    """Rows of system numbers 0 … m - 1: m rows if m is even, 2m if odd (1 for a single system)."""
    if systems < 1:
        raise ValueError(f"an order needs at least one system, got {systems}")
    if systems == 1:
        return ((0,),)
    first = _zigzag(systems)
    rows = [tuple((s + shift) % systems for s in first) for shift in range(systems)]
    if systems % 2:
        rows += [row[::-1] for row in rows]
    return tuple(rows)


def carry_over(sequences: Sequence[Sequence[int]], systems: int) -> Counts:
    """(m, m) how often the column's system was shown just after the row's, within one sequence."""
    counts = np.zeros((systems, systems), dtype=np.int64)
    for sequence in sequences:
        np.add.at(counts, (list(sequence[:-1]), list(sequence[1:])), 1)
    return counts


def screens(sequence: Sequence[str], largest: int) -> tuple[tuple[str, ...], ...]:
    """The sequence cut into screens of at most `largest` answers, of as equal a size as can be."""
    if largest < 1:
        raise ValueError(f"a screen holds at least one answer, got {largest}")
    number = ceil(len(sequence) / largest)
    edges = [round(n * len(sequence) / number) for n in range(number + 1)]
    return tuple(tuple(sequence[a:b]) for a, b in pairwise(edges))


def spread_out(flags: Sequence[bool]) -> list[int]:
    """Places of a sequence reordered so that the flagged come at even distances among the others.

    A rater's double-rated items must not all fall into the fresh, or the tired, part of a session.
    """
    marks: list[tuple[float, bool, int]] = []
    for kind in (True, False):
        places = [n for n, flag in enumerate(flags) if flag is kind]
        marks += [((rank + 0.5) / len(places), kind, place) for rank, place in enumerate(places)]
    return [place for _, _, place in sorted(marks)]


class Orders:
    """Deals out Williams rows so that systems are level over positions, for each rater and overall.

    Where every block holds all systems the rows are dealt in turn: a rater goes on where the one before
    stopped, so a rater's rows, and all rows, differ by one in use. Where blocks hold some of the systems,
    or rows were shown before, the row is chosen whose positions this rater, then all raters, used least.
    """

    def __init__(self, systems: int, raters: int, labels: Sequence[int]) -> None:
        self._labels = list(labels)  # the system at each place of the design
        self._dealt = 0
        self._noted = False
        self._own = np.zeros((raters, systems, systems), dtype=np.int64)
        self._all = np.zeros((systems, systems), dtype=np.int64)
        self._after = np.zeros((systems, systems), dtype=np.int64)

    def note(self, rater: int, shown: Sequence[int]) -> None:
        """Count a sequence that was shown before."""
        self._noted = True
        self._count(rater, shown)

    def deal(self, rater: int, members: Sequence[int]) -> tuple[int, ...]:
        """The order in which `members` (system numbers) are shown to the rater in the next block."""
        if len(members) == 1:
            return (members[0],)
        if len(members) == len(self._labels) and not self._noted:
            rows = williams(len(members))
            shown = tuple(self._labels[s] for s in rows[self._dealt % len(rows)])
            self._dealt += 1
        else:
            shown = self._least_used(rater, members)
        self._count(rater, shown)
        return shown

    def _count(self, rater: int, shown: Sequence[int]) -> None:
        places = np.arange(len(shown))
        self._own[rater, list(shown), places] += 1
        self._all[list(shown), places] += 1
        np.add.at(self._after, (list(shown[:-1]), list(shown[1:])), 1)

    def _least_used(self, rater: int, members: Sequence[int]) -> tuple[int, ...]:
        rank = {s: n for n, s in enumerate(self._labels)}
        named = np.array(sorted(members, key=rank.__getitem__))
        rows = named[np.array(williams(len(members)))]
        places = np.arange(len(members))
        after = self._after[rows[:, :-1], rows[:, 1:]].sum(axis=1)
        everybody = self._all[rows, places].sum(axis=1)
        # a rater's own positions and everybody's sequences weigh alike: either first ruins the other
        own = self._own[rater][rows, places].sum(axis=1) + (after - after.min()) / len(members)
        return tuple(int(s) for s in rows[np.lexsort((everybody, own))[0]])


def _zigzag(systems: int) -> list[int]:
    low, high = 1, systems - 1
    row = [0]
    while len(row) < systems:
        row.append(low if len(row) % 2 else high)
        low, high = (low + 1, high) if len(row) % 2 == 0 else (low, high - 1)
    return row
