"""Publishing: append the event, then derive the boards that readers see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import cast

import numpy as np
from django.db import transaction
from django.utils import timezone

from evaluation.domain.estimates import Status
from evaluation.models import BenchmarkVersion, Run, Score, Task
from evaluation.selectors.layout import layout_of
from leaderboard.domain.moments import task_moments
from leaderboard.models import Board, ScoreEvent, TaskMoment
from leaderboard.selectors import published


@transaction.atomic
def publish(version: BenchmarkVersion, runs: Sequence[Run]) -> None:
    """Put scored runs on the boards of their benchmark version. Safe to repeat: each is published once."""
    version = BenchmarkVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
    events = [ScoreEvent.objects.get_or_create(run=run, kind=ScoreEvent.Kind.PUBLISHED) for run in runs]
    if any(is_new for _, is_new in events):
        derive(version)


def derive(version: BenchmarkVersion) -> None:
    """Rebuild the boards of a version from its events and scores."""
    runs = published.current_runs(version)
    for split in Score.Split.values:
        scores = Score.objects.filter(run__in=runs, split=split).select_related("task")
        by_run: dict[int, list[Score]] = defaultdict(list)
        for score in scores.defer("item_scores", "influence"):
            by_run[score.run_id].append(score)
        board, _ = Board.objects.get_or_create(
            version=version, split=split, defaults={"published_at": timezone.now()}
        )
        board.entries = [_entry(run, by_run[run.pk]) for run in runs if by_run[run.pk]]
        board.revision += 1
        board.published_at = timezone.now()
        board.save()
        _derive_moments(board, runs)


def _entry(run: Run, scores: Iterable[Score]) -> dict[str, object]:
    submission = run.submission
    assert submission.system is not None
    return {
        "id": run.pk,
        "system": submission.system.name,
        "kind": submission.system.kind,
        "mode": submission.mode,
        "submission": str(submission.pk),
        "finished_at": run.finished_at.isoformat() if run.finished_at else "",
        "scores": {
            score.task.slug: {
                "value": score.value,
                "low": score.low,
                "high": score.high,
                "n": score.n_items,
                "unparsed": score.n_unparsed,
                "status": score.status,
            }
            for score in scores
        },
    }


def _derive_moments(board: Board, runs: list[Run]) -> None:
    rows = []
    for task in Task.objects.filter(version=board.version):
        found = Score.objects.filter(run__in=runs, task=task, split=board.split).order_by("run_id")
        scores = list(found.defer("item_scores"))
        if scores:
            moments = task_moments(
                [score.run_id for score in scores],
                [score.value for score in scores],
                np.stack([np.frombuffer(score.influence, dtype="<f4") for score in scores]),
                layout_of(task).clusters_of(board.split),
                cast(list[Status], [score.status for score in scores]),
            )
            rows.append(TaskMoment(board=board, task=task, moments=moments.to_bytes()))
    TaskMoment.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["board", "task"], update_fields=["moments"]
    )
