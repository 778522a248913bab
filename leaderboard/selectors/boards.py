"""A board for any slice: the page, the API and the files all read this, so they cannot disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from django.db.models import Func, IntegerField

from evaluation.domain.benchmarks import JUDGING
from evaluation.domain.metrics import SIGNED
from evaluation.models import Benchmark, BenchmarkVersion, Score, Task
from leaderboard.domain import aggregation, order
from leaderboard.domain.moments import TaskMoments
from leaderboard.models import Board, TaskMoment

FACETS = ("language", "family", "specialty", "stage", "application", "access", "task")
SORTS = ("rank", "system", "average", "unparsed")  # or a task's slug
SEED = 20_25


@dataclass(frozen=True)
class Slice:
    """Which tasks, which items, and how the rows are sorted."""

    split: str = "all"
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()  # facet → values, any of them
    sort: str = "rank"  # rank, system, average, unparsed or a task's slug; "-" before it turns it round

    def takes(self, task: Task) -> bool:
        return all(_has(task, facet, values) for facet, values in self.chosen)


@dataclass(frozen=True)
class Row:
    """One system and mode. Scores run from 0 to 1; None where there is none."""

    system: str
    kind: str
    mode: str
    submission: str
    scores: Mapping[str, Mapping[str, Any]]  # task slug → value, low, high, n, unparsed, status
    n_items: int
    n_unparsed: int
    average: float | None = None
    low: float | None = None
    high: float | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    band: int | None = None
    missing_tasks: int = 0
    starts_band: bool = False

    @property
    def unparsed_share(self) -> float:
        return self.n_unparsed / self.n_items if self.n_items else 0.0


@dataclass(frozen=True)
class Table:
    version: BenchmarkVersion
    revision: int
    tasks: tuple[Task, ...]  # of the slice
    facets: Mapping[str, tuple[str, ...]]  # every value there is, for the filters
    rows: tuple[Row, ...]
    slice: Slice
    order_method: str

    @property
    def has_bands(self) -> bool:
        """Whether the data separate anybody at all."""
        return any((row.band or 1) > 1 for row in self.rows)

    @property
    def labelled_by(self) -> str:
        """On a board of judges: with whose labels the judges agree; empty where tasks of other kinds are."""
        if not self.tasks or any(task.family not in JUDGING for task in self.tasks):
            return ""
        return ", ".join(sorted({task.options.get("labelled_by", "physicians") for task in self.tasks}))


def versions_with_boards() -> list[tuple[BenchmarkVersion, int]]:
    """Current versions with the number of systems on each board, by name."""
    current = Benchmark.objects.exclude(current=None).values("current")
    versions = BenchmarkVersion.objects.filter(pk__in=current).select_related("benchmark").order_by("name")
    length = Func("entries", function="jsonb_array_length", output_field=IntegerField())
    counted = Board.objects.filter(split="all", version__in=current).annotate(systems=length)
    systems = dict(counted.values_list("version", "systems"))
    return [(version, systems.get(version.pk, 0)) for version in versions]


def table(slug: str, wanted: Slice) -> Table | None:
    """The board of a benchmark's current version over a slice; None where there is no such benchmark.

    Filter values and sort keys that this board does not have are ignored; `Table.slice` is what was used.
    """
    benchmark = Benchmark.objects.select_related("current__benchmark").filter(slug=slug).first()
    if benchmark is None or benchmark.current is None:
        return None
    every_task = _tasks_of(benchmark.current.pk)
    facets = _facets(every_task)
    wanted = replace(wanted, chosen=_existing(wanted.chosen, facets))
    tasks = tuple(task for task in every_task if wanted.takes(task))
    board = Board.objects.filter(version=benchmark.current, split=wanted.split).only("pk", "revision").first()
    revision = board.revision if board else 0
    ranked = _ranked(board.pk, revision, tasks) if board else _Ranked(tasks, (), "")
    wanted = replace(wanted, sort=_known_sort(wanted.sort, ranked.tasks))
    rows = _sorted(ranked.rows, wanted.sort)
    return Table(benchmark.current, revision, ranked.tasks, facets, rows, wanted, ranked.method)


@dataclass(frozen=True)
class _Ranked:
    """The rows of a slice in no order yet: sorting is cheap, ranking is not."""

    tasks: tuple[Task, ...]
    rows: tuple[Row, ...]
    method: str


@lru_cache(maxsize=64)
def _tasks_of(version_pk: int) -> tuple[Task, ...]:
    """A version never changes, so this is kept."""
    return tuple(Task.objects.filter(version=version_pk))


@lru_cache(maxsize=256)
def _ranked(board_pk: int, revision: int, tasks: tuple[Task, ...]) -> _Ranked:
    """Kept for a revision of the board and a choice of tasks, whatever words of a URL led to it."""
    entries = Board.objects.get(pk=board_pk).entries
    stored = list(
        TaskMoment.objects.filter(board=board_pk, task__in=tasks)
        .select_related("task")
        .order_by("task__order")
    )
    if stored:  # a task without items in this split has no moments, for anybody
        tasks = tuple(moment.task for moment in stored)
    rows, method = _rows(stored, entries, tasks)
    return _Ranked(tasks, tuple(rows), method)


def _existing(
    chosen: tuple[tuple[str, tuple[str, ...]], ...], facets: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Of the chosen values those that any task has."""
    there = [(facet, tuple(value for value in values if value in facets[facet])) for facet, values in chosen]
    return tuple((facet, values) for facet, values in there if values)


def _known_sort(sort: str, tasks: Sequence[Task]) -> str:
    known = {*SORTS, *(task.slug for task in tasks)}
    return sort if sort.removeprefix("-") in known else Slice.sort


def _rows(
    stored: Sequence[TaskMoment], entries: Sequence[Any], tasks: tuple[Task, ...]
) -> tuple[list[Row], str]:
    moments = [TaskMoments.from_bytes(bytes(moment.moments)) for moment in stored]
    if not moments:
        return [], ""
    own = _own_intervals(entries, tasks, len(moments))
    signed = any(moment.task.metric in SIGNED for moment in stored)
    board = aggregation.macro_average(moments, own_intervals=own, floor=-1.0 if signed else 0.0)
    ranks = (
        order.rank_ranges(board.values, board.covariance, board.pair_df, seed=SEED) if board.systems else None
    )
    place = {run: at for at, run in enumerate(board.systems)}
    missing = {gap.system: gap.n_missing for gap in board.incomplete}
    rows = []
    for entry in entries:
        at = place.get(entry["id"])
        measured = {} if at is None or ranks is None else _measured(board, ranks, at)
        rows.append(_row(entry, tasks, missing.get(entry["id"], 0), measured))
    return rows, ranks.method if ranks else ""


def _measured(board: aggregation.MacroBoard, ranks: order.RankRanges, at: int) -> dict[str, Any]:
    return {
        "average": float(board.values[at]),
        "low": _known(board.low[at]),
        "high": _known(board.high[at]),
        "rank_low": int(ranks.low[at]),
        "rank_high": int(ranks.high[at]),
        "band": int(ranks.band[at]),
    }


def _row(entry: Any, tasks: tuple[Task, ...], missing: int, measured: dict[str, Any]) -> Row:
    scores = {task.slug: entry["scores"][task.slug] for task in tasks if task.slug in entry["scores"]}
    return Row(
        system=entry["system"],
        kind=entry["kind"],
        mode=entry["mode"],
        submission=entry["submission"],
        scores=scores,
        n_items=sum(score["n"] for score in scores.values()),
        n_unparsed=sum(score["unparsed"] for score in scores.values()),
        missing_tasks=missing,
        **measured,
    )


def _own_intervals(
    entries: Sequence[Any], tasks: tuple[Task, ...], n_tasks: int
) -> dict[int, tuple[float, float]] | None:
    """On a board of one task the metric's own interval is shown (Wilson, for a share)."""
    if n_tasks != 1:
        return None
    scores = {entry["id"]: entry["scores"].get(tasks[0].slug) for entry in entries if len(tasks) == 1}
    return {run: (s["low"], s["high"]) for run, s in scores.items() if s and s["low"] is not None}


def _sorted(rows: Sequence[Row], sort: str) -> tuple[Row, ...]:
    key = sort.removeprefix("-")
    named = sorted(rows, key=lambda row: (row.system.casefold(), row.mode))
    if key == "system":
        return tuple(reversed(named) if sort.startswith("-") else named)
    if key != "rank":
        known = [row for row in named if _value(row, key) is not None]
        known.sort(key=lambda row: _value(row, key) or 0.0, reverse=not sort.startswith("-"))
        return (*known, *(row for row in named if _value(row, key) is None))
    banded = sorted(named, key=lambda row: (row.band is None, row.band or 0))
    if sort.startswith("-"):
        banded.sort(key=lambda row: (row.band is None, -(row.band or 0)))
    return tuple(
        replace(row, starts_band=at > 0 and row.band != banded[at - 1].band) for at, row in enumerate(banded)
    )


def _value(row: Row, key: str) -> float | None:
    if key == "average":
        return row.average
    if key == "unparsed":
        return row.unparsed_share
    value: float | None = row.scores.get(key, {}).get("value")
    return value


def _facets(tasks: Sequence[Task]) -> dict[str, tuple[str, ...]]:
    return {
        facet: tuple(sorted({value for task in tasks for value in _values(task, facet)})) for facet in FACETS
    }


def _has(task: Task, facet: str, values: tuple[str, ...]) -> bool:
    return not set(values).isdisjoint(_values(task, facet))


def _values(task: Task, facet: str) -> list[str]:
    if facet == "specialty":
        return list(task.specialty)
    value = task.slug if facet == "task" else getattr(task, facet)
    return [value] if value else []


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


SPLITS = tuple(Score.Split.values)
