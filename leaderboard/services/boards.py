"""Publishing: append the event, then derive the boards that readers see."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from evaluation.models import BenchmarkVersion, Rescoring, Run, Score, Submission, Task
from leaderboard.domain.replay import on_board
from leaderboard.models import Board, ScoreEvent, TaskMoment
from leaderboard.selectors import published
from leaderboard.selectors.boards import contents

Kind = ScoreEvent.Kind


@transaction.atomic
def publish(version: BenchmarkVersion, runs: Sequence[Run]) -> None:
    """Put scored runs on the boards of their benchmark version. Safe to repeat: a scoring is published once.

    What its submitter keeps private, whose owner was not asked or what was withdrawn stays off.
    """
    version = BenchmarkVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
    told = [_publish(run) for run in runs if published.may_be_public(run)]
    if any(told):
        derive(version)


def _publish(run: Run) -> bool:
    """Whether anything was said of the run that had not been said before."""
    said = set(ScoreEvent.objects.filter(run=run).values_list("kind", "scoring"))
    kinds = {kind for kind, _ in said}
    if Kind.WITHDRAWN in kinds or (Kind.PUBLISHED, run.scoring) in said:
        return False
    if run.submission.visibility == Submission.Visibility.ANONYMOUS and Kind.ANONYMISED not in kinds:
        # first, so that at no moment of the past the name is seen
        ScoreEvent.objects.create(run=run, kind=Kind.ANONYMISED, scoring=run.scoring)
    again = Rescoring.objects.filter(run=run, scoring=run.scoring, given_up="").last()
    ScoreEvent.objects.create(
        run=run,
        kind=Kind.PUBLISHED,
        scoring=run.scoring,
        author=again.author if again else None,
        reason=again.reason if again else "",
    )
    return True


@transaction.atomic
def derive(version: BenchmarkVersion) -> None:
    """Rebuild the boards of a version from its events and scores: the same facts give the same boards.

    A board's revision is how many events there were, its time that of the last.
    """
    events = published.events_of(version)
    if not events:
        return
    standing = on_board(events)
    tasks = dict(Task.objects.filter(version=version).values_list("slug", "pk"))
    for split in Score.Split.values:
        before = Board.objects.filter(version=version, split=split).values_list("entries", flat=True).first()
        board, _ = Board.objects.update_or_create(
            version=version,
            split=split,
            defaults={
                "entries": contents.entries_of(standing, split, before or ()),
                "revision": len(events),
                "published_at": events[-1].at,
            },
        )
        moments = contents.moments_of(version.pk, split, standing)
        TaskMoment.objects.filter(board=board).exclude(task__slug__in=moments).delete()
        TaskMoment.objects.bulk_create(
            [
                TaskMoment(board=board, task_id=tasks[slug], moments=stored)
                for slug, stored in moments.items()
            ],
            update_conflicts=True,
            unique_fields=["board", "task"],
            update_fields=["moments"],
        )
