"""One rater's screens: which there are, and what is shown on one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from raters.domain.rubric.case import Screen
from raters.models import Assignment, Membership
from raters.selectors import rated_screen

RELATED = ("study", "membership__group", "item", "rubric")


@dataclass(frozen=True)
class Progress:
    """How far a rater is. `median_seconds` is of their own submitted screens; None before the first."""

    done: int
    total: int
    median_seconds: float | None


def of_rater(rater: User) -> QuerySet[Assignment]:
    """Every screen a rater has or had."""
    return Assignment.objects.select_related(*RELATED).filter(membership__rater=rater)


def find(rater: User, assignment: uuid.UUID) -> Assignment | None:
    """A rater's own screen; None for one of somebody else, as if it did not exist."""
    return of_rater(rater).filter(pk=assignment).first()


def screen_of(assignment: Assignment) -> Screen:
    """What is shown, in the order stored with the assignment."""
    shown = rated_screen.shown_answers(tuple(assignment.answers))
    return Screen(
        case=rated_screen.case_of(assignment.item_id),
        answers=tuple(shown[place] for place in assignment.order),
        order=tuple(assignment.order),
    )


def are_waiting(membership: Membership) -> bool:
    """Whether a rater has screens left that they may rate now."""
    rows = Assignment.objects.filter(membership=membership, state__in=Assignment.WAITING)
    if membership.state != Membership.State.QUALIFIED:
        rows = rows.filter(kind=Assignment.Kind.TRAINING)
    return rows.exists()


def progress_of(membership_id: int) -> Progress:
    """Screens done and planned, and the rater's own pace."""
    rows = Assignment.objects.filter(membership=membership_id).exclude(state=Assignment.State.VOID)
    done = Q(state__in=[Assignment.State.SUBMITTED, Assignment.State.SKIPPED])
    counts = rows.aggregate(total=Count("pk"), done=Count("pk", filter=done))
    spent = rows.filter(state=Assignment.State.SUBMITTED, seconds__gt=0).order_by("seconds")
    seconds: Sequence[int] = list(spent.values_list("seconds", flat=True))
    return Progress(counts["done"], counts["total"], _median(seconds))


def _median(ordered: Sequence[int]) -> float | None:
    if not ordered:
        return None
    middle = len(ordered) // 2
    return (ordered[middle] + ordered[~middle]) / 2
