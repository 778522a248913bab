"""Chunks to be answered by a model: fair between people, kept as they come, answered exactly once.

A person's runs are answered one after another; between people whoever was served longest ago comes next.
What a model answered is appended every few seconds by whoever holds the chunk's lease, so a worker that dies
costs seconds of work and nothing is ever answered twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Count, F, Max, QuerySet
from django.utils import timezone

from evaluation.domain.asking import Failure, Solved
from evaluation.domain.queue import Abilities
from evaluation.domain.storable import storable, storable_json
from evaluation.models import Answer, Chunk, Miss, Run, Submission
from evaluation.services import admission, leases, nudges, work

MOST_TRIES = 3  # in vain, of a chunk in which items failed in passing

# A person's earliest run for such a worker; then who was served longest ago; then the turn in the run.
_CLAIM = """
WITH first AS (
    SELECT DISTINCT ON (submission.submitter_id) run.id, run.served_at, run.queued_at
    FROM evaluation_run run
    JOIN evaluation_submission submission ON submission.id = run.submission_id
    JOIN evaluation_recipe recipe ON recipe.submission_id = run.submission_id
    WHERE run.state IN ('queued', 'running') AND recipe.queue = ANY(%(queues)s)
      AND recipe.backend = ANY(%(engines)s) AND recipe.memory <= %(memory)s AND EXISTS (
        SELECT FROM evaluation_chunk chunk
        WHERE chunk.run_id = run.id AND chunk.kind = 'answer' AND chunk.state IN ('free', 'leased'))
    ORDER BY submission.submitter_id, run.queued_at, run.id
)
SELECT chunk.id
FROM evaluation_chunk chunk
JOIN first ON first.id = chunk.run_id
WHERE chunk.kind = 'answer'
  AND (chunk.state = 'free' OR chunk.state = 'leased' AND chunk.lease_until < now())
  AND (%(run)s::bigint IS NULL OR chunk.run_id = %(run)s)
  AND (NOT %(untried)s OR chunk.attempts = 0)
ORDER BY first.served_at NULLS FIRST, first.queued_at, chunk.turn, chunk.first_position
LIMIT 1
FOR NO KEY UPDATE OF chunk SKIP LOCKED
"""


class Kept(NamedTuple):
    """An answer to be kept: the item's position, what was solved, and what was read from it."""

    position: int
    solved: Solved
    parsed: Any


def claim(worker: str, able: Abilities, run: Run | None = None, *, untried: bool = False) -> Chunk | None:
    """The next chunk this worker can answer, of `run` where given, and `untried` so far; None when there is
    none."""
    while (chunk := _lease_next(worker, able, run, untried)) is not None and (
        chunk.attempts > work.MOST_ATTEMPTS and tries_in_vain(chunk) > work.MOST_ATTEMPTS
    ):
        work.fail_for_lost_workers(chunk, worker)
    return chunk


def tries_in_vain(chunk: Chunk) -> int:
    """Tries of a chunk since the last that brought an answer: workers may be restarted at any time."""
    return chunk.attempts - (_answers(chunk).aggregate(last=Max("attempt"))["last"] or 0)


def waiting_queues() -> set[str]:
    """Queues in which chunks wait to be answered."""
    waiting = Chunk.objects.filter(
        work.claimable(), kind=Chunk.Kind.ANSWER, run__state__in=Run.ACTIVE
    ).values_list("run__submission__recipe__queue", flat=True)
    return set(waiting.distinct())


def others_wait(able: Abilities, run: Run) -> bool:
    """Whether somebody else's run waits for such a worker."""
    return (
        Chunk.objects.filter(
            work.claimable(),
            kind=Chunk.Kind.ANSWER,
            run__state__in=Run.ACTIVE,
            run__submission__recipe__queue__in=able.queues,
            run__submission__recipe__backend__in=able.engines,
            run__submission__recipe__memory__lte=able.memory,
        )
        .exclude(run__submission__submitter=run.submission.submitter_id)
        .exists()
    )


def still_wanted(run_id: int) -> bool:
    return Run.objects.filter(pk=run_id, state__in=Run.ACTIVE).exists()


def keep(chunk: Chunk, worker: str, answers: Sequence[Kept]) -> bool:
    """Append answers and count them; False, with nothing kept, where the lease was lost."""
    with transaction.atomic():
        if not work.still_ours(chunk, worker):
            return False
        if answers:
            _copy(chunk, answers)
            answered = [kept.position for kept in answers]
            if (missed := Miss.objects.filter(run=chunk.run_id, position__in=answered)).exists():
                missed.delete()
            Run.objects.filter(pk=chunk.run_id).update(answered=F("answered") + len(answers))
    return True


def finish(chunk: Chunk, worker: str, misses: Sequence[tuple[int, Failure]]) -> None:
    """End a chunk: done and to be scored, or free again, or held back with what failed for good."""
    with transaction.atomic():
        run = Run.objects.select_for_update(no_key=True).get(pk=chunk.run_id)
        if not work.still_ours(chunk, worker):
            return
        if misses:
            _note(chunk, misses)
        lasting = [failure for _, failure in misses if not failure.passing]
        if _answers(chunk).count() == chunk.item_count:
            _done(chunk)
        else:
            _put_by(chunk, for_good=bool(lasting) or tries_in_vain(chunk) >= MOST_TRIES)
        if len(lasting) == chunk.item_count and len({failure.code for failure in lasting}) == 1:
            _end(run, lasting[0].code, lasting[0].message)  # the next chunk would fare no better
        elif _only_held_are_left(run):
            _end(run, "items_failed", _what_failed(run))


def release(chunk: Chunk, worker: str) -> None:
    """Give a chunk back that was stopped in the middle; what was kept stays kept."""
    with transaction.atomic():
        if work.still_ours(chunk, worker):
            chunk.attempts = max(chunk.attempts - 1, 0)
            chunk.state, chunk.lease_until = Chunk.State.FREE, None
            chunk.save(update_fields=["state", "lease_until", "attempts"])


@transaction.atomic
def count_missing_as_wrong(submission: Submission) -> int:
    """Let a run that failed on some items be scored: how many then count as wrong, 0 where it cannot be.

    For items that will never be answered, such as one that is longer than the model's window.
    """
    admission.spend_quota(submission.submitter, submission.version)
    run = (
        Run.objects.select_for_update(no_key=True)
        .filter(submission=submission, state=Run.State.FAILED, failure_code="items_failed")
        .first()
    )
    if run is None:
        return 0
    given_up = 0
    for chunk in run.chunks.filter(kind=Chunk.Kind.ANSWER, state=Chunk.State.HELD).select_for_update():
        answered = set(_answers(chunk).values_list("position", flat=True))
        missing = set(range(chunk.first_position, chunk.first_position + chunk.item_count)) - answered
        _copy(chunk, [Kept(position, Solved("", finish="failed"), None) for position in sorted(missing)])
        given_up += len(missing)
        _done(chunk)
    run.state, run.answered, run.finished_at = Run.State.RUNNING, run.answered + given_up, None
    run.failure = run.failure_code = ""
    run.save(update_fields=["state", "answered", "failure", "failure_code", "finished_at"])
    return given_up


def give_back_after_fault(chunk: Chunk, worker: str) -> None:
    """Put a chunk off that its model could not serve for the moment, by one lease; the try counts."""
    with transaction.atomic():
        if work.still_ours(chunk, worker):
            _put_by(chunk, for_good=False)


def _lease_next(worker: str, able: Abilities, run: Run | None, untried: bool) -> Chunk | None:
    with transaction.atomic(), connection.cursor() as cursor:
        values: dict[str, Any] = {
            "queues": list(able.queues), "engines": list(able.engines), "memory": able.memory,
            "run": run.pk if run else None, "untried": untried,
        }  # fmt: skip
        cursor.execute(_CLAIM, values)
        row = cursor.fetchone()
        if row is None:
            return None
        chunk = Chunk.objects.select_related(
            "run__submission__version", "run__submission__recipe", "task"
        ).get(pk=row[0])
        leases.count_claim(chunk)
        now = leases.now()
        chunk.state, chunk.worker = Chunk.State.LEASED, worker
        chunk.lease_until, chunk.started_at = now + leases.length(), now
        chunk.attempts += 1
        chunk.save(update_fields=["state", "worker", "lease_until", "attempts", "started_at"])
        Run.objects.filter(pk=chunk.run_id).update(served_at=now)
        Run.objects.filter(pk=chunk.run_id, state=Run.State.QUEUED).update(
            state=Run.State.RUNNING, started_at=now
        )
    return chunk


def _copy(chunk: Chunk, answers: Sequence[Kept]) -> None:
    columns = "run_id, position, output, tokens_in, tokens_out, latency_ms, finish, parsed, attempt, record"
    with (
        connection.wrap_database_errors,  # or a database that goes away looks like a fault of ours
        connection.cursor() as cursor,
        cursor.copy(f"COPY {Answer._meta.db_table} ({columns}) FROM STDIN") as copy,
    ):
        for position, solved, parsed in answers:
            copy.write_row(
                (
                    chunk.run_id, position, storable(solved.output), solved.tokens_in, solved.tokens_out,
                    solved.latency_ms, solved.finish, None if parsed is None else _json(parsed),
                    chunk.attempts, _json(dict(solved.record)),
                )
            )  # fmt: skip


def _json(value: Any) -> str:
    return json.dumps(storable_json(value), ensure_ascii=False, allow_nan=False)


def _note(chunk: Chunk, misses: Sequence[tuple[int, Failure]]) -> None:
    now = timezone.now()
    before = dict(
        Miss.objects.filter(run=chunk.run_id, position__in=[position for position, _ in misses]).values_list(
            "position", "attempts"
        )
    )
    rows = [
        Miss(
            run_id=chunk.run_id, position=position, code=failure.code[:40], message=storable(failure.message),
            attempts=before.get(position, 0) + 1, at=now,
        )
        for position, failure in misses
    ]  # fmt: skip
    Miss.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["run", "position"],
        update_fields=["code", "message", "attempts", "at"],
    )


def _answers(chunk: Chunk) -> QuerySet[Answer]:
    end = chunk.first_position + chunk.item_count
    return Answer.objects.filter(run=chunk.run_id, position__gte=chunk.first_position, position__lt=end)


def _done(chunk: Chunk) -> None:
    chunk.state, chunk.lease_until, chunk.finished_at = Chunk.State.DONE, None, timezone.now()
    chunk.save(update_fields=["state", "lease_until", "finished_at"])
    Chunk.objects.create(
        run_id=chunk.run_id,
        kind=Chunk.Kind.SCORE,
        task_id=chunk.task_id,
        first_position=chunk.first_position,
        item_count=chunk.item_count,
        turn=chunk.turn,
    )
    nudges.scoring_on_commit()


def _put_by(chunk: Chunk, *, for_good: bool) -> None:
    """Hold a chunk back until Retry, or put it off by one lease, so that what failed in passing may pass."""
    chunk.worker, chunk.lease_until = "", None if for_good else leases.now() + leases.length()
    chunk.state = Chunk.State.HELD if for_good else Chunk.State.LEASED
    chunk.save(update_fields=["state", "worker", "lease_until"])


def _only_held_are_left(run: Run) -> bool:
    unfinished = run.chunks.filter(kind=Chunk.Kind.ANSWER).exclude(state=Chunk.State.DONE)
    return set(unfinished.values_list("state", flat=True)) == {Chunk.State.HELD.value}


def _what_failed(run: Run) -> str:
    """How much could not be answered, and the commonest cause."""
    causes = run.misses.values("code", "message").annotate(items=Count("pk")).order_by("-items")
    worst = causes.first()
    left = run.total - run.answered
    text = f"{left:,} of {run.total:,} items could not be answered"
    if worst is not None:
        text += f", {worst['items']:,} of them because: {worst['message']}"
    return text


def _end(run: Run, code: str, text: str) -> None:
    if run.state not in Run.ACTIVE:
        return
    run.state, run.failure_code, run.finished_at = Run.State.FAILED, code[:40], timezone.now()
    run.failure = (
        f"{text.rstrip('.')}. What was answered is kept: Retry asks only what is missing, and costs nothing."
    )
    run.save(update_fields=["state", "failure_code", "failure", "finished_at"])
