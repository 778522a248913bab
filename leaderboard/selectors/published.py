"""What is on the boards, and what should be."""

from __future__ import annotations

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

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
    """The newest published run of every system and mode, withdrawn ones left out.

    A run of some tasks takes the place of no run of all: a system keeps its rank, and nobody can try one
    task again and again until it comes out well.
    """
    whole = ExpressionWrapper(Q(total=F("submission__version__item_count")), output_field=BooleanField())
    on_board = _published(version).annotate(is_whole=whole)
    newest = on_board.order_by(
        "submission__system", "submission__mode", "-is_whole", "-finished_at", "-pk"
    ).distinct("submission__system", "submission__mode")
    return list(newest.select_related("submission__system", "submission__submitter"))


def _published(version: BenchmarkVersion) -> QuerySet[Run]:
    events = ScoreEvent.objects.filter(run=OuterRef("pk"))
    return Run.objects.filter(
        Exists(events.filter(kind=ScoreEvent.Kind.PUBLISHED)),
        ~Exists(events.filter(kind=ScoreEvent.Kind.WITHDRAWN)),
        submission__version=version,
        state=Run.State.SCORED,
    )
