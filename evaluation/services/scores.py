"""From the counted chunks of a run to its scores, all in the transaction of the last chunk."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import Counts, metric
from evaluation.models import Chunk, Item, Run, Score, Task

Splits = dict[str, npt.NDArray[np.bool_]]


def finish(run: Run) -> None:
    """Write every task's score over all, public and private items, and mark the run scored."""
    scores = [
        _score_row(run, task, split, estimate)
        for task in Task.objects.filter(version=run.submission.version_id)
        for split, estimate in _estimates(run, task)
    ]
    Score.objects.bulk_create(scores)
    run.state, run.finished_at = Run.State.SCORED, timezone.now()
    run.save(update_fields=["state", "finished_at"])


def _estimates(run: Run, task: Task) -> list[tuple[str, Estimate]]:
    counts = _stacked(run, task)
    rule, options = metric(task.metric), task.options | {"language": task.language}
    private, clusters = _layout(task)
    everything = np.ones(len(private), dtype=bool)
    masks: Splits = {"all": everything, "public": ~private, "private": private}
    return [
        (
            split,
            rule.estimate(
                Counts(counts.table[mask], counts.unparsed[mask]),
                options,
                None if clusters is None else clusters[mask],
            ),
        )
        for split, mask in masks.items()
        if mask.any()
    ]


def _stacked(run: Run, task: Task) -> Counts:
    chunks = run.chunks.filter(task=task, kind=Chunk.Kind.SCORE).order_by("first_position")
    tables, unparsed = [], []
    for chunk in chunks:
        tables.append(np.frombuffer(chunk.counts or b"", dtype="<f8").reshape(chunk.item_count, -1))
        unparsed.append(np.frombuffer(chunk.unparsed or b"", dtype=np.uint8).astype(bool))
    return Counts(np.vstack(tables), np.concatenate(unparsed))


def _layout(task: Task) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64] | None]:
    """Which items are private, and the cluster code of each (None when no two items share a source)."""
    rows = list(
        Item.objects.filter(task=task).order_by("position").values_list("split", "cluster", "position")
    )
    private = np.array([split == "private" for split, _, _ in rows])
    names = [cluster or f"\0{position}" for _, cluster, position in rows]
    codes = np.unique(names, return_inverse=True)[1].astype(np.int64)
    return private, codes if codes.max(initial=-1) + 1 < len(rows) else None


def _score_row(run: Run, task: Task, split: str, estimate: Estimate) -> Score:
    return Score(
        run=run,
        task=task,
        split=split,
        metric=estimate.metric,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        status=estimate.status,
        interval=estimate.interval,
        n_items=estimate.n_items,
        n_unparsed=estimate.n_unparsed,
        parts=dict(estimate.parts),
        item_scores=estimate.item_scores.astype("<f4").tobytes(),
        influence=estimate.influence.astype("<f4").tobytes(),
    )
