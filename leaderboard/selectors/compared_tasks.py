"""Two rows of a board task by task: the paired difference with its interval, and who alone was right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy.special import stdtrit

from evaluation.domain.estimates import Floats, Status
from evaluation.domain.influence import Clusters
from evaluation.domain.intervals import LEVEL
from evaluation.domain.paired import exact_mcnemar
from evaluation.domain.rounding import step_for, to_step
from evaluation.models import Score, Task
from leaderboard.domain.difficulty import is_binary
from leaderboard.domain.drawing import side
from leaderboard.domain.moments import difference_variances, task_moments
from leaderboard.domain.table import Column, Row, Table
from leaderboard.selectors.item_scores import Behind, layouts, public_places
from leaderboard.selectors.limits import limited_columns


@dataclass(frozen=True)
class Counts:
    """Public items by who got them right, and McNemar's exact p of the two that disagree."""

    both: int
    only_first: int
    only_second: int
    neither: int
    p: float | None


@dataclass(frozen=True)
class TaskDifference:
    """First row minus second in one column; without runs behind both there is no interval."""

    column: Column
    first: float
    second: float
    difference: float
    low: float | None = None
    high: float | None = None
    counts: Counts | None = None

    @property
    def side(self) -> int:
        return side(self.low, self.high)


@dataclass(frozen=True, eq=False)
class Kept:
    """What one score holds for comparisons: (n,) each, in the split, and in all items."""

    value: float | None
    status: str
    influence: Floats
    item_scores: Floats


Stored = Mapping[tuple[int, str], Kept]  # run and task slug → score


def stored_scores(those: Sequence[Behind], tasks: Mapping[str, Task], split: str) -> Stored:
    """The scores that count of some rows, for every task. Item scores are those of all items. Two queries."""
    wanted = {each.run: each.scoring for each in those}
    rows = Score.objects.filter(run__in=wanted, task__in=list(tasks.values()), split__in={split, "all"})
    kept: dict[tuple[int, str, str], tuple[float | None, str, bytes, bytes]] = {}
    for run, slug, part, scoring, value, status, influence, items in rows.values_list(
        "run", "task__slug", "split", "scoring", "value", "status", "influence", "item_scores"
    ):
        if wanted[run] == scoring:
            kept[run, slug, part] = value, status, bytes(influence), bytes(items)
    found = {}
    for (run, slug, part), (value, status, influence, _) in kept.items():
        whole = kept.get((run, slug, "all"))
        if part == split and whole is not None:
            found[run, slug] = Kept(value, status, _floats(influence), _floats(whole[3]))
    return found


def differences(
    table: Table, tasks: Mapping[str, Task], stored: Stored, first: Row, second: Row
) -> list[TaskDifference]:
    """Of every column both rows have a value in, the largest in favour of the first row first."""
    split, version = table.slice.split, next(iter(tasks.values())).version_id if tasks else 0
    limited = limited_columns(version, split) if tasks else frozenset()
    found = []
    for column in table.columns:
        a, b = first.cells.get(column.key), second.cells.get(column.key)
        if a is None or b is None or a.value is None or b.value is None:
            continue
        gap = a.value - b.value
        task = tasks.get(column.key)
        one, other = stored.get((first.run or 0, column.key)), stored.get((second.run or 0, column.key))
        if task is None or one is None or other is None:
            found.append(TaskDifference(column, a.value, b.value, gap))
            continue
        gap, low, high = _interval(gap, one, other, _clusters(task, split), column.key in limited)
        found.append(TaskDifference(column, a.value, b.value, gap, low, high, _counts(task, one, other)))
    return sorted(found, key=lambda each: -each.difference)


def _interval(
    gap: float, one: Kept, other: Kept, clusters: Clusters | None, is_limited: bool
) -> tuple[float, float | None, float | None]:
    """The difference with its 95 % t interval, paired by item; rounded where private items are in it."""
    if one.value is None or other.value is None or len(one.influence) != len(other.influence):
        return gap, None, None
    moments = task_moments(
        [0, 1], [one.value, other.value], np.stack([one.influence, other.influence]), clusters,
        cast(list[Status], [one.status, other.status]),
    )  # fmt: skip
    variance = float(difference_variances(moments.covariance)[0, 1])
    if not variance > 0 or moments.n_clusters < 2:
        return gap, None, None
    half = float(stdtrit(moments.n_clusters - 1, (1 + LEVEL) / 2)) * variance**0.5
    if is_limited:
        step = step_for(2 * half)
        gap = to_step(gap, step)
        return gap, to_step(gap - half, step), to_step(gap + half, step)
    return gap, gap - half, gap + half


def _counts(task: Task, one: Kept, other: Kept) -> Counts | None:
    """None where scores are not right or wrong, or no item is public."""
    places = public_places(task)
    if not len(places) or len(one.item_scores) != len(other.item_scores):
        return None
    a, b = one.item_scores[places], other.item_scores[places]
    if not (is_binary(a) and is_binary(b)):
        return None
    test = exact_mcnemar(a, b)
    both = int(((a == 1) & (b == 1)).sum())
    return Counts(
        both, test.only_first, test.only_second, len(a) - both - test.only_first - test.only_second, test.p
    )


def _clusters(task: Task, split: str) -> Clusters | None:
    return layouts(task.version_id)[task.pk].clusters_of(split)


def _floats(stored: bytes) -> Floats:
    return np.frombuffer(stored, dtype="<f4").astype(np.float64)
