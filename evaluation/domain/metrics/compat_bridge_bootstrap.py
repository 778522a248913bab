"""The figure BRIDGE reports: the mean of 1,000 bootstrap values, with the t interval of that mean.

Published: resample the items with replacement 1,000 times, report the mean of the 1,000 values and
mean ± t(0.975, 999) · sd / √1000. That interval says how well 1,000 resamples pin down their own mean. It
shrinks with the number of resamples, not of items, and is √1000, about 30, times narrower than a 95 %
interval of the score: it covers the score of the next such items almost never. The reported value also
carries noise of sd / √1000 that the plain score does not have. Consilium's own metrics therefore give the
plain score with a jackknife or Wilson interval, and these figures only for comparison with the published
board; the plain score, its interval and the bootstrap's percentile interval stand beside them in `parts`.

Only the published distribution can be reproduced, not its digits: the code seeds numpy's global generator
with 42 once and then draws for all models and tasks in turn, and picks random labels from a Python set,
whose order changes from run to run. Here each task has a generator of its own, seeded with 42, and the
resamples are drawn from the counts of equal items, so that neither the order of the items nor that of
other tasks matters.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
from scipy.special import stdtrit

from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.intervals import Sums

RESAMPLES = 1000
SEED = 42

_CELLS_AT_ONCE = 1 << 22


def resample(table: Floats, f: Sums) -> Floats:
    """(1000,) values of f at the column sums of `table` (n, k) with its rows drawn with replacement.

    How often each distinct row is drawn is multinomial: a task of yes and no answers costs the same
    whatever its size.
    """
    rows, sizes = np.unique(table, axis=0, return_counts=True)
    generator = np.random.default_rng(SEED)
    values = np.empty(RESAMPLES)
    step = max(1, _CELLS_AT_ONCE // len(rows))
    for start in range(0, RESAMPLES, step):
        stop = min(start + step, RESAMPLES)
        drawn = generator.multinomial(len(table), sizes / len(table), size=stop - start)
        values[start:stop] = f(drawn @ rows)
    return values


def as_reported(plain: Estimate, table: Floats, f: Sums) -> Estimate:
    """The plain estimate with BRIDGE's value and interval; `f` of column sums must be defined everywhere.

    parts gain plain, plain_low, plain_high, percentile_low, percentile_high. An estimate without an
    interval of its own gets none.
    """
    if plain.value is None:
        return plain
    values = resample(table, f)
    mean = float(values.mean())
    parts = {**plain.parts, "plain": plain.value}
    if plain.low is None or plain.high is None:
        return replace(plain, value=mean, parts=parts)
    half = float(stdtrit(RESAMPLES - 1, 0.975) * values.std(ddof=1) / sqrt(RESAMPLES))
    low, high = np.percentile(values, [2.5, 97.5])
    parts |= {"plain_low": plain.low, "plain_high": plain.high}
    parts |= {"percentile_low": float(low), "percentile_high": float(high)}
    return replace(
        plain, value=mean, low=mean - half, high=mean + half, interval="bootstrap mean t", parts=parts
    )


def share(sums: Floats) -> Floats:
    """(m, 2) sums of scores and of ones → (m,) means."""
    means: Floats = sums[:, 0] / sums[:, 1]
    return means


def with_ones(scores: Floats) -> Floats:
    """(n,) scores → the (n, 2) table whose sums `share` divides."""
    return np.stack([scores, np.ones(len(scores))], axis=1)


def f1(sums: Floats) -> Floats:
    """(m, 3) hits, false, missed → (m,) F1; 0 where nothing was found and nothing was to be found."""
    hits, false, missed = sums.T
    below = 2 * hits + false + missed
    scores: Floats = np.divide(2 * hits, below, out=np.zeros(len(sums)), where=below > 0)
    return scores
