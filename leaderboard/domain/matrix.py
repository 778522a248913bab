"""Who is ahead of whom, as a matrix of short signs and as ranges of places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from leaderboard.domain.table import Pairs

Sign = Literal["+", "-", "=", "?", ""]  # ahead, behind, not separated, not comparable, itself
PROVEN, ROUNDING = 0.05, 1e-9  # one digit of p is not exactly 0.05


@dataclass(frozen=True, eq=False)
class Matrix:
    """Pairs by place, best difference first.

    order   (R,) places in `Pairs.keys`, most systems proven behind first, then by mean difference
    ahead   (R, R) in that order: row proven ahead of column
    p       (R, R) adjusted, NaN where the pair cannot be compared
    """

    keys: tuple[str, ...]
    order: npt.NDArray[np.int64]
    ahead: npt.NDArray[np.bool_]
    difference: npt.NDArray[np.float64]
    p: npt.NDArray[np.float64]

    @property
    def n_proven(self) -> int:
        return int(self.ahead.sum())

    @property
    def n_pairs(self) -> int:
        size = len(self.keys)
        return size * (size - 1) // 2

    def sign(self, row: int, column: int) -> Sign:
        if row == column:
            return ""
        if np.isnan(self.p[row, column]):
            return "?"
        if self.ahead[row, column]:
            return "+"
        return "-" if self.ahead[column, row] else "="


def matrix(pairs: Pairs) -> Matrix:
    """The matrix of a board's pairs, its best systems first."""
    difference = np.where(np.isnan(pairs.difference), 0.0, pairs.difference)
    order = np.argsort(-difference.mean(axis=1), kind="stable") if len(pairs.keys) else np.empty(0, np.int64)
    square = np.ix_(order, order)
    p = pairs.p_adjusted[square]
    gap = pairs.difference[square]
    ahead = (p <= PROVEN + ROUNDING) & (gap > 0)
    np.fill_diagonal(ahead, False)
    return Matrix(tuple(pairs.keys[at] for at in order), order, ahead, gap, p)


def p_text(p: float) -> str:
    """Two digits of a p without the zero in front: .03, .24, 1; "<.001" for what is smaller."""
    if p < 0.001:
        return "<.001"
    text = f"{p:.3f}" if p < 0.01 else f"{p:.2f}"
    return text.removeprefix("0") if p < 0.995 else "1"


def ranges(places: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending places as runs without a gap: 1, 2, 3, 7 → (1, 3), (7, 7)."""
    found: list[tuple[int, int]] = []
    for place in places:
        if found and place == found[-1][1] + 1:
            found[-1] = found[-1][0], place
        else:
            found.append((place, place))
    return found
