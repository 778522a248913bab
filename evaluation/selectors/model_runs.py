"""Where a model's run is: its place in the line, how far it is, and what its first items already say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from evaluation.domain.estimates import Estimate
from evaluation.domain.influence import cluster_codes
from evaluation.domain.metrics import Counts, metric
from evaluation.domain.prompts import modes
from evaluation.models import (
    Answer,
    Chunk,
    Item,
    LogLine,
    Recipe,
    Run,
    Submission,
    Task,
    Worker,
)
from evaluation.selectors import receipts, runs
from evaluation.selectors.layout import layout_of, scoring_options

# Runs that wait in one queue, in the order of service: a person's first run, whoever
# was served longest ago first; after them the same people's later runs.
_LINE = """
SELECT run.id, submission.submitter_id,
       row_number() OVER (PARTITION BY submission.submitter_id ORDER BY run.queued_at, run.id) AS own,
       run.served_at, run.queued_at
FROM evaluation_run run
JOIN evaluation_submission submission ON submission.id = run.submission_id
JOIN evaluation_recipe recipe ON recipe.submission_id = run.submission_id
WHERE run.state IN ('queued', 'running') AND recipe.queue = %s AND EXISTS (
    SELECT FROM evaluation_chunk chunk
    WHERE chunk.run_id = run.id AND chunk.kind = 'answer' AND chunk.state IN ('free', 'leased'))
ORDER BY own, run.served_at NULLS FIRST, run.queued_at, run.id
"""


LOG_LINES = 12  # the tail shown on the page
PACE_CHUNKS = 12


@dataclass(frozen=True)
class Place:
    """Where a run stands in the line of its queue. `own_before`: earlier runs of the same person."""

    position: int  # 1 is served next
    waiting: int  # runs in the line
    own_before: int
    workers: int  # alive, that could serve it
    seconds: float | None  # until its next turn at the latest, where that can be told
    why: str


@dataclass(frozen=True)
class Pace:
    """Items answered a second of late, and the seconds left at that pace."""

    rate: float | None
    seconds_left: float | None


@dataclass(frozen=True)
class Interim:
    """What the scored public items of a task say so far; `done` of `total` public items."""

    task: Task
    estimate: Estimate
    done: int
    total: int


def page_of(submission: Submission, *, own: bool) -> dict[str, Any]:
    """What the page of a model's submission shows besides its scores; empty for a file."""
    recipe = Recipe.objects.filter(submission=submission).first()
    if recipe is None:
        return {"receipt": receipts.of_submission(submission)}
    run: Run | None = getattr(submission, "run", None)
    return {
        "recipe": recipe,
        "mode": modes.mode(recipe.mode),
        "stages": [stage for stage in Recipe.Stage if stage != Recipe.Stage.DONE],
        "nobody": "" if workers_able(recipe) else why_nobody(recipe),
        "flights_before": preflights_before(submission) if run is None else 0,
        "place": place_of(run) if run else None,
        "pace": pace_of(run) if run else None,
        "interim": interim(run) if run and own else [],
        "causes": causes_of_misses(run) if run and own else [],
        "log": list(submission.log.order_by("-pk")[:LOG_LINES])[::-1] if own else [],
        "receipt": receipts.of_submission(submission),
    }


def told(submission: Submission, *, own: bool) -> dict[str, Any]:
    """The same for programs."""
    recipe = Recipe.objects.filter(submission=submission).first()
    run: Run | None = getattr(submission, "run", None)
    receipt = receipts.of_submission(submission)
    return {
        "stage": recipe.stage if recipe else "",
        "answered": run.answered if run else 0,
        "preflight": submission.findings.get("preflight", []) if own else [],
        "canaries": submission.findings.get("canaries", []) if own else [],
        "receipt": receipt.sha256 if receipt else "",
    }


def log_of(submission: Submission) -> QuerySet[LogLine]:
    return submission.log.all()


def answers_of(run: Run, which: str = "") -> QuerySet[Answer]:
    """A run's answers by position; `which`: unread, cut (by the longest answer allowed), or all."""
    answers = Answer.objects.filter(run=run)
    if which == "unread":
        answers = answers.filter(parsed__isnull=True)
    return answers.filter(finish="length") if which == "cut" else answers


def with_items(version_pk: int, answers: Sequence[Answer]) -> list[tuple[Answer, Item]]:
    """Answers with what was asked."""
    positions = [answer.position for answer in answers]
    items = Item.objects.filter(version=version_pk, position__in=positions).select_related("task")
    by_position = {item.position: item for item in items}
    return [(answer, by_position[answer.position]) for answer in answers]


def pace_of(run: Run) -> Pace | None:
    """How fast a run is answered, from its last chunks; None before the first is done."""
    recent = list(
        run.chunks.filter(kind=Chunk.Kind.ANSWER, state=Chunk.State.DONE)
        .order_by("-finished_at")
        .values_list("item_count", "started_at", "finished_at")[:PACE_CHUNKS]
    )
    spans = [(items, start, end) for items, start, end in recent if start and end]
    if not spans or run.state not in Run.ACTIVE:
        return None
    seconds = (max(end for _, _, end in spans) - min(start for _, start, _ in spans)).total_seconds()
    rate = sum(items for items, _, _ in spans) / seconds if seconds > 0 else None
    return Pace(rate, (run.total - run.answered) / rate if rate else None)


def place_of(run: Run) -> Place | None:
    """None where the run waits for nothing."""
    recipe = Recipe.objects.filter(submission=run.submission_id).first()
    if recipe is None or run.state not in Run.ACTIVE:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_LINE, [recipe.queue])
        line = [(row[0], row[2]) for row in cursor.fetchall()]
    for position, (pk, own) in enumerate(line, start=1):
        if pk == run.pk:
            return _place(recipe, position, len(line), own - 1)
    return None


def _place(recipe: Recipe, position: int, waiting: int, own_before: int) -> Place:
    able = workers_able(recipe)
    if not able:
        return Place(position, waiting, own_before, 0, None, why_nobody(recipe))
    if own_before:
        why = _("your earlier run is served first: one run a person at a time")
        return Place(position, waiting, own_before, len(able), None, why)
    seconds = (position - 1) * settings.MODEL_TURN_SECONDS / len(able)
    why = _("after one turn each of the runs before it, at the latest")
    why = _("next in line") if position == 1 else why
    return Place(position, waiting, own_before, len(able), seconds, why)


def engines_alive() -> dict[str, int]:
    """How many workers alive have each engine."""
    return Counter(engine for worker in runs.workers_alive() for engine in worker.engines if worker.queues)


def workers_able(recipe: Recipe) -> list[Worker]:
    """Workers alive that serve its queue, have its engine and the memory it needs."""
    return [
        worker
        for worker in runs.workers_alive()
        if recipe.queue in worker.queues
        and recipe.backend in worker.engines
        and recipe.memory <= worker.memory
    ]


def why_nobody(recipe: Recipe) -> str:
    """What is missing for a recipe that no worker alive can serve."""
    alive = runs.workers_alive()
    serving = [worker for worker in alive if recipe.queue in worker.queues]
    if not alive:
        return _("no worker is running; it waits safely until one is")
    if not serving:
        served = {"queue": recipe.get_queue_display()}
        return _("no worker that is running serves models %(queue)s; it waits until one does") % served
    if not any(recipe.backend in worker.engines for worker in serving):
        engine = {"engine": recipe.backend}
        return _("no worker that is running has the engine %(engine)s; an operator can add it") % engine
    most = max(worker.memory for worker in serving)
    sizes = {"needed": f"{recipe.memory / 1e9:.0f}", "most": f"{most / 1e9:.0f}"}
    said = _(
        "it needs %(needed)s GB and the largest worker running has %(most)s GB; "
        "choose a smaller model or dtype, or wait for a larger worker"
    )
    return said % sizes


def preflights_before(submission: Submission) -> int:
    """Pre-flights that wait in the same queue and asked earlier."""
    return Recipe.objects.filter(
        queue=submission.recipe.queue,
        submission__verdict=Submission.Verdict.CHECKING,
        submission__checking_since__lt=submission.checking_since,
    ).count()


def causes_of_misses(run: Run) -> list[Any]:
    """Why items could not be answered: {code, message, items}, the commonest first."""
    return list(run.misses.values("code", "message").annotate(items=Count("pk")).order_by("-items")[:10])


def interim(run: Run) -> list[Interim]:
    """Estimates over the items scored so far, task by task; nothing once the run is scored."""
    if run.state == Run.State.SCORED or not run.done:
        return []
    return _interim(run.pk, run.done)


@lru_cache(maxsize=256)
def _interim(run_pk: int, done: int) -> list[Interim]:
    """Kept as long as nothing more is scored: everybody who looks gets the same."""
    run = Run.objects.get(pk=run_pk)
    chunks: dict[int, list[Chunk]] = {}
    for chunk in run.chunks.filter(kind=Chunk.Kind.SCORE, state=Chunk.State.DONE).order_by("first_position"):
        if chunk.task_id is not None:
            chunks.setdefault(chunk.task_id, []).append(chunk)
    tasks = Task.objects.filter(pk__in=chunks).order_by("order")
    return [found for task in tasks if (found := _estimated(run, task, chunks[task.pk]))]


def _estimated(run: Run, task: Task, chunks: list[Chunk]) -> Interim | None:
    """Of public items alone: a run can be cancelled for nothing, and must not probe the private ones."""
    tables = [
        np.frombuffer(chunk.counts or b"", dtype="<f8").reshape(chunk.item_count, -1) for chunk in chunks
    ]
    unparsed = [np.frombuffer(chunk.unparsed or b"", dtype=np.uint8).astype(bool) for chunk in chunks]
    places = np.concatenate(
        [np.arange(chunk.first_position, chunk.first_position + chunk.item_count) for chunk in chunks]
    )
    layout = layout_of(task)
    places -= task.first_position
    public = ~layout.private[places]
    if not public.any():
        return None
    clusters = cluster_codes(layout.clusters[places[public]])
    counts = Counts(np.vstack(tables)[public], np.concatenate(unparsed)[public])
    estimate = metric(task.metric).estimate(counts, scoring_options(run, task), clusters)
    return Interim(task, estimate, int(public.sum()), int((~layout.private).sum()))
