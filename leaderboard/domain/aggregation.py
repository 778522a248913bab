"""The mean of many systems over a slice of tasks, from the tasks' moments.

Any slice of tasks, under any weights, then has its own means, standard errors and intervals without
the items being read again, because tasks share no items and their covariances add.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from evaluation.domain.estimates import Floats, Status
from evaluation.domain.intervals import LEVEL
from leaderboard.domain.moments import ABSOLUTE_ZERO, Integers, TaskMoments, difference_variances


@dataclass(frozen=True)
class Incomplete:
    """A system left out of a board; the tasks are places in the slice.

    missing    tasks it has no answers to
    undefined  tasks where its estimate has no value, with the status that says why
    """

    system: int
    missing: tuple[int, ...]
    undefined: tuple[tuple[int, Status], ...]

    @property
    def n_missing(self) -> int:
        """Tasks of the slice without a value."""
        return len(self.missing) + len(self.undefined)


@dataclass(frozen=True, eq=False)
class MacroBoard:
    """The mean over a slice of tasks, for the systems that have every task of it.

    systems            ids, ascending: the order of everything below
    values             (S,) weighted means
    covariance         (S, S) of the means
    standard_errors    (S,) NaN where a task gave no variance
    df                 (S,) degrees of freedom of the variances, `pair_df` (S, S) of the differences'
    low, high          (S,) limits of the 95 % interval; NaN where not known
    incomplete         the systems left out
    n_tasks, n_items   in the slice
    """

    systems: tuple[int, ...]
    values: Floats
    covariance: Floats
    standard_errors: Floats
    df: Floats
    pair_df: Floats
    low: Floats
    high: Floats
    incomplete: tuple[Incomplete, ...]
    n_tasks: int
    n_items: int


class _Mean(NamedTuple):
    values: Floats
    covariance: Floats
    standard_errors: Floats
    df: Floats
    pair_df: Floats


def macro_average(
    moments: Sequence[TaskMoments],
    weights: Sequence[float] | None = None,
    *,
    systems: Sequence[int] | None = None,
    bounded: bool = True,
    floor: float = 0.0,
    own_intervals: Mapping[int, tuple[float, float]] | None = None,
) -> MacroBoard:
    """The mean over tasks, of the systems with a value on each of them.

    weights        one a task, positive; scaled to add up to 1. Default: all alike
    systems        restrict the board to these; the default is every system of any task
    bounded        scores run from `floor` to 1: limits are cut there. A system whose answers all scored
                   alike gets the rule-of-three limits of the smallest task, none if scores are not bounded
    own_intervals  system → the metric's own limits (Wilson, for a share), only for a slice of one task

    Tasks are independent: the covariance is Σ w² cov. Intervals are t with Satterthwaite's degrees of
    freedom (Σ w² v)² / Σ ((w² v)² / (G - 1)), G the task's clusters (Satterthwaite 1946): G - 1 for one task.
    """
    shares = _shares(len(moments), weights)
    if own_intervals is not None and len(moments) > 1:
        raise ValueError("a metric's own interval belongs to one task: this slice has more")
    wanted = sorted({name for task in moments for name in task.systems} if systems is None else set(systems))
    places = _places(moments)
    kept, without = _complete(wanted, moments, places)
    left_out = [_gaps(name, moments, places) for name in without]
    mean = _mean(kept, moments, places, shares)
    low, high = _limits(mean, bounded, floor, min(task.n_clusters for task in moments))
    for at, name in enumerate(kept):
        low[at], high[at] = (own_intervals or {}).get(name, (low[at], high[at]))
    n_items = sum(task.n_items for task in moments)
    return MacroBoard(kept, *mean, low, high, tuple(left_out), len(moments), n_items)


def means(
    moments: Sequence[TaskMoments], *, floor: float = 0.0
) -> dict[int, tuple[float, float | None, float | None]]:
    """System → mean over the tasks and its limits, as `macro_average` has them, for a column of a table: how
    systems differ is left out. Of a single task the limits are those of its mean, not the metric's own."""
    places = _places(moments)
    wanted = sorted({name for task in moments for name in task.systems})
    kept, _ = _complete(wanted, moments, places)
    at = [_indices(kept, place) for place in places]
    pairs = list(zip(moments, at, strict=True))
    values: Floats = np.mean([task.values[own] for task, own in pairs], axis=0)
    parts = np.array([np.diag(task.covariance)[own] for task, own in pairs]) / len(moments) ** 2
    square = parts.sum(axis=0)
    errors = np.sqrt(np.where(square <= ABSOLUTE_ZERO, 0.0, square))
    df = _satterthwaite(parts, np.array([task.n_clusters - 1.0 for task in moments]))
    low, high = _limits(
        _Mean(values, square, errors, df, df), True, floor, min(task.n_clusters for task in moments)
    )
    limits = [(None, None) if np.isnan(a) else (float(a), float(b)) for a, b in zip(low, high, strict=True)]
    return {name: (float(value), *pair) for name, value, pair in zip(kept, values, limits, strict=True)}


def _mean(
    kept: tuple[int, ...], moments: Sequence[TaskMoments], places: Sequence[Mapping[int, int]], shares: Floats
) -> _Mean:
    """Tasks are independent: the covariance is the sum of the tasks' own, each times its squared share.

    Task by task, so that what is worked on stays in the processor's cache.
    """
    size, degrees = len(kept), np.array([task.n_clusters - 1.0 for task in moments])
    values, own = np.zeros(size), np.empty((len(moments), size))
    covariance, apart, squares = (np.zeros((size, size)) for _ in range(3))
    for task, place, share, df, variances in zip(moments, places, shares, degrees, own, strict=True):
        at = _indices(kept, place)
        values += share * task.values[at]
        everybody = len(at) == len(task.systems) and bool((np.diff(at) == 1).all())
        part = share**2 * (task.covariance if everybody else task.covariance[np.ix_(at, at)])
        covariance += part
        variances[:] = np.diag(part)
        between = difference_variances(part)
        apart += between
        squares += between**2 / max(df, 1.0)
    square = np.diag(covariance)
    errors = np.sqrt(np.where(square <= ABSOLUTE_ZERO, 0.0, square))
    pair_df = _degrees_of(apart, squares, degrees.min())
    return _Mean(values, covariance, errors, _satterthwaite(own, degrees), pair_df)


def _satterthwaite(parts: Floats, degrees: Floats) -> Floats:
    """Of variances v by task, the first axis; a task of a single cluster has none that is known."""
    squares = np.tensordot(1 / np.maximum(degrees, 1.0), parts**2, axes=1)
    return _degrees_of(parts.sum(axis=0), squares, degrees.min())


def _degrees_of(total: Floats, squares: Floats, fewest: float) -> Floats:
    """(Σ v)² / Σ (v² / df); the fewest df of any task where nothing varies."""
    varies = squares > 0
    found: Floats = np.where(varies, total**2 / np.where(varies, squares, 1.0), fewest)
    return found


def _limits(mean: _Mean, bounded: bool, floor: float, clusters: int) -> tuple[Floats, Floats]:
    values = mean.values
    half = stdtrit(mean.df, (1 + LEVEL) / 2) * mean.standard_errors
    low, high = values - half, values + half
    alike = mean.standard_errors == 0
    if not bounded:
        low[alike] = high[alike] = np.nan
        return low, high
    # unlike items make up at most 1 - 0.05^(1/G) of a task: the limits put all of them at the floor, or at 1
    seen = (1 - LEVEL) ** (1 / max(clusters, 1))
    low = np.where(alike, floor + (values - floor) * seen, low)
    high = np.where(alike, 1 - (1 - values) * seen, high)
    return np.clip(low, floor, 1), np.clip(high, floor, 1)


def _places(moments: Sequence[TaskMoments]) -> list[Mapping[int, int]]:
    """System → its place, for each task; most tasks have the same systems and share one mapping."""
    known: dict[tuple[int, ...], Mapping[int, int]] = {}
    for task in moments:
        if task.systems not in known:
            known[task.systems] = {name: at for at, name in enumerate(task.systems)}
    return [known[task.systems] for task in moments]


def _indices(names: Sequence[int], place: Mapping[int, int]) -> Integers:
    """Places of systems, -1 for those that are not there."""
    return np.array([place.get(name, -1) for name in names], dtype=np.int64)


def _complete(
    wanted: Sequence[int], moments: Sequence[TaskMoments], places: Sequence[Mapping[int, int]]
) -> tuple[tuple[int, ...], list[int]]:
    """The systems with a value on every task, and the others."""
    whole = np.ones(len(wanted), dtype=bool)
    for task, place in zip(moments, places, strict=True):
        at = _indices(wanted, place)
        whole &= at >= 0
        whole[whole] = ~np.isnan(task.values[at[whole]])
    complete = [name for name, is_whole in zip(wanted, whole.tolist(), strict=True) if is_whole]
    return tuple(complete), [name for name, there in zip(wanted, whole.tolist(), strict=True) if not there]


def _gaps(name: int, moments: Sequence[TaskMoments], places: Sequence[Mapping[int, int]]) -> Incomplete:
    missing: list[int] = []
    undefined: list[tuple[int, Status]] = []
    for at, (task, place) in enumerate(zip(moments, places, strict=True)):
        here = place.get(name)
        if here is None:
            missing.append(at)
        elif np.isnan(task.values[here]):
            undefined.append((at, task.statuses[here]))
    return Incomplete(name, tuple(missing), tuple(undefined))


def _shares(size: int, weights: Sequence[float] | None) -> Floats:
    if not size:
        raise ValueError("a board needs at least one task: choose a wider slice")
    given = np.ones(size) if weights is None else np.array(weights, dtype=np.float64)
    if given.shape != (size,) or not np.isfinite(given).all() or (given <= 0).any():
        raise ValueError(
            f"{size} tasks need {size} positive weights: leave a task out rather than weigh it 0"
        )
    shares: Floats = given / given.sum()
    return shares
