"""Where a submission stands on the boards: what its submitter chose, and what has been done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from evaluation.domain.publication import ANONYMOUS, PUBLIC
from evaluation.models import Rescoring, Run, Submission
from leaderboard.models import Flag, ScoreEvent

Kind = ScoreEvent.Kind


@dataclass(frozen=True)
class Done:
    """Something that was done about a run, and why."""

    at: datetime
    reason: str


@dataclass(frozen=True)
class Control:
    """published  when it came onto a board first, None before;  named  whether its name was shown to others
    hidden, withdrawn  by whom it is off the board;  rescoring  being scored again just now
    """

    visibility: str
    run: int | None
    published: datetime | None = None
    named: bool = False
    hidden: Done | None = None
    withdrawn: Done | None = None
    rescoring: Rescoring | None = None
    open_flags: int = 0

    @property
    def on_board(self) -> bool:
        return self.published is not None and self.hidden is None and self.withdrawn is None


def control_of(submission: Submission) -> Control:
    run: Run | None = getattr(submission, "run", None)
    if run is None:
        return Control(submission.visibility, None)
    said = _replayed(run)
    was_named = said.pop("named")
    is_open = submission.visibility == PUBLIC and run.state == Run.State.SCORED
    return Control(
        visibility=submission.visibility,
        run=run.pk,
        named=is_open or was_named,
        rescoring=Rescoring.objects.filter(run=run, ended_at=None).first(),
        open_flags=Flag.objects.filter(run=run, resolved_at=None).count(),
        **said,
    )


def _replayed(run: Run) -> dict[str, Any]:
    """What the events of a run come to."""
    found: dict[str, Any] = {"published": None, "named": False, "hidden": None, "withdrawn": None}
    kept_back = run.submission.visibility == ANONYMOUS
    for event in ScoreEvent.objects.filter(run=run).order_by("at", "pk"):
        match event.kind:
            case Kind.PUBLISHED:
                found["published"] = found["published"] or event.at
            case Kind.WITHDRAWN:
                found["withdrawn"] = found["withdrawn"] or Done(event.at, event.reason)
            case Kind.HIDDEN:
                found["hidden"] = Done(event.at, event.reason)
            case Kind.SHOWN:
                found["hidden"] = None
            case Kind.ANONYMISED | Kind.NAMED:
                kept_back = event.kind == Kind.ANONYMISED
    found["named"] = found["published"] is not None and not kept_back
    return found


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


def hidden_runs() -> list[tuple[Run, Done]]:
    """Runs that a moderator took off a board, the newest first."""
    runs = Run.objects.filter(events__kind=Kind.HIDDEN).distinct()
    found = []
    for run in runs.select_related("submission__version__benchmark", "submission__system"):
        hidden, withdrawn = (said := _replayed(run))["hidden"], said["withdrawn"]
        if hidden is not None and withdrawn is None:
            found.append((run, hidden))
    return sorted(found, key=lambda pair: pair[1].at, reverse=True)


def rescorings_under_way() -> QuerySet[Rescoring]:
    return Rescoring.objects.filter(ended_at=None).select_related("run__submission__version__benchmark")
