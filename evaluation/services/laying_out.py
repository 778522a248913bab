"""The run of an accepted recipe, cut into chunks that workers lease."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils import timezone

from evaluation.models import Chunk, Recipe, Run, Submission, Task
from evaluation.services import nudges

CHUNK_ITEMS = {Recipe.Queue.CPU: 64, Recipe.Queue.GPU: 256, Recipe.Queue.IO: 128}


def lay_out(submission: Submission, recipe: Recipe) -> Run:
    """The run of an accepted recipe, with chunks that take every task's first stretch first."""
    tasks = Task.objects.filter(version=submission.version_id)
    if recipe.task_slugs:
        tasks = tasks.filter(slug__in=recipe.task_slugs)
    run = Run.objects.create(
        submission=submission, total=sum(task.item_count for task in tasks), queued_at=timezone.now()
    )
    Chunk.objects.bulk_create(_chunks(run, list(tasks), recipe), batch_size=2000)
    nudges.models_on_commit(recipe.queue)
    return run


def _chunks(run: Run, tasks: Sequence[Task], recipe: Recipe) -> Iterator[Chunk]:
    size = CHUNK_ITEMS[Recipe.Queue(recipe.queue)]
    for task in tasks:
        for turn, first in enumerate(range(0, task.item_count, size)):
            yield Chunk(
                run=run,
                kind=Chunk.Kind.ANSWER,
                task=task,
                turn=turn,
                first_position=task.first_position + first,
                item_count=min(size, task.item_count - first),
            )
