"""How hard the items of a task are, and which of them tell systems apart.

ease           mean score of the item over systems
discrimination correlation, over systems, of the item's score with the mean of the task's other items
               (the corrected item-total correlation of test theory)
separation     the same before division: covariance with the mean of the others; large for an item that
               good systems get right and others wrong, below zero where it is the other way round
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.domain.estimates import Floats

Integers = npt.NDArray[np.int64]

BINS = 10
FEWEST_SYSTEMS = 3  # a correlation over two is one or minus one


@dataclass(frozen=True, eq=False)
class Difficulty:
    """(n,) each, of the n items given; discrimination is NaN where a score or the others do not vary."""

    ease: Floats
    spread: Floats  # largest score less smallest
    separation: Floats
    discrimination: Floats
    n_systems: int

    @property
    def is_informative(self) -> bool:
        """Whether there are systems enough to say which items separate them."""
        return self.n_systems >= FEWEST_SYSTEMS

    def most_separating(self, number: int) -> list[int]:
        """Places of the items that separate most, the first first; none that separates nobody."""
        order = np.argsort(-self.separation, kind="stable")[:number]
        return [int(at) for at in order if self.separation[at] > 0]

    def against_the_order(self, number: int) -> list[int]:
        """Places of items that the better systems tend to fail: their references deserve a look."""
        order = np.argsort(self.separation, kind="stable")[:number]
        return [int(at) for at in order if self.separation[at] < 0]


def difficulty(scores: Floats) -> Difficulty:
    """From scores (S, n) of S systems on n items; ValueError without a system."""
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or not len(table):
        raise ValueError("difficulty is taken from a table of systems by items, with one system at least")
    systems, items = table.shape
    if not items:
        nothing = np.empty(0)
        return Difficulty(nothing, nothing, nothing, nothing, systems)
    ease = table.mean(axis=0)
    rest = (table.sum(axis=1, keepdims=True) - table) / max(items - 1, 1)
    own, others = table - ease, rest - rest.mean(axis=0)
    covariance = (own * others).mean(axis=0)
    scale = np.sqrt((own**2).mean(axis=0) * (others**2).mean(axis=0))
    covariance[np.abs(covariance) < 1e-15] = 0.0
    apart = np.divide(covariance, scale, out=np.full(items, np.nan), where=scale > 1e-12)
    return Difficulty(ease, table.max(axis=0) - table.min(axis=0), covariance, apart, systems)


def counts_by_ease(ease: Floats) -> Integers:
    """(10,) items by mean score: [0, 0.1), [0.1, 0.2) … [0.9, 1]."""
    places = np.clip((np.asarray(ease) * BINS + 1e-9).astype(np.int64), 0, BINS - 1)
    found: Integers = np.bincount(places, minlength=BINS)
    return found


def is_binary(scores: Floats) -> bool:
    """Whether every score is right (1) or wrong (0)."""
    return bool(np.isin(scores, (0.0, 1.0)).all())
