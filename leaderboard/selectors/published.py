"""What is on the boards, and what should be."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from evaluation.models import BenchmarkVersion, Run
from leaderboard.models import ScoreEvent


def scored_but_unpublished() -> list[Run]:
    """Runs whose publication was cut off, or is still to come."""
    events = ScoreEvent.objects.filter(run=OuterRef("pk"), kind=ScoreEvent.Kind.PUBLISHED)
    unpublished = Run.objects.filter(~Exists(events), state=Run.State.SCORED)
    return list(
        unpublished.select_related("submission__version__benchmark").order_by(
            "submission__version", "finished_at", "pk"
        )
    )


def current_runs(version: BenchmarkVersion) -> list[Run]:
    """The newest published run of every system and mode, withdrawn ones left out."""
    on_board = _published(version).order_by("submission__system", "submission__mode", "-finished_at", "-pk")
    newest = on_board.distinct("submission__system", "submission__mode")
    return list(newest.select_related("submission__system", "submission__submitter"))


def _published(version: BenchmarkVersion) -> QuerySet[Run]:
    events = ScoreEvent.objects.filter(run=OuterRef("pk"))
    return Run.objects.filter(
        Exists(events.filter(kind=ScoreEvent.Kind.PUBLISHED)),
        ~Exists(events.filter(kind=ScoreEvent.Kind.WITHDRAWN)),
        submission__version=version,
        state=Run.State.SCORED,
    )
