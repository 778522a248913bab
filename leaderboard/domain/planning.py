"""How much more it would take to tell two systems of a board apart."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite, log10

from leaderboard.domain.order import items_to_separate, ranges_of
from leaderboard.domain.significance import SignificanceMatrix


@dataclass(frozen=True)
class Separation:
    """About `n` more of `unit` would separate two systems with probability `power`, the difference staying.

    None where they are separated already (`separated`), or where nothing can be planned from what was seen.
    """

    n: int | None
    unit: str
    separated: bool
    power: float = 0.8

    @property
    def text(self) -> str:
        if self.separated:
            return "separated already"
        if self.n is None:
            return "no number can be given: no difference, or no variation, was seen"
        return f"about {self.n:,} more {self.unit} would separate them ({100 * self.power:.0f} % power)"


def planned(
    matrix: SignificanceMatrix, one: int, other: int, size: int, *, unit: str, digits: int = 2
) -> Separation:
    """What places `one` and `other` of a matrix need, `size` being how many of the unit made it.

    New units are taken to be like those there are; n is told to so many significant `digits`.
    """
    ranges = ranges_of(matrix)
    if matrix.p_max_t[one, other] <= 0.05:
        return Separation(None, unit, separated=True)
    error, critical = float(matrix.standard_error[one, other]), ranges.critical_value
    if not (isfinite(error) and isfinite(critical)):
        return Separation(None, unit, separated=False)
    difference = float(matrix.difference[one, other])
    n = items_to_separate(difference, error**2 * size, size, critical_value=critical)
    return Separation(n if n is None else rounded(n, digits), unit, separated=False)


def rounded(n: int, digits: int) -> int:
    """At so many significant digits, and never 0 where there is something: 1234 → 1200."""
    if n <= 0:
        return 1
    step = int(10 ** max(floor(log10(n)) + 1 - digits, 0))
    return max(round(n / step) * step, 1)
