"""What is on the boards, what was, and what should be."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

from evaluation.models import Benchmark, BenchmarkVersion, Run, Submission
from leaderboard.domain.replay import Event, OnBoard, on_board
from leaderboard.models import ScoreEvent

PRIVATE, NOT_ASKED = Submission.Visibility.PRIVATE, Submission.Relation.NOT_ASKED


def scored_but_unpublished() -> list[Run]:
    """Runs whose newest scores may be public and are not yet: publishing was cut off, or is still to come."""
    events = ScoreEvent.objects.filter(run=OuterRef("pk"))
    published = events.filter(kind=ScoreEvent.Kind.PUBLISHED, scoring=OuterRef("scoring"))
    waiting = Run.objects.filter(
        ~Exists(published), ~Exists(events.filter(kind=ScoreEvent.Kind.WITHDRAWN)), state=Run.State.SCORED
    )
    public = waiting.exclude(submission__visibility=PRIVATE).exclude(submission__relation=NOT_ASKED)
    return list(
        public.select_related("submission__version__benchmark").order_by(
            "submission__version", "finished_at", "pk"
        )
    )


def may_be_public(run: Run) -> bool:
    """Whether its submitter wants it seen and the model's owner does not stand against it."""
    return run.submission.visibility != PRIVATE and run.submission.relation != NOT_ASKED


def replayed(version: BenchmarkVersion | int, as_of: datetime | None = None) -> tuple[OnBoard, ...]:
    """The runs on a version's board now, or then."""
    return on_board(events_of(version, as_of))


def events_of(version: BenchmarkVersion | int, as_of: datetime | None = None) -> list[Event]:
    """What happened to the runs of a version, in order, up to and with a moment."""
    happened = ScoreEvent.objects.filter(run__submission__version=version).order_by("at", "pk")
    if as_of is not None:
        happened = happened.filter(at__lte=as_of)
    return [
        Event(run, kind, scoring, at, system, mode, total == whole)
        for run, kind, scoring, at, system, mode, total, whole in happened.values_list(
            "run",
            "kind",
            "scoring",
            "at",
            "run__submission__system",
            "run__submission__mode",
            "run__total",
            "run__submission__version__item_count",
        )
    ]


def version_then(benchmark: Benchmark, as_of: datetime) -> BenchmarkVersion | None:
    """The version whose board stood at a moment: the newest that had a result by then, else the newest."""
    known = BenchmarkVersion.objects.filter(benchmark=benchmark, created_at__lte=as_of)
    events = ScoreEvent.objects.filter(run__submission__version=OuterRef("pk"), at__lte=as_of)
    found = known.annotate(has_board=Exists(events)).order_by("-has_board", "-number")
    return found.select_related("benchmark").first()
