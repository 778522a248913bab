"""Intervals that may be looked at after every vote: confidence sequences.

A fixed-n 95 % interval read after each of thousands of votes misses the truth at some time in about half of
all streams. A confidence sequence holds it at all times at once with probability 95 %, so counting may stop
when one likes what one sees. Both kinds here are exact from the first vote on, whatever the distribution:

proportion_sequence   the shares p at which the votes so far are less than 1/α times likelier under a uniform
                      mixture of shares than under p: the beta-binomial mixture (Robbins 1970, Annals of
                      Mathematical Statistics 41)
mean_sequence         the empirical-Bernstein sequence with predictable plug-in (Waudby-Smith & Ramdas 2024,
                      JRSS B 86, theorem 2), for votes that have bounds. The asymptotic normal mixture is a
                      little narrower, but missed 7 to 10 % of streams of votes that were mostly 0
difference_sequence   of two systems judged on the same items: the mean of the differences

Votes on one item or by one rater are not independent: give the mean of each such cluster as one observation.
A vote that is revised or withdrawn is changed in the stream, and the sequence computed again.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, xlog1py, xlogy

from evaluation.domain.estimates import Floats
from evaluation.domain.intervals import LEVEL

Status = Literal["ok", "undefined_no_votes"]
Verdict = Literal["first better", "second better", "equivalent", "open", "budget spent"]
Bounds = tuple[float, float]

EXPECTED = 300  # votes around which the interval of a mean is narrowest for its number
_HALVINGS = 60  # of [0, 1]: to the last bit
_LARGEST_BET = 0.5


@dataclass(frozen=True, eq=False)
class ConfidenceSequence:
    """The running estimate after each of t votes and its limits, (t,) each, in the unit of the votes.

    The limits of all times hold together with probability `level`. Without votes the arrays are empty and
    `status` says so.
    """

    value: Floats
    lower: Floats
    upper: Floats
    level: float
    method: str
    n_votes: int
    status: Status

    @property
    def latest(self) -> tuple[float, float, float] | None:
        """(value, low, high) after the last vote; None before the first."""
        if not self.n_votes:
            return None
        return float(self.value[-1]), float(self.lower[-1]), float(self.upper[-1])


def proportion_sequence(votes: npt.ArrayLike, *, level: float = LEVEL) -> ConfidenceSequence:
    """The share of 1 among votes (t,) of 0 and 1, after each vote."""
    seen = _votes(votes, (0.0, 1.0))
    if not np.isin(seen, (0.0, 1.0)).all():
        raise ValueError("a share is of votes that are 0 or 1: use mean_sequence for scores between")
    count, won = np.arange(1.0, len(seen) + 1), np.cumsum(seen)
    lower, upper = proportion_limits(won, count, level=level)
    return _sequence(won / count, lower, upper, level, "beta-binomial mixture")


def mean_sequence(
    votes: npt.ArrayLike, *, bounds: Bounds = (0.0, 1.0), level: float = LEVEL, expected: int = EXPECTED
) -> ConfidenceSequence:
    """The mean of votes (t,) within `bounds`, after each vote; narrowest around `expected` votes.

    ValueError for a vote outside its bounds, which must be those of the scale and not of the votes seen.
    """
    _check_level(level)
    if expected < 1:
        raise ValueError(f"the expected number of votes is at least 1, not {expected}")
    width = bounds[1] - bounds[0]
    share = (_votes(votes, bounds) - bounds[0]) / width
    mean = np.cumsum(share) / np.arange(1.0, len(share) + 1)
    middle, half = _empirical_bernstein(share, log(2 / (1 - level)), expected)
    # the centre weighs votes unequally: the plain mean, which is what is shown, is always kept inside
    lower = np.clip(np.minimum(middle - half, mean), 0.0, 1.0)
    upper = np.clip(np.maximum(middle + half, mean), 0.0, 1.0)
    value, lower, upper = (bounds[0] + width * part for part in (mean, lower, upper))
    return _sequence(value, lower, upper, level, "empirical Bernstein")


def difference_sequence(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    bounds: Bounds = (0.0, 1.0),
    level: float = LEVEL,
    expected: int = EXPECTED,
) -> ConfidenceSequence:
    """The mean of first - second (t,) on the same items, each within `bounds`, after each item."""
    a, b = _votes(first, bounds), _votes(second, bounds)
    if len(a) != len(b):
        raise ValueError(f"a paired difference needs as many votes on both sides, not {len(a)} and {len(b)}")
    width = bounds[1] - bounds[0]
    return mean_sequence(a - b, bounds=(-width, width), level=level, expected=expected)


def proportion_limits(
    successes: npt.ArrayLike, votes: npt.ArrayLike, *, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Limits (…) of a share after `votes` (…) of which `successes` (…) were 1; (0, 1) before the first."""
    won, count = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(votes, np.float64))
    _check_level(level)
    if not ((won >= 0) & (won <= count)).all():
        raise ValueError("successes lie between 0 and the number of votes")
    return _share_limit(won, count, level), 1 - _share_limit(count - won, count, level)


def verdict(limits: Bounds, n_votes: int, *, margin: float = 0.0, budget: int | None = None) -> Verdict:
    """What the limits of a difference from a confidence sequence allow one to say, at any time.

    A difference no larger than `margin` would not matter: limits inside it on both sides mean "equivalent".
    """
    low, high = limits
    if margin < 0 or low > high:
        raise ValueError(f"a margin of at least 0 and limits in order are needed: {margin}, {low}, {high}")
    if -margin < low and high < margin:
        return "equivalent"
    if low > 0:
        return "first better"
    if high < 0:
        return "second better"
    return "budget spent" if budget is not None and n_votes >= budget else "open"


def _votes(votes: npt.ArrayLike, bounds: Bounds) -> Floats:
    seen = np.asarray(votes, dtype=np.float64)
    if seen.ndim != 1 or not bounds[0] < bounds[1]:
        raise ValueError("votes come one after the other, and their lower bound below the upper one")
    outside = np.flatnonzero(~((seen >= bounds[0]) & (seen <= bounds[1])))
    if len(outside):
        at = int(outside[0])
        raise ValueError(f"vote {at + 1} is {seen[at]}, outside the scale {bounds[0]} to {bounds[1]}")
    return seen


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")


def _sequence(value: Floats, lower: Floats, upper: Floats, level: float, method: str) -> ConfidenceSequence:
    status: Status = "ok" if len(value) else "undefined_no_votes"
    return ConfidenceSequence(value, lower, upper, level, method, len(value), status)


def _share_limit(won: Floats, count: Floats, level: float) -> Floats:
    """Lower limits: the p below s/t where log B(s + 1, t - s + 1) - log p^s (1 - p)^(t - s) is log 1/α."""
    lost = count - won
    evidence = betaln(won + 1, lost + 1) + log(1 - level)
    low, high = np.zeros(won.shape), won / np.maximum(count, 1.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        refuted = xlogy(won, middle) + xlog1py(lost, -middle) < evidence
        low, high = np.where(refuted, middle, low), np.where(refuted, high, middle)
    return low


def _empirical_bernstein(share: Floats, evidence: float, expected: int) -> tuple[Floats, Floats]:
    """Centres and half widths (t,) of votes in 0 to 1; `evidence` is log 2/α.

    Vote i is given the weight λ_i = √(2 log(2/α) / (σ²_{i-1} max(i, expected))), at most ½, from the mean and
    variance of the votes before it, in which one vote of ½ with variance ¼ counts beforehand.
    """
    number = np.arange(1.0, len(share) + 1)
    mean = (0.5 + np.cumsum(share)) / (number + 1)
    variance = (0.25 + np.cumsum((share - mean) ** 2)) / (number + 1)
    mean_before, variance_before = _shifted(mean, 0.5), _shifted(variance, 0.25)
    weight = np.sqrt(2 * evidence / (variance_before * np.maximum(number, expected)))
    weight = np.minimum(weight, _LARGEST_BET)
    cost = (share - mean_before) ** 2 * (-np.log1p(-weight) - weight)
    total = np.cumsum(weight)
    return np.cumsum(weight * share) / total, (evidence + np.cumsum(cost)) / total


def _shifted(values: Floats, first: float) -> Floats:
    return np.concatenate([[first], values[:-1]]) if len(values) else values
