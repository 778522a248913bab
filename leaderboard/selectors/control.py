"""Where a submission stands on the boards: what its submitter chose, and what has been done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from evaluation.domain.publication import PUBLIC
from evaluation.models import Rescoring, Run, Submission
from leaderboard.domain.replay import Fate, fate_of
from leaderboard.models import Flag, ScoreEvent

Kind = ScoreEvent.Kind


@dataclass(frozen=True)
class Control:
    """published  when it came onto a board first, None before;  named  whether its name was shown to others
    hidden, withdrawn  the event that took it off the board;  rescoring  being scored again just now
    """

    visibility: str
    run: int | None
    published: datetime | None = None
    named: bool = False
    hidden: ScoreEvent | None = None
    withdrawn: ScoreEvent | None = None
    rescoring: Rescoring | None = None
    open_flags: int = 0

    @property
    def on_board(self) -> bool:
        return self.published is not None and self.hidden is None and self.withdrawn is None


def control_of(submission: Submission) -> Control:
    run: Run | None = getattr(submission, "run", None)
    if run is None:
        return Control(submission.visibility, None)
    fate = _fate(run)
    is_open = submission.visibility == PUBLIC and run.state == Run.State.SCORED
    return Control(
        visibility=submission.visibility,
        run=run.pk,
        published=fate.first.at if fate.first else None,
        named=is_open or (fate.first is not None and not fate.anonymous),
        hidden=fate.hidden,
        withdrawn=fate.withdrawn,
        rescoring=Rescoring.objects.filter(run=run, ended_at=None).first(),
        open_flags=Flag.objects.filter(run=run, resolved_at=None).count(),
    )


def _fate(run: Run) -> Fate[ScoreEvent]:
    events = ScoreEvent.objects.filter(run=run).order_by("at", "pk")
    return fate_of((event.kind, event) for event in events)


def run_on_board(pk: int) -> Run | None:
    """A run that was published and not withdrawn; hidden ones too, for administrators show them again."""
    return (
        Run.objects.select_related(
            "submission__version__benchmark", "submission__system", "submission__submitter"
        )
        .filter(pk=pk, events__kind=Kind.PUBLISHED)
        .exclude(events__kind=Kind.WITHDRAWN)
        .first()
    )


def open_flags() -> QuerySet[Flag]:
    """What moderators have to look at, the oldest first."""
    return (
        Flag.objects.filter(resolved_at=None)
        .select_related("author", "run__submission__version__benchmark", "run__submission__system")
        .order_by("at", "pk")
    )


def hidden_runs() -> list[tuple[Run, ScoreEvent]]:
    """Runs that a moderator took off a board, the newest first."""
    runs = Run.objects.filter(events__kind=Kind.HIDDEN).distinct()
    found = []
    for run in runs.select_related("submission__version__benchmark", "submission__system"):
        fate = _fate(run)
        if fate.hidden is not None and fate.withdrawn is None:
            found.append((run, fate.hidden))
    return sorted(found, key=lambda pair: pair[1].at, reverse=True)


def rescorings_under_way() -> QuerySet[Rescoring]:
    return Rescoring.objects.filter(ended_at=None).select_related("run__submission__version__benchmark")
