"""Intervals that may be looked at after every vote: confidence sequences.

A fixed-n 95 % interval read after each of thousands of votes misses the truth at some time in about half of
all streams. A confidence sequence holds it at all times at once with probability 95 %, so counting may stop
when one likes what one sees.

proportion_sequence   every share at which the votes so far are not 1/α times more likely under a uniform prior
                      of shares: the beta-binomial mixture (Robbins 1970, Ann. Math. Statist. 41), exact for
                      independent votes from the first one on
mean_sequence         mean_t ∓ sd_t √(2 (t ρ² + 1) / (t² ρ²) · log(√(t ρ² + 1) / α)), the asymptotic normal
                      mixture (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024, Ann. Statist. 52). ρ² sets
                      the time at which it is narrowest. One pseudo-observation at the largest distance from
                      the mean is added to sd_t, or the first equal votes would give an interval of no width
difference_sequence   of two systems judged on the same items: the mean of the differences

Votes on one item or by one rater are not independent: give the mean of each such cluster as one observation.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, lambertw, xlog1py, xlogy

from evaluation.domain.estimates import Floats

Status = Literal["ok", "undefined_no_votes"]
Verdict = Literal["first better", "second better", "equivalent", "open", "budget spent"]

LEVEL = 0.95
EXPECTED = 300  # votes at which the interval of a mean is narrowest for its number
_HALVINGS = 60  # of [0, 1]: to the last bit


@dataclass(frozen=True, eq=False)
class ConfidenceSequence:
    """The running estimate after each of t votes and its limits, (t,) each, in the unit of the votes.

    The limits of all times hold together with probability `level`. `n_votes` counts the last one; `value`,
    `lower` and `upper` are then empty when `status` says that there are no votes.
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


@dataclass(frozen=True)
class VoteSums:
    """All that the interval of a mean needs of the votes so far: constant memory, whatever their number."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def with_vote(self, vote: float) -> VoteSums:
        return VoteSums(self.count + 1, self.total + vote, self.squares + vote * vote)

    def without_vote(self, vote: float) -> VoteSums:
        """These sums before `vote` was cast, for one that is revised or withdrawn."""
        if not self.count:
            raise ValueError("there is no vote to withdraw")
        return VoteSums(self.count - 1, self.total - vote, self.squares - vote * vote)


def proportion_sequence(votes: npt.ArrayLike, *, level: float = LEVEL) -> ConfidenceSequence:
    """The share of 1 among votes (t,) of 0 and 1, after each vote."""
    seen = _votes(votes, (0.0, 1.0))
    if not np.isin(seen, (0.0, 1.0)).all():
        raise ValueError("a share is of votes that are 0 or 1: use mean_sequence for scores between")
    count, total = np.arange(1.0, len(seen) + 1), np.cumsum(seen)
    lower, upper = proportion_limits(total, count, level=level)
    return _sequence(total / np.maximum(count, 1), lower, upper, level, "beta-binomial mixture")


def mean_sequence(
    votes: npt.ArrayLike,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    level: float = LEVEL,
    expected: int = EXPECTED,
) -> ConfidenceSequence:
    """The mean of votes (t,) within `bounds`, after each vote; narrowest around `expected` votes."""
    seen = _votes(votes, bounds)
    count, total = np.arange(1.0, len(seen) + 1), np.cumsum(seen)
    lower, upper = mean_limits(
        count, total, np.cumsum(seen**2), bounds=bounds, level=level, expected=expected
    )
    return _sequence(total / np.maximum(count, 1), lower, upper, level, "normal mixture")


def difference_sequence(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    level: float = LEVEL,
    expected: int = EXPECTED,
) -> ConfidenceSequence:
    """The mean of first - second (t,) on the same items, each within `bounds`, after each item."""
    a, b = _votes(first, bounds), _votes(second, bounds)
    if len(a) != len(b):
        raise ValueError(f"a paired difference needs as many votes on both sides: {len(a)} and {len(b)}")
    width = bounds[1] - bounds[0]
    return mean_sequence(a - b, bounds=(-width, width), level=level, expected=expected)


def proportion_limits(
    successes: npt.ArrayLike, votes: npt.ArrayLike, *, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Limits (…) of a share after `votes` (…) of which `successes` (…) were 1; (0, 1) before the first."""
    won, count = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(votes, np.float64))
    _check_level(level)
    if ((won < 0) | (won > count)).any():
        raise ValueError("successes lie between 0 and the number of votes")
    lower = _share_limit(won, count, level)
    return lower, 1 - _share_limit(count - won, count, level)


def mean_limits(
    count: npt.ArrayLike,
    total: npt.ArrayLike,
    squares: npt.ArrayLike,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    level: float = LEVEL,
    expected: int = EXPECTED,
) -> tuple[Floats, Floats]:
    """Limits (…) of a mean from the number, sum and sum of squares (…) of the votes so far, within `bounds`."""
    _check_level(level)
    n = np.asarray(count, np.float64)
    some = np.maximum(n, 1.0)
    middle = np.asarray(total, np.float64) / some
    largest = np.maximum(middle - bounds[0], bounds[1] - middle) ** 2
    left = np.maximum(np.asarray(squares, np.float64) - some * middle**2, 0.0)
    deviation = np.sqrt((left + largest) / (some + 1))
    half = deviation * _mixture_width(some, _mixture_variance(expected, 1 - level), 1 - level)
    known = n > 0
    lower = np.where(known, np.maximum(middle - half, bounds[0]), bounds[0])
    upper = np.where(known, np.minimum(middle + half, bounds[1]), bounds[1])
    return lower, upper


def verdict(
    difference: tuple[float, float], n_votes: int, *, margin: float, budget: int | None = None
) -> Verdict:
    """What limits of a difference from a confidence sequence allow one to say, at any time.

    `margin` is the difference that would not matter: limits inside it on both sides mean "equivalent".
    """
    low, high = difference
    if margin < 0 or low > high:
        raise ValueError(f"a margin of at least 0 and limits in order are needed: {margin}, {low}, {high}")
    if -margin <= low and high <= margin and margin > 0:
        return "equivalent"
    if low > 0:
        return "first better"
    if high < 0:
        return "second better"
    return "budget spent" if budget is not None and n_votes >= budget else "open"


def _votes(votes: npt.ArrayLike, bounds: tuple[float, float]) -> Floats:
    seen = np.asarray(votes, dtype=np.float64)
    if seen.ndim != 1 or not bounds[0] < bounds[1]:
        raise ValueError("votes come one after the other, and their lower bound below the upper one")
    outside = np.flatnonzero(~((seen >= bounds[0]) & (seen <= bounds[1])))
    if len(outside):
        at = int(outside[0])
        raise ValueError(f"vote {at + 1} is {seen[at]}, outside {bounds[0]} to {bounds[1]}: state its bounds")
    return seen


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")


def _sequence(value: Floats, lower: Floats, upper: Floats, level: float, method: str) -> ConfidenceSequence:
    status: Status = "ok" if len(value) else "undefined_no_votes"
    return ConfidenceSequence(value, lower, upper, level, method, len(value), status)


def _share_limit(won: Floats, count: Floats, level: float) -> Floats:
    """Lower limits: the share below s/t at which log B(s + 1, t - s + 1) - log p^s (1 - p)^(t - s) = log 1/α."""
    lost = count - won
    evidence = betaln(won + 1, lost + 1) + log(1 - level)
    low, high = np.zeros(won.shape), won / np.maximum(count, 1.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        refuted = xlogy(won, middle) + xlog1py(lost, -middle) < evidence
        low, high = np.where(refuted, middle, low), np.where(refuted, high, middle)
    return low


def _mixture_width(n: Floats, variance: float, alpha: float) -> Floats:
    """Half the width in standard deviations of one vote."""
    grown = n * variance + 1
    width: Floats = np.sqrt(2 * grown / (n * n * variance) * (np.log(grown) / 2 - log(alpha)))
    return width


def _mixture_variance(expected: int, alpha: float) -> float:
    """ρ² that makes the sequence narrowest at `expected` votes: (-W₋₁(-α² / e) - 1) / t, W₋₁ Lambert's.

    Setting the derivative by y = t ρ² of (y + 1)/y · log((y + 1)/α²) to 0 gives log((y + 1)/α²) = y.
    """
    if expected < 1:
        raise ValueError(f"the expected number of votes is at least 1, not {expected}")
    return float((-lambertw(-(alpha**2) / np.e, k=-1).real - 1) / expected)
