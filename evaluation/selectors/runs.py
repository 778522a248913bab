"""Submissions and runs as their people see them: where they are, what is ahead, what went wrong."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Role, User
from evaluation.domain import queue
from evaluation.models import Chunk, Rescoring, Run, Score, Submission, Worker

RECENT_CHUNKS = 40


@dataclass(frozen=True)
class Status:
    """Where a submission is. Times in seconds; `position` 1 is next; None where it does not apply."""

    state: str
    done: int
    total: int
    position: int | None = None
    starts_in: float | None = None
    waiting_for: str = ""
    seconds_left: float | None = None
    rate: float | None = None  # items a second
    workers_alive: int = 0

    @property
    def is_active(self) -> bool:
        return self.state in {"checking", "queued", "running"}

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True)
class _Line:
    """`ahead`: run → how many runs and items are served before it; `rate`: items a second of one worker."""

    ahead: Mapping[int, tuple[int, int]]
    rate: float | None


def submissions_of(person: User) -> QuerySet[Submission]:
    return Submission.objects.filter(submitter=person).select_related("run", "version__benchmark")


def submission_for(viewer: Any, pk: uuid.UUID) -> Submission | None:
    """A submission this viewer may see: their own, any for administrators, any scored public one for all."""
    found = (
        Submission.objects.select_related("run", "version__benchmark", "system", "submitter")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        return None
    return found if may_manage(viewer, found) or is_public(found) else None


def is_public(submission: Submission) -> bool:
    """Whether everybody may read its page, which names its system."""
    scored = state_of(submission) == Run.State.SCORED
    return scored and submission.visibility == Submission.Visibility.PUBLIC


def may_manage(viewer: Any, submission: Submission) -> bool:
    own = viewer.is_authenticated and submission.submitter_id == viewer.pk
    return own or is_administrator(viewer)


def is_administrator(viewer: Any) -> bool:
    return bool(viewer.is_authenticated and viewer.has_role(Role.ADMINISTRATOR))


def state_of(submission: Submission) -> str:
    """checking, refused, or the state of its run."""
    run = getattr(submission, "run", None)
    return run.state if run is not None else submission.verdict


def status_of(submission: Submission) -> Status:
    return statuses_of([submission])[0][1]


def statuses_of(submissions: Sequence[Submission]) -> list[tuple[Submission, Status]]:
    """Each submission with where it is; the queue, its pace and the workers are read once for all."""
    states = {state_of(submission) for submission in submissions}
    hands = len(workers_alive()) if states & {*Run.State.values} else 0
    line = _line() if Run.State.QUEUED in states else None
    return [(submission, _status(submission, hands, line)) for submission in submissions]


def _status(submission: Submission, hands: int, line: _Line | None) -> Status:
    run: Run | None = getattr(submission, "run", None)
    if run is None:
        return Status(submission.verdict, 0, submission.version.item_count)
    if run.state == Run.State.QUEUED and line is not None:
        runs_ahead, items_ahead = line.ahead.get(run.pk, (0, 0))
        forecast = queue.forecast_start(items_ahead, line.rate, hands)
        return Status(
            run.state,
            run.done,
            run.total,
            runs_ahead + 1,
            forecast.seconds,
            forecast.why,
            workers_alive=hands,
        )
    if run.state == Run.State.RUNNING and run.started_at:
        elapsed = (timezone.now() - run.started_at).total_seconds()
        left = queue.seconds_left(run.done, run.total, elapsed)
        rate = run.done / elapsed if elapsed > 0 and run.done else None
        return Status(run.state, run.done, run.total, seconds_left=left, rate=rate, workers_alive=hands)
    return Status(run.state, run.done, run.total, workers_alive=hands)


def scores_of(submission: Submission, split: str = "all") -> QuerySet[Score]:
    """The exact scores that count, for operators. What is shown to others: `shown_scores`."""
    counting = Score.objects.filter(run__submission=submission, scoring=F("run__scoring"), split=split)
    return counting.select_related("task")


def rescoring_of(submission: Submission) -> Rescoring | None:
    """Being scored again just now."""
    return Rescoring.objects.filter(run__submission=submission, ended_at=None).first()


def workers_alive() -> list[Worker]:
    """Workers heard of within two leases, or twice the sweep where that is longer."""
    silence = timedelta(seconds=2 * max(settings.LEASE_SECONDS, settings.SWEEP_SECONDS))
    return list(Worker.objects.filter(seen_at__gte=Now() - silence))


def queue_length() -> dict[str, int]:
    return Run.objects.filter(state__in=Run.ACTIVE).aggregate(
        queued=Count("pk", filter=Q(state=Run.State.QUEUED)),
        running=Count("pk", filter=Q(state=Run.State.RUNNING)),
    )


def _line() -> _Line:
    """The queue in the order it is served, with what stands before each run."""
    ahead, items_before = {}, 0
    waiting = Run.objects.filter(state__in=Run.ACTIVE).order_by("queued_at", "pk")
    for runs_before, (pk, total, done) in enumerate(waiting.values_list("pk", "total", "done")):
        ahead[pk] = (runs_before, items_before)
        items_before += total - done
    return _Line(ahead, _recent_rate())


def _recent_rate() -> float | None:
    """Items a second of one worker over the last chunks scored."""
    recent = list(
        Chunk.objects.filter(state=Chunk.State.DONE, kind=Chunk.Kind.SCORE, finished_at__isnull=False)
        .order_by("-finished_at")
        .values_list("item_count", "started_at", "finished_at")[:RECENT_CHUNKS]
    )
    seconds = sum((end - start).total_seconds() for _, start, end in recent if start and end)
    return sum(items for items, _, _ in recent) / seconds if seconds > 0 else None


def active_runs() -> QuerySet[Run]:
    """What is queued or running, in the order it will be served."""
    return (
        Run.objects.filter(state__in=Run.ACTIVE)
        .select_related("submission__version__benchmark")
        .order_by("queued_at", "pk")
    )
