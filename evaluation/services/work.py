"""Work in chunks: claim one, finish it once, score the run when the last is done.

A chunk is claimed by a conditional update and held by a lease that its worker renews. Whoever finishes
it must still hold it, so a worker that was thought dead and comes back changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from evaluation.domain import predictions
from evaluation.domain.benchmarks import Question
from evaluation.domain.metrics import Counts, metric
from evaluation.domain.queue import Abilities
from evaluation.models import Answer, Chunk, Item, Recipe, Run, Task, Worker
from evaluation.selectors import benchmarks, layout
from evaluation.services import leases, rescoring, scores, submissions

MOST_ATTEMPTS = 5  # a chunk that kills its worker so often will kill the next one too


def seen(worker: str, doing: str = "") -> None:
    """Note that a worker is alive and what it is doing."""
    Worker.objects.bulk_create(
        [Worker(name=worker, started_at=Now(), seen_at=Now(), doing=doing[:200])],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["seen_at", "doing"],
    )


def present(
    worker: str, able: Abilities, model: str, memory_used: int, tokens_a_second: float | None
) -> None:
    """Note that a worker is there, what it can run, which model it holds and how fast it is."""
    fares = {
        "queues": list(able.queues), "engines": list(able.engines), "memory": able.memory,
        "device": able.device, "model": model[:300], "memory_used": memory_used,
        "tokens_a_second": tokens_a_second, "seen_at": Now(),
    }  # fmt: skip
    Worker.objects.bulk_create(
        [Worker(name=worker, started_at=Now(), **fares)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=list(fares),
    )


def renew(worker: str) -> None:
    """Note that a worker is still at it, and renew what it holds, but for the chunk it is just committing."""
    Worker.objects.filter(name=worker).update(seen_at=Now())
    with transaction.atomic():
        held = Chunk.objects.filter(worker=worker, state=Chunk.State.LEASED).select_for_update(
            skip_locked=True
        )
        Chunk.objects.filter(pk__in=[chunk.pk for chunk in held.only("pk")]).update(
            lease_until=Now() + leases.length()
        )


def lease_holders() -> set[str]:
    """The names of all workers that hold a chunk or a pre-flight."""
    chunks = Chunk.objects.filter(state=Chunk.State.LEASED, run__state__in=Run.SERVED)
    flights = Recipe.objects.filter(lease_until__isnull=False)
    return {*chunks.values_list("worker", flat=True).distinct(), *flights.values_list("worker", flat=True)}


def free(worker: str) -> None:
    """Free what a worker holds that is known to be gone; the try counts."""
    held = Chunk.objects.filter(worker=worker, state=Chunk.State.LEASED).select_for_update(skip_locked=True)
    with transaction.atomic():
        Chunk.objects.filter(pk__in=[chunk.pk for chunk in held.only("pk")]).update(
            state=Chunk.State.FREE, lease_until=None
        )


def claim(worker: str, run: Run | None = None) -> Chunk | None:
    """The next chunk to take in or score, first come first served by run; None when there is none."""
    while (chunk := _lease_next(worker, run)) is not None and chunk.attempts > MOST_ATTEMPTS:
        fail_for_lost_workers(chunk, worker)
    return chunk


def _lease_next(worker: str, run: Run | None) -> Chunk | None:
    chosen = Q(run=run) if run else Q()
    with transaction.atomic():
        chunk = (
            Chunk.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("run__submission__version", "task")
            .filter(claimable(), chosen, run__state__in=Run.SERVED)
            .exclude(kind=Chunk.Kind.ANSWER)  # see answering.claim
            .order_by("run__queued_at", "run_id", "first_position")
            .first()
        )
        if chunk is None:
            return None
        leases.count_claim(chunk)
        now = leases.now()
        chunk.state, chunk.worker, chunk.lease_until = Chunk.State.LEASED, worker, now + leases.length()
        chunk.attempts, chunk.started_at = chunk.attempts + 1, now
        chunk.save(update_fields=["state", "worker", "lease_until", "attempts", "started_at"])
        Run.objects.filter(pk=chunk.run_id, state=Run.State.QUEUED).update(
            state=Run.State.RUNNING, started_at=now
        )
    return chunk


def there_is_work() -> bool:
    """Whether answers wait to be taken in or scored."""
    waiting = Chunk.objects.filter(claimable(), run__state__in=Run.SERVED)
    return waiting.exclude(kind=Chunk.Kind.ANSWER).exists()


def do(chunk: Chunk, worker: str) -> bool:
    """Do one claimed chunk and commit it, unless the lease was lost: whether the run is now scored."""
    if chunk.kind == Chunk.Kind.INGEST:
        _ingest(chunk, worker)
        return False
    return _score(chunk, worker)


def fail(chunk: Chunk, worker: str, code: str, message: str) -> None:
    """End a run with a cause and a remedy, if this worker still holds the chunk it failed on.

    Only scored and active runs count against a quota, so nothing is lost. A run that is scored again keeps
    the scores it has.
    """
    with transaction.atomic():
        if still_ours(chunk, worker) and not rescoring.give_up(chunk.run, message):
            Run.objects.filter(pk=chunk.run_id, state__in=Run.ACTIVE).update(
                state=Run.State.FAILED, failure_code=code, failure=message, finished_at=timezone.now()
            )


def fail_for_lost_workers(chunk: Chunk, worker: str) -> None:
    message = (
        f"The platform lost {MOST_ATTEMPTS} workers on the same {chunk.item_count} items. "
        "This is our fault and costs you nothing: press Retry; if it fails again, tell an operator."
    )
    fail(chunk, worker, "worker_lost", message)


def forget(worker: str) -> None:
    """Show a worker no more that is known to be gone."""
    Worker.objects.filter(name=worker).delete()


def shown_workers() -> set[str]:
    return set(Worker.objects.values_list("name", flat=True))


def forget_silent_workers(older_than: timedelta = timedelta(days=1)) -> None:
    Worker.objects.filter(seen_at__lt=Now() - older_than).delete()


def claimable() -> Q:
    """Chunks that nobody holds, or whose holder fell silent."""
    return Q(state=Chunk.State.FREE) | (Q(state=Chunk.State.LEASED) & leases.over())


def _ingest(chunk: Chunk, worker: str) -> None:
    """Copy every answer of the file and lay out the scoring chunks, in one transaction."""
    submission = chunk.run.submission
    version = submission.version
    index = benchmarks.item_index(version.pk)  # before COPY, which keeps the connection to itself
    with transaction.atomic():
        if not still_ours(chunk, worker):
            return
        with (
            submissions.open_file(submission) as stream,
            connection.wrap_database_errors,  # or a database that goes away looks like a fault of ours
            connection.cursor() as cursor,
            cursor.copy(
                f"COPY {Answer._meta.db_table} "
                "(run_id, position, output, confidence, tokens_in, tokens_out, latency_ms) FROM STDIN"
            ) as copy,
        ):
            for row in predictions.rows(stream, index, version=version.label):
                copy.write_row(
                    (
                        chunk.run_id,
                        row.position,
                        row.output,
                        row.confidence,
                        row.tokens_in,
                        row.tokens_out,
                        row.latency_ms,
                    )
                )
        Chunk.objects.bulk_create(_scoring_chunks(chunk.run))
        _done(chunk)


def _scoring_chunks(run: Run) -> Iterator[Chunk]:
    size = settings.CHUNK_ITEMS
    for task in Task.objects.filter(version=run.submission.version_id):
        end = task.first_position + task.item_count
        for first in range(task.first_position, end, size):
            yield Chunk(
                run=run,
                kind=Chunk.Kind.SCORE,
                task=task,
                first_position=first,
                item_count=min(size, end - first),
            )


def _score(chunk: Chunk, worker: str) -> bool:
    """Score a stretch of one task; whether that was the last of the run."""
    assert chunk.task is not None
    stretch = {"position__gte": chunk.first_position, "position__lt": chunk.first_position + chunk.item_count}
    outputs = list(
        Answer.objects.filter(run=chunk.run_id, **stretch)
        .order_by("position")
        .values_list("output", flat=True)
    )
    questions = [
        Question(chunk.task.slug, item.key, item.split, item.input, item.reference.gold, item.cluster)  # type: ignore[arg-type]
        for item in Item.objects.filter(version=chunk.task.version_id, **stretch)
        .select_related("reference")
        .order_by("position")
    ]
    options = layout.scoring_options(chunk.run, chunk.task)
    counts = metric(chunk.task.metric).count(outputs, questions, options)
    with transaction.atomic():
        locked = Run.objects.select_for_update(no_key=True, of=("self",))
        run = locked.select_related("submission").get(pk=chunk.run_id)
        if run.state not in Run.SERVED or not still_ours(chunk, worker):
            return False
        _done(chunk, counts)
        if run.state in Run.ACTIVE:
            run.done += chunk.item_count
            run.save(update_fields=["done"])
        ended = not run.chunks.exclude(state=Chunk.State.DONE).exists()
        if ended:
            rescoring.finish(run) if run.state == Run.State.SCORED else scores.finish(run)
    return ended


def still_ours(chunk: Chunk, worker: str) -> bool:
    """Whether the worker holds the chunk by the very claim that `chunk` came from; it is locked until the
    transaction ends. A worker that lost a chunk and claimed it anew holds it by the later claim alone.
    """
    held = Chunk.objects.select_for_update().filter(
        pk=chunk.pk, worker=worker, state=Chunk.State.LEASED, started_at=chunk.started_at
    )
    return held.exists()


def _done(chunk: Chunk, counts: Counts | None = None) -> None:
    chunk.state, chunk.finished_at, chunk.lease_until = Chunk.State.DONE, timezone.now(), None
    if counts is not None:
        chunk.counts = np.ascontiguousarray(counts.table, dtype="<f8").tobytes()
        chunk.unparsed = counts.unparsed.astype(np.uint8).tobytes()
    chunk.save(update_fields=["state", "finished_at", "lease_until", "counts", "unparsed"])
