"""Ratings as columns of numbers: one line a rating of a system, all by raters of one group."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import Integers


@dataclass
class Sheet:
    """(n,) each: a value, and the ids of the system, the rater and the cluster of cases it belongs to."""

    values: array[float] = field(default_factory=lambda: array("d"))
    systems: array[int] = field(default_factory=lambda: array("q"))
    raters: array[int] = field(default_factory=lambda: array("q"))
    items: array[int] = field(default_factory=lambda: array("q"))

    def add(self, value: float, system: int, rater: int, item: int) -> None:
        self.values.append(value)
        self.systems.append(system)
        self.raters.append(rater)
        self.items.append(item)

    def columns(self) -> tuple[Floats, Integers, Integers, Integers]:
        """Values, systems, raters, items."""
        systems, raters, items = (
            np.array(codes, dtype=np.int64) for codes in (self.systems, self.raters, self.items)
        )
        return np.array(self.values, dtype=np.float64), systems, raters, items
