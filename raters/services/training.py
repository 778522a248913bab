"""Training: feedback on each item, and a sequential test of when a rater has shown enough."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from raters.domain.quality import SequentialTest, qualify
from raters.domain.rubric import Payload
from raters.domain.study_design import StudyDesign, read_design
from raters.models import Assignment, Membership, RatingRevision
from raters.selectors import training
from raters.selectors.rated_screen import RatedScreen


def feedback(screen: RatedScreen, payload: Payload) -> list[dict[str, Any]]:
    """What a rater is told of a training item, axis by axis; empty where nothing is expected."""
    return training.feedback(screen.item_id, screen.rubric_id, screen.order, payload)


def judge(membership_id: int) -> None:
    """Qualify a rater for live items, or not, if the training so far is enough to tell."""
    membership = Membership.objects.select_related("study").get(pk=membership_id)
    if membership.state != Membership.State.ACTIVE:
        return
    state = _state(membership, read_design(membership.study.design))
    if state != membership.state:
        membership.state = state
        membership.qualified_at = timezone.now() if state == Membership.State.QUALIFIED else None
        membership.save(update_fields=["state", "qualified_at"])


def _state(membership: Membership, design: StudyDesign) -> str:
    items = membership.assignments.filter(kind=Assignment.Kind.TRAINING)
    is_finished = not items.filter(state__in=Assignment.WAITING).exists()
    if not design.pass_rate:
        return Membership.State.QUALIFIED if is_finished else membership.state
    right = _first_tries(membership)
    verdict = qualify(right, SequentialTest(poor=design.fail_rate, good=design.pass_rate)).state
    if verdict == "continue":
        return _nearer(right, design) if is_finished else membership.state
    return Membership.State.QUALIFIED if verdict == "passed" else Membership.State.REFUSED


def _first_tries(membership: Membership) -> list[bool]:
    """Right or wrong, in the order of work; changes after the feedback do not count."""
    rows = (
        RatingRevision.objects.select_related("assignment")
        .filter(membership=membership, number=1, assignment__kind=Assignment.Kind.TRAINING)
        .order_by("link")
    )
    told = [training.feedback_of(row.assignment, row.payload) for row in rows]
    return [all(axis["close_enough"] for axis in axes) for axes in told if axes]


def _nearer(right: list[bool], design: StudyDesign) -> str:
    """Training is over and the test undecided: the nearer of the two rates decides."""
    middle = (design.pass_rate + design.fail_rate) / 2
    good_enough = not right or sum(right) / len(right) >= middle
    return Membership.State.QUALIFIED if good_enough else Membership.State.REFUSED
