"""What each item of a task earned each system: public items only, because these are what pages show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import BinaryField, F, Func, Value

from evaluation.models import Item, Score, Task
from evaluation.selectors.layout import Layout
from leaderboard.domain.table import Row, Table
from leaderboard.selectors.standing import Standing, shown_of, standings

Scores = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Behind:
    """A row of a board that has a run behind it which may be looked at."""

    row: Row
    run: int
    scoring: int
    named: bool


@dataclass(frozen=True, eq=False)
class ItemTable:
    """Public items of a task: `places` (n,) in the task, `scores` (S, n), `runs` (S,) in their order."""

    places: Places
    scores: Scores
    runs: tuple[int, ...]


def behind(table: Table) -> list[Behind]:
    """The rows of a board with a run that is shown, in the order of the board. One query."""
    return behind_rows(table.rows, table)


def behind_rows(rows: Sequence[Row], table: Table) -> list[Behind]:
    found: Mapping[int, Standing] = standings(
        (row.run for row in rows if row.run is not None), table.slice.as_of
    )
    made = []
    for row in rows:
        standing = shown_of(found, row.run)
        if standing is not None and row.run is not None:
            made.append(Behind(row, row.run, standing.scoring, standing.named and not row.anonymous))
    return made


def public_scores(task: Task, those: Sequence[Behind]) -> ItemTable:
    """Scores of the public items, of the systems that have this task."""
    return _public_scores(task, tuple((each.run, each.scoring) for each in those))


@lru_cache(maxsize=32)
def _public_scores(task: Task, those: tuple[tuple[int, int], ...]) -> ItemTable:
    """Scores of a scoring never change, and neither do items: kept."""
    places = public_places(task)
    wanted = dict(those)
    rows = Score.objects.filter(task=task, split=Score.Split.ALL, run__in=wanted)
    stored = {
        run: np.frombuffer(bytes(scores), dtype="<f4")
        for run, scoring, scores in rows.values_list("run", "scoring", "item_scores")
        if wanted[run] == scoring
    }
    runs = tuple(run for run, _ in those if run in stored)
    scores = np.stack([stored[run][places] for run in runs]) if runs else np.empty((0, len(places)))
    return ItemTable(places, scores.astype(np.float64), runs)


def public_places(task: Task) -> Places:
    """(n,) places in the task, from 0, of its public items."""
    return np.flatnonzero(~layouts(task.version_id)[task.pk].private)


@lru_cache(maxsize=8)
def layouts(version_pk: int) -> dict[int, Layout]:
    """Task → how its items lie, for a whole version in one query. A version never changes: kept."""
    by_task: dict[int, list[tuple[str, bool]]] = {}
    rows = Item.objects.filter(version=version_pk).order_by("position")
    for task, cluster, split, position in rows.values_list("task", "cluster", "split", "position"):
        by_task.setdefault(task, []).append((cluster or f"\0{position}", split == "private"))
    return {
        task: Layout(
            np.array([private for _, private in items], dtype=bool),
            np.unique(np.array([name for name, _ in items]), return_inverse=True)[1].astype(np.int64),
        )
        for task, items in by_task.items()
    }


def scores_at(task: Task, place: int, those: Sequence[Behind]) -> dict[int, float]:
    """Run → what one item earned it; only four bytes of each vector are read."""
    wanted = {each.run: each.scoring for each in those}
    four: Any = Func(
        F("item_scores"), Value(4 * place + 1), Value(4), function="substring", output_field=BinaryField()
    )
    rows = Score.objects.filter(task=task, split=Score.Split.ALL, run__in=wanted).annotate(four=four)
    return {
        run: float(np.frombuffer(bytes(stored), dtype="<f4")[0])
        for run, scoring, stored in rows.values_list("run", "scoring", "four")
        if wanted[run] == scoring and len(stored) == 4
    }
