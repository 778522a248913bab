"""From the counted chunks of a run to its scores, all in the transaction of the last chunk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from django.utils import timezone

from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import Counts, metric
from evaluation.models import Chunk, Run, Score, Task
from evaluation.selectors.layout import layout_of, scoring_options


def finish(run: Run) -> None:
    """Write every task's score over all, public and private items, and mark the run scored."""
    write(run)
    run.state, run.finished_at = Run.State.SCORED, timezone.now()
    run.save(update_fields=["state", "finished_at"])


def write(run: Run) -> None:
    """Scores of every counted task, under the run's scoring."""
    Score.objects.bulk_create(
        _score_row(run, task, split, estimate)
        for task in tasks_of(run)
        for split, estimate in _estimates(run, task)
    )


def tasks_of(run: Run) -> list[Task]:
    """Every task of the benchmark, or those a model was asked to run."""
    scored = run.chunks.filter(kind=Chunk.Kind.SCORE).values("task")
    return list(Task.objects.filter(pk__in=scored))


def _estimates(run: Run, task: Task) -> Iterator[tuple[str, Estimate]]:
    counts, layout = _stacked(run, task), layout_of(task)
    rule, options = metric(task.metric), scoring_options(run, task)
    for split in Score.Split.values:
        mask = layout.mask(split)
        if mask.any():
            chosen = Counts(counts.table[mask], counts.unparsed[mask])
            yield split, rule.estimate(chosen, options, layout.clusters_of(split))


def _stacked(run: Run, task: Task) -> Counts:
    chunks = run.chunks.filter(task=task, kind=Chunk.Kind.SCORE).order_by("first_position")
    tables, unparsed = [], []
    for chunk in chunks:
        tables.append(np.frombuffer(chunk.counts or b"", dtype="<f8").reshape(chunk.item_count, -1))
        unparsed.append(np.frombuffer(chunk.unparsed or b"", dtype=np.uint8).astype(bool))
    return Counts(np.vstack(tables), np.concatenate(unparsed))


def _score_row(run: Run, task: Task, split: str, estimate: Estimate) -> Score:
    return Score(
        run=run,
        task=task,
        split=split,
        scoring=run.scoring,
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
