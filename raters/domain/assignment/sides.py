"""Which answer of a pair stands left.

Three balances are kept at once. For every pair of systems and rater, left and right differ by at most one;
so they do for every pair over all raters; and within a rater each system stands left about as often as
right. The first two hold exactly: a rater who meets a pair again sees it turned, so only pairs met an odd
number of times leave a surplus, and over the raters of a pair these surpluses are halved.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

Cell = tuple[int, int, int]  # rater, lower system, higher system
Pair = tuple[int, int]


def lower_left(
    cells: Sequence[Cell], shown: Sequence[tuple[Cell, bool]] = (), *, turned: bool = False
) -> list[bool]:
    """For each presentation, in the order shown: does the system with the lower number stand left?

    `shown` are presentations already made, with the same flag. `turned` is the one coin of the design: it
    turns every side, so by it each system stands left with probability 1/2.
    """
    tally = _Tally()
    for cell, left in shown:
        tally.add(cell, 1 if left is not turned else -1)
    turn = _first_sides(Counter(cells), tally)
    sides = []
    for cell in cells:
        sides.append((turn[cell] > 0) is not turned)
        turn[cell] = -turn[cell]
    return sides


class _Tally:
    """Left minus right: of the lower system in each cell and pair, of each system by rater and in all."""

    def __init__(self) -> None:
        self.cells: dict[Cell, int] = defaultdict(int)
        self.pairs: dict[Pair, int] = defaultdict(int)
        self._own: dict[tuple[int, int], int] = defaultdict(int)
        self._all: dict[int, int] = defaultdict(int)

    def add(self, cell: Cell, surplus: int) -> None:
        rater, low, high = cell
        self.cells[cell] += surplus
        self.pairs[low, high] += surplus
        for system, sign in ((low, surplus), (high, -surplus)):
            self._own[rater, system] += sign
            self._all[system] += sign

    def lean(self, cell: Cell) -> tuple[int, int]:
        """How much more this rater, then everybody, has had the lower system left than the higher."""
        rater, low, high = cell
        return self._own[rater, low] - self._own[rater, high], self._all[low] - self._all[high]


def _first_sides(counts: Counter[Cell], tally: _Tally) -> dict[Cell, int]:
    """+1 (lower system left) or -1 for the first new presentation in each cell; the next ones alternate."""
    first: dict[Cell, int] = {}
    free: dict[Pair, list[Cell]] = defaultdict(list)
    for cell, count in counts.items():
        before = tally.cells[cell]
        if before == 0 and count % 2:
            free[cell[1:]].append(cell)
            continue
        first[cell] = -1 if before > 0 or (before == 0 and tally.lean(cell) > (0, 0)) else 1
        if count % 2:
            tally.add(cell, first[cell])
    for pair, cells in free.items():
        for cell, sign in _halved(cells, tally.pairs[pair], tally).items():
            first[cell] = sign
            tally.add(cell, sign)
    return first


def _halved(cells: list[Cell], settled: int, tally: _Tally) -> dict[Cell, int]:
    """The surplus each cell met an odd number of times ends with, so that the pair's total is 0 or ±1.

    Raters who have had the lower system left least get it left once more. An odd one out turns against
    the side on which the lower system has stood more often over all pairs.
    """
    ranked = sorted(cells, key=lambda cell: (tally.lean(cell), cell))
    surplus = len(ranked) - settled
    left = surplus // 2
    if surplus % 2 and tally.lean(ranked[0])[1] <= 0:
        left += 1
    return {cell: 1 if place < left else -1 for place, cell in enumerate(ranked)}
