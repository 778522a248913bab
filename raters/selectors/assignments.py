"""One rater's screens: which there are, and what is shown on one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import User
from raters.domain.rubric.case import Screen
from raters.models import Assignment, Membership
from raters.selectors import rated_screen

RELATED = ("study", "membership__group", "item", "rubric")


PLANNED_COUNTS_AS = 5  # screens of a rater's own before their pace weighs as much as the planned one


@dataclass(frozen=True)
class Progress:
    """How far a rater is; `seconds` spent on `timed` submitted screens, training left out."""

    done: int
    total: int
    seconds: int
    timed: int

    def minutes_left(self, planned: float) -> float | None:
        """At the rater's pace, drawn towards the planned minutes a screen; None when nothing is left."""
        left = self.total - self.done
        pace = (PLANNED_COUNTS_AS * planned + self.seconds / 60) / (PLANNED_COUNTS_AS + self.timed)
        return left * pace if left else None


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
    """Screens done and planned, and the time they took."""
    rows = Assignment.objects.filter(membership=membership_id).exclude(state=Assignment.State.VOID)
    timed = Q(state=Assignment.State.SUBMITTED, seconds__gt=0) & ~Q(kind=Assignment.Kind.TRAINING)
    counts = rows.aggregate(
        total=Count("pk"),
        done=Count("pk", filter=Q(state__in=[Assignment.State.SUBMITTED, Assignment.State.SKIPPED])),
        spent=Sum("seconds", filter=timed, default=0),
        timed=Count("pk", filter=timed),
    )
    return Progress(counts["done"], counts["total"], counts["spent"], counts["timed"])
