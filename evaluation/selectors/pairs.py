"""What perturbations did to a run: its variant tasks, each against the task whose items it perturbs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from evaluation.domain import perturbation
from evaluation.domain.perturbation import Member, PairedEffect
from evaluation.models import Item, Run, Score, Submission, Task
from evaluation.selectors.shown_scores import limited_tasks


@dataclass(frozen=True)
class Compared:
    original: Task
    variant: Task
    effect: PairedEffect


def of_submission(submission: Submission) -> tuple[Compared, ...]:
    """In the order of the benchmark; nothing before the run is scored. Over private items, rounded."""
    run: Run | None = getattr(submission, "run", None)
    if run is None or run.state != Run.State.SCORED:
        return ()
    limited = limited_tasks(submission.version_id)
    return tuple(
        replace(each, effect=perturbation.limited(each.effect))
        if {each.original.pk, each.variant.pk} & limited
        else each
        for each in _of_run(run.pk, run.scoring)
    )


def told(submission: Submission) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {"original_task": each.original.slug, "variant_task": each.variant.slug, **asdict(each.effect)}
        for each in of_submission(submission)
    ]


@lru_cache(maxsize=256)
def _of_run(run_pk: int, scoring: int) -> tuple[Compared, ...]:
    """A scoring never changes, so this is kept."""
    rows = (
        Score.objects.filter(run=run_pk, split=Score.Split.ALL, scoring=scoring)
        .select_related("task")
        .order_by("task__order")
    )
    scores = {score.task.slug: score for score in rows}
    found = []
    for score in scores.values():
        original = scores.get(perturbation.original_of(score.task.options))
        if original is not None:
            found.append(Compared(original.task, score.task, _effect(original, score)))
    return tuple(found)


def _effect(original: Score, variant: Score) -> PairedEffect:
    return perturbation.effect(
        _members(original), _members(variant), _item_scores(original), _item_scores(variant)
    )


def _members(score: Score) -> list[Member]:
    rows = Item.objects.filter(task=score.task_id).order_by("position").values_list("key", "cluster")
    return [Member(key, cluster) for key, cluster in rows]


def _item_scores(score: Score) -> Any:
    return np.frombuffer(score.item_scores, dtype="<f4")
