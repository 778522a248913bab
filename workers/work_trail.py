"""Lines written while something is served say which run it is of, and which upload it began with."""

from __future__ import annotations

from contextlib import AbstractContextManager

from evaluation.models import Chunk, Recipe, Run
from telemetry import trail


def of_chunk(chunk: Chunk, worker: str) -> AbstractContextManager[None]:
    submission = chunk.run.submission
    return trail.following(
        run=chunk.run_id, submission=submission.pk, request=submission.request_id, worker=worker
    )


def of_run(run: Run) -> AbstractContextManager[None]:
    return trail.following(run=run.pk, submission=run.submission_id, request=run.submission.request_id)


def of_preflight(recipe: Recipe, worker: str) -> AbstractContextManager[None]:
    submission = recipe.submission
    return trail.following(submission=submission.pk, request=submission.request_id, worker=worker)
