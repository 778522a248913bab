"""What a board is made of: its entries, and the moments of its tasks, now or at a moment of the past."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import msgspec
import numpy as np
from django.db.models import Count, Sum, TextField
from django.db.models.functions import Cast

from evaluation.domain.estimates import Status
from evaluation.models import Answer, Run, Score, Task
from evaluation.selectors.layout import layout_of
from leaderboard.domain.moments import TaskMoments, task_moments
from leaderboard.domain.replay import OnBoard, anonymous_name
from leaderboard.models import Board, TaskMoment

Entry = dict[str, Any]
FIGURES = ("value", "low", "high", "status")


@dataclass(frozen=True)
class Now:
    """The board as derived; changed whenever it is derived from more events."""

    board: int
    version: int
    split: str
    revision: int
    at: datetime


@dataclass(frozen=True)
class Then:
    """The board as these runs made it. What happened later changes nothing in it."""

    version: int
    split: str
    standings: tuple[OnBoard, ...]


@dataclass(frozen=True)
class Contents:
    """Entries, one a row, and task slug → stored moments."""

    entries: Sequence[Entry]
    moments: Mapping[str, bytes]


@lru_cache(maxsize=2)
def contents(source: Now | Then) -> Contents:
    """Kept as bytes: some 2 MB for 100 systems on 87 tasks."""
    if isinstance(source, Then):
        return Contents(
            entries_of(source.standings, source.split),
            moments_of(source.version, source.split, source.standings),
        )
    stored = TaskMoment.objects.filter(board=source.board).values_list("task__slug", "moments")
    entries = Board.objects.values_list(Cast("entries", TextField()), flat=True).get(pk=source.board)
    return Contents(
        msgspec.json.decode(entries),  # a megabyte, for which json takes three times as long
        {slug: bytes(moments) for slug, moments in stored},
    )


@lru_cache(maxsize=2)
def read_moments(source: Now | Then) -> dict[str, TaskMoments]:
    """Every task's moments, ready to be added up: some 7 MB for 100 systems on 87 tasks."""
    return {slug: TaskMoments.from_bytes(stored) for slug, stored in contents(source).moments.items()}


def entries_of(standings: Sequence[OnBoard], split: str, known: Sequence[Entry] = ()) -> list[Entry]:
    """What rows are made of, by run. What `known` entries say of a run's resources is not counted again.

    An entry whose name is kept back holds nothing that tells whose it is.
    """
    counted = {entry["id"]: entry["resources"] for entry in known if not entry.get("anonymous", True)}
    runs = Run.objects.select_related("submission__system").in_bulk([one.run for one in standings])
    scores = _scores(standings, split)
    spent = resources_of([one.run for one in standings if not one.anonymous and one.run not in counted])
    return [
        _entry(runs[one.run], one, scores[one.run], {**spent, **counted}.get(one.run, {}))
        for one in standings
        if scores[one.run]
    ]


def moments_of(version: int, split: str, standings: Sequence[OnBoard]) -> dict[str, bytes]:
    """Task slug → moments of the runs that have a score there; tasks nobody has a score on are left out."""
    wanted = {one.run: one.scoring for one in standings}
    known = Score.objects.filter(run__in=wanted, split=split).values_list("pk", "run", "scoring", "task")
    by_task: dict[int, list[int]] = defaultdict(list)
    for pk, run, scoring, task in known.order_by("run_id"):
        if wanted[run] == scoring:
            by_task[task].append(pk)
    tasks = Task.objects.filter(version=version, pk__in=by_task)
    return {task.slug: _moments(task, split, by_task[task.pk]).to_bytes() for task in tasks}


def _moments(task: Task, split: str, pks: Sequence[int]) -> TaskMoments:
    scores = list(Score.objects.filter(pk__in=pks).order_by("run_id").defer("item_scores"))
    return task_moments(
        [score.run_id for score in scores],
        [score.value for score in scores],
        np.stack([np.frombuffer(score.influence, dtype="<f4") for score in scores]),
        layout_of(task).clusters_of(split),
        cast(list[Status], [score.status for score in scores]),
    )


def resources_of(runs: Sequence[int]) -> dict[int, dict[str, float]]:
    """Run → tokens and seconds of its answers, where they were recorded."""
    if not runs:
        return {}
    spent = Answer.objects.filter(run__in=runs, tokens_out__isnull=False).order_by()
    counted = spent.values("run").annotate(
        n=Count("pk"), tokens_in=Sum("tokens_in"), tokens_out=Sum("tokens_out"), ms=Sum("latency_ms")
    )
    return {
        row["run"]: {
            "answers": row["n"],
            "tokens_in": row["tokens_in"] or 0,
            "tokens_out": row["tokens_out"],
            "seconds": round((row["ms"] or 0.0) / 1000, 3),
        }
        for row in counted
    }


def _scores(standings: Sequence[OnBoard], split: str) -> dict[int, dict[str, dict[str, Any]]]:
    wanted = {one.run: one.scoring for one in standings}
    found: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    scores = Score.objects.filter(run__in=wanted, split=split).order_by("run_id", "task__order")
    for score in scores.select_related("task").defer("item_scores", "influence"):
        if wanted[score.run_id] == score.scoring:
            figures = {name: getattr(score, name) for name in FIGURES}
            found[score.run_id][score.task.slug] = {
                **figures, "n": score.n_items, "unparsed": score.n_unparsed
            }  # fmt: skip
    return found


def _entry(run: Run, standing: OnBoard, scores: Mapping[str, Any], resources: Mapping[str, float]) -> Entry:
    submission, kept_back = run.submission, standing.anonymous
    assert submission.system is not None
    return {
        "id": run.pk,
        "system": anonymous_name(submission.pk) if kept_back else submission.system.name,
        "system_key": "" if kept_back else submission.system.name_key,
        "kind": submission.system.kind,
        "mode": submission.mode,
        "submission": None if kept_back else str(submission.pk),
        "anonymous": kept_back,
        "at": standing.at.isoformat(),
        "resources": {} if kept_back else dict(resources),
        "scores": dict(scores),
    }
