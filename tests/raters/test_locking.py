"""The lock is a line in time: a rating is in the chain before it, or refused after it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from raters.models import Assignment, Membership, RatingRevision, Study
from raters.selectors import ledger
from raters.services import memberships, rating, studies
from tests.same_moment import at_once, while_it_waits

pytestmark = pytest.mark.django_db(transaction=True)

Rater = Callable[..., Any]
SAFE = {"safe": "yes"}


def submit(rater: Any, pk: str) -> Any:
    return rating.submit(rater, uuid.UUID(pk), rating.Submission(key=uuid.uuid4().hex, payload=SAFE))


def test_the_lock_waits_for_a_submission_that_is_on_its_way(
    study: Any, ann: Any, as_rater: Rater, eventually: Callable[..., None]
) -> None:
    pk = as_rater(ann).take()

    def lock() -> int:
        studies.lock(study)
        return RatingRevision.objects.count()

    there_when_locked = while_it_waits(lambda: submit(ann, pk), lock, eventually)
    assert there_when_locked == 1
    kept = RatingRevision.objects.get(assignment=pk)
    study.refresh_from_db()
    assert kept.created_at < study.locked_at


def test_a_submission_waits_for_a_lock_that_is_on_its_way_and_is_refused(
    study: Any, ann: Any, as_rater: Rater, eventually: Callable[..., None]
) -> None:
    desk = as_rater(ann)
    pk = desk.take()
    answer = while_it_waits(lambda: studies.lock(study), lambda: desk.submit(pk, SAFE), eventually)
    assert answer.status_code == 423, answer.content
    assert not RatingRevision.objects.exists()
    assert Assignment.objects.get(pk=pk).state == "open"


def test_raters_who_submit_do_not_wait_for_each_other(
    study: Any, ann: Any, ben: Any, as_rater: Rater, eventually: Callable[..., None]
) -> None:
    pks = [as_rater(ann).take(), as_rater(ben).take()]

    def other() -> int:
        submit(ben, pks[1])
        return RatingRevision.objects.count()

    assert while_it_waits(lambda: submit(ann, pks[0]), other, eventually) == 1


def test_one_study_is_locked_while_a_submission_to_another_is_on_its_way(
    study: Any, ann: Any, carla: Any, as_rater: Rater, make_study: Callable[..., Any], eventually: Any
) -> None:
    other = make_study("second", [ann], carla)
    pk = as_rater(ann).take()
    while_it_waits(
        lambda: submit(ann, pk),
        lambda: studies.lock(other),
        eventually,
        then=lambda: Study.objects.get(pk=other.pk).state == "locked" or pytest.fail("it waited"),
    )


def test_every_rating_of_a_study_locked_in_the_middle_is_older_than_the_lock(
    carla: Any, as_rater: Rater, make_study: Callable[..., Any], django_user_model: Any
) -> None:
    raters = [
        django_user_model.objects.create(username=f"r{n}", roles=["rater"], password="!") for n in range(7)
    ]
    study = make_study("first", raters, carla)
    for each in raters:
        memberships.consent(each, study.slug, 1)
    desks = [as_rater(each) for each in raters]
    pks = [desk.take() for desk in desks]
    jobs = [lambda desk=desk, pk=pk: desk.submit(pk, SAFE) for desk, pk in zip(desks, pks, strict=True)]
    *answers, locked = at_once(*jobs, lambda: studies.lock(study))
    assert locked is None
    assert {answer.status_code for answer in answers} <= {200, 423}
    study.refresh_from_db()
    kept = RatingRevision.objects.all()
    assert len(kept) == sum(answer.status_code == 200 for answer in answers)
    assert all(revision.created_at < study.locked_at for revision in kept)
    assert all(ledger.verify(member).ok for member in Membership.objects.filter(study=study))


def test_leaving_takes_the_study_before_the_membership_as_planning_again_does(
    study: Any, ann: Any, eventually: Callable[..., None]
) -> None:
    """Were it the other way round, each would hold what the other waits for."""

    def lock_member() -> None:
        Membership.objects.select_for_update(no_key=True, nowait=True).get(study=study, rater=ann)

    left = while_it_waits(
        lambda: Study.objects.select_for_update(no_key=True).get(pk=study.pk),
        lambda: memberships.withdraw(ann, study.slug),
        eventually,
        then=lock_member,
    )
    assert left.state == "withdrawn"
