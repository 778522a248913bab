"""A CUSUM that needs no known mean or spread, with a stated chance of a false alarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri, stdtr

from evaluation.domain.estimates import Floats

WARM_UP = 10  # values that only teach the mean and the spread
ALLOWANCE = 0.25  # half the change, in standard deviations, that is to be found soonest
_CELLS = 120
_LENGTHS = 25  # limits are computed for multiples of it: a growing series does not need its own each time
_MOST_SCORE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Raised at rating `number`; the change is put at the rating after the sum was last zero (`since`)."""

    number: int
    since: int
    direction: Literal["up", "down"]


def cusum(values: Floats, numbers: Sequence[int], false_alarm: float) -> Alarm | None:
    """The first alarm of values in order of time; `numbers` name them.

    A steady series of independent normal values raises one with probability at most `false_alarm`, whatever
    its mean and spread. ValueError unless 0 < false_alarm < 1/2.
    """
    scores = self_starting(values)
    if not len(scores):
        return None
    limit = limit_for(-(-len(scores) // _LENGTHS) * _LENGTHS, false_alarm)
    sums, since = [0.0, 0.0], [WARM_UP, WARM_UP]
    for at, score in enumerate(scores.tolist(), start=WARM_UP):
        for side, sign in enumerate((1.0, -1.0)):
            sums[side] = max(0.0, sums[side] + sign * score - ALLOWANCE)
            if sums[side] == 0.0:
                since[side] = at + 1
            if sums[side] > limit:
                direction: Literal["up", "down"] = "up" if side == 0 else "down"
                return Alarm(number=numbers[at], since=numbers[since[side]], direction=direction)
    return None


def self_starting(values: Floats) -> Floats:
    """(n - WARM_UP,) normal scores: √((m - 1)/m) (x_m - mean before) / sd before has t with m - 2 freedom.

    Scores are cut at ±3: rare ratings of a coarse scale, which are not normal, must not decide alone. In a
    series without any spread so far, a value like the others scores 0 and another one 3.
    """
    n = len(values)
    if n <= WARM_UP:
        return np.empty(0)
    before = np.arange(WARM_UP, n)
    origin = values - values[0]
    mean = np.cumsum(origin)[before - 1] / before
    spread = np.cumsum(origin**2)[before - 1] - before * mean**2
    sd = np.sqrt(np.maximum(spread, 0.0) / (before - 1))
    gap = origin[before] - mean
    nothing = 1e-9 * (1 + np.abs(values[before]))
    gap = np.where(np.abs(gap) <= nothing, 0.0, gap)
    far = np.copysign(1e3, gap) * (gap != 0)
    t = np.sqrt(before / (before + 1)) * np.divide(gap, sd, out=far, where=sd > nothing)
    # the lower tail of |t| keeps its digits where the upper one would round to 1
    scores = np.copysign(ndtri(stdtr(before - 1, -np.abs(t))), t) * (t != 0)
    return np.asarray(np.clip(scores, -_MOST_SCORE, _MOST_SCORE), dtype=np.float64)


@lru_cache(maxsize=256)
def limit_for(length: int, false_alarm: float) -> float:
    """The limit that both one-sided sums of `length` normal scores together pass with `false_alarm`.

    Each side gets half: together they pass it with no more than the sum.
    """
    if not 0 < false_alarm < 0.5:
        raise ValueError(f"the chance of a false alarm lies between 0 and 1/2, got {false_alarm}")
    low, high = 0.0, 4 * sqrt(length) + 5
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if passing(middle, length) > false_alarm / 2 else (low, middle)
    return high


def passing(limit: float, length: int) -> float:
    """Probability that one sum of `length` steps, started at 0, passes `limit` (Brook & Evans 1972)."""
    wide = 2 * limit / (2 * _CELLS - 1)
    middle = np.arange(_CELLS) * wide
    edges = np.concatenate([[-np.inf], middle + wide / 2])
    step = np.diff(ndtr(edges[None, :] - middle[:, None] + ALLOWANCE), axis=1)
    chance = np.zeros(_CELLS)
    chance[0] = 1.0
    for _ in range(length):
        chance = chance @ step
    return float(1 - chance.sum())
