"""Automatic scores beside physicians' ratings of the same systems: do they say the same?

Two scores are never blended. They are held against each other three ways:

    correlation   over systems, with an interval that knows the errors of both (see domain.correlation)
    contradicted  a pair of systems of which one score proves one to be ahead, and the other score the other:
                  both differences significant at 5 % by the correction of their own board
    apart         a system whose rank ranges by the two scores have no rank in common

Rank ranges are taken among the systems that have both scores, with the adjusted p of all that were compared:
a larger family than needed, so that no flag is raised too easily.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.domain.estimates import Floats
from leaderboard.domain.correlation import ScoreCorrelation, score_correlation
from leaderboard.domain.order import tie_bands

LEVEL = 0.05


@dataclass(frozen=True, eq=False)
class Side:
    """One score of S systems, turned so that more is better.

    keys    of the systems;  values (S,), errors (S,) standard errors, NaN where not known
    compared  keys of those compared (R of them), with their differences and adjusted p (R, R)
    """

    keys: tuple[str, ...]
    values: Floats
    errors: Floats
    compared: tuple[str, ...]
    difference: Floats
    p: Floats

    def value(self, key: str) -> float:
        return float(self.values[self.keys.index(key)])

    def error(self, key: str) -> float:
        return float(self.errors[self.keys.index(key)])

    def ahead(self, one: str, other: str) -> bool:
        """Whether `one` is proven to be ahead of `other`."""
        if one not in self.compared or other not in self.compared:
            return False
        at = self.compared.index(one), self.compared.index(other)
        return bool(self.p[at] <= LEVEL and self.difference[at] > 0)


@dataclass(frozen=True)
class Ranks:
    """1 + those proven ahead, and how many less those proven behind, with the tie band."""

    low: int
    high: int
    band: int


@dataclass(frozen=True)
class Contradiction:
    """Physicians prove `theirs` ahead of `other`; the automatic score proves the contrary."""

    theirs: str
    other: str


@dataclass(frozen=True)
class Apart:
    """A system whose ranks by the two scores have none in common."""

    system: str
    human: Ranks
    automatic: Ranks


def common(human: Side, automatic: Side) -> tuple[str, ...]:
    """Systems that have both scores, by their key."""
    known = [key for key in human.keys if key in automatic.keys]
    return tuple(
        sorted(key for key in known if np.isfinite(human.value(key)) and np.isfinite(automatic.value(key)))
    )


def ranks(side: Side, among: Sequence[str]) -> dict[str, Ranks]:
    """Rank ranges and bands of those of `among` that were compared."""
    keys = [key for key in among if key in side.compared]
    ahead = np.array([[side.ahead(one, other) for other in keys] for one in keys], bool).reshape(
        len(keys), len(keys)
    )
    order = np.argsort([-side.value(key) for key in keys], kind="stable").astype(np.int64)
    bands = tie_bands(order, ahead)
    return {
        key: Ranks(1 + int(ahead[:, at].sum()), len(keys) - int(ahead[at].sum()), int(bands[at]))
        for at, key in enumerate(keys)
    }


def contradictions(human: Side, automatic: Side) -> list[Contradiction]:
    """Pairs of systems that the two scores order differently, each with proof."""
    both = common(human, automatic)
    return [
        Contradiction(one, other)
        for one in both
        for other in both
        if human.ahead(one, other) and automatic.ahead(other, one)
    ]


def apart(human: Side, automatic: Side) -> list[Apart]:
    """Systems whose ranks by the two scores have none in common."""
    both = common(human, automatic)
    first, second = ranks(human, both), ranks(automatic, both)
    return [
        Apart(key, first[key], second[key])
        for key in both
        if key in first
        and key in second
        and (first[key].high < second[key].low or second[key].high < first[key].low)
    ]


def correlation(human: Side, automatic: Side) -> ScoreCorrelation:
    """Spearman's, over the systems that have both scores; without errors on a side where one is not known."""
    both = common(human, automatic)
    columns = [np.array([side.value(key) for key in both]) for side in (automatic, human)]
    errors = [np.array([side.error(key) for key in both]) for side in (automatic, human)]
    known = [one if len(one) and np.isfinite(one).all() else None for one in errors]
    return score_correlation(*columns, automatic_errors=known[0], human_errors=known[1])
