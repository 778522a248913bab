"""The ratings that agreement and results count: the newest revision of planned live ratings."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from raters.domain.rubric.case import Screen
from raters.models import Assignment, Membership, RatingRevision, Study
from raters.selectors.shown_screens import screens_of

AT_ONCE = 2_000
COUNTING = Q(
    assignment__kind=Assignment.Kind.LIVE,
    assignment__state=Assignment.State.SUBMITTED,
    assignment__item__left_out="",
) & ~Q(membership__state=Membership.State.WITHDRAWN)


def counts(assignment: Assignment) -> bool:
    """Whether a rating counts: planned, live and submitted, of a rater and an item still in the study.

    Anything else would bias agreement. `COUNTING` says the same of revisions in the database.
    """
    return (
        assignment.kind == Assignment.Kind.LIVE
        and assignment.state == Assignment.State.SUBMITTED
        and assignment.membership.state != Membership.State.WITHDRAWN
        and not assignment.item.left_out
    )


def counted_ratings(study: Study) -> Iterator[tuple[RatingRevision, Screen]]:
    """Every rating that counts with what was shown, in an order of its own, a few at a time in memory."""
    newest = (
        RatingRevision.objects.select_related("assignment__item", "membership")
        .filter(COUNTING, membership__study=study)
        .order_by("assignment_id", "-number")
        .distinct("assignment_id")
    )
    chunk: list[RatingRevision] = []
    for revision in newest.iterator(chunk_size=AT_ONCE):
        chunk.append(revision)
        if len(chunk) == AT_ONCE:
            yield from _with_screens(chunk)
            chunk = []
    yield from _with_screens(chunk)


def _with_screens(revisions: list[RatingRevision]) -> Iterator[tuple[RatingRevision, Screen]]:
    screens = screens_of(revision.assignment for revision in revisions)
    return ((revision, screens[revision.assignment_id]) for revision in revisions)
