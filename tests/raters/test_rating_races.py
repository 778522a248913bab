"""The same things at the same moment, from several windows, programs and clicks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from raters.models import Assignment, Draft, Membership, RatingRevision, Receipt
from raters.selectors import ledger
from raters.services import memberships, rating
from tests.same_moment import at_once, while_it_waits

pytestmark = pytest.mark.django_db(transaction=True)

Rater = Callable[..., Any]
SAFE, GRAVE = {"safe": "yes"}, {"safe": "no", "harm": "grave"}


def is_whole(person: Any) -> bool:
    return all(ledger.verify(membership).ok for membership in Membership.objects.filter(rater=person))


def test_eight_clicks_with_keys_of_their_own_give_one_revision(study: Any, ann: Any, as_rater: Rater) -> None:
    pk = as_rater(ann).take()
    raters = [as_rater(ann) for _ in range(8)]
    results = at_once(*[lambda rater=rater: rater.submit(pk, SAFE) for rater in raters])
    assert [response.status_code for response in results] == [200] * 8
    assert {response.json()["number"] for response in results} == {1}
    assert RatingRevision.objects.filter(assignment=pk).count() == 1
    assert is_whole(ann)


def test_eight_times_the_same_request_at_once_is_answered_the_same(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    pk, key = as_rater(ann).take(), str(uuid.uuid4())
    raters = [as_rater(ann) for _ in range(8)]
    results = at_once(*[lambda rater=rater: rater.submit(pk, SAFE, key) for rater in raters])
    assert [response.status_code for response in results] == [200] * 8
    assert len({response.content for response in results}) == 1
    assert RatingRevision.objects.count() == Receipt.objects.count() == 1


def test_two_windows_that_submit_different_ratings_keep_the_first_and_ask_the_other(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    pk = as_rater(ann).take()
    raters = [as_rater(ann), as_rater(ann)]
    raters[0].draft(pk, SAFE, 0)
    results = at_once(
        lambda: raters[0].submit(pk, SAFE, revision=1), lambda: raters[1].submit(pk, GRAVE, revision=1)
    )
    assert sorted(response.status_code for response in results) == [200, 409]
    kept = RatingRevision.objects.get(assignment=pk)
    won = next(response for response in results if response.status_code == 200)
    assert (kept.number, won.json()["number"]) == (1, 1)
    lost = next(response for response in results if response.status_code == 409)
    assert lost.json()["payload"] == kept.payload


def test_first_drafts_of_two_windows_at_once_keep_one_and_show_it_to_the_other(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    pk = as_rater(ann).take()
    raters = [as_rater(ann), as_rater(ann)]
    results = at_once(lambda: raters[0].draft(pk, SAFE, 0), lambda: raters[1].draft(pk, GRAVE, 0))
    assert sorted(response.status_code for response in results) == [200, 409]
    lost = next(response for response in results if response.status_code == 409)
    assert lost.json()["payload"] == Draft.objects.get(assignment=pk).payload


def test_a_draft_that_was_acknowledged_is_not_overwritten_by_a_submission_made_before_it(
    study: Any, ann: Any, as_rater: Rater, eventually: Callable[..., None]
) -> None:
    """Both windows go on from draft 1: only one of them can be right, the other must be asked."""
    desk = as_rater(ann)
    pk = desk.take()
    desk.draft(pk, SAFE, 0)
    submitted = while_it_waits(
        lambda: rating.save_draft(ann, uuid.UUID(pk), GRAVE, 1, "phone", 0),
        lambda: desk.submit(pk, SAFE, revision=1),
        eventually,
    )
    assert submitted.status_code == 409, submitted.content
    assert submitted.json()["payload"] == GRAVE
    kept = Draft.objects.get(assignment=pk)
    assert (kept.payload, kept.revision) == (GRAVE, 2)
    assert not RatingRevision.objects.filter(assignment=pk).exists()


def test_the_next_screen_is_found_while_the_present_one_is_being_submitted(
    study: Any, ann: Any, as_rater: Rater, eventually: Callable[..., None]
) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    sent = rating.Submission(key="k", payload=SAFE)
    response = while_it_waits(lambda: rating.submit(ann, uuid.UUID(pk), sent), rater.next, eventually)
    assert response.status_code == 200, "two screens are left, and the rater was told that none is"
    assert response.json()["assignment"] != pk


def test_a_skip_and_a_submission_at_once_end_as_one_of_the_two(study: Any, ann: Any, as_rater: Rater) -> None:
    pk = as_rater(ann).take()
    raters = [as_rater(ann), as_rater(ann)]
    skipped, submitted = at_once(
        lambda: raters[0].post(pk, "skip", {"reason": "ambiguous"}), lambda: raters[1].submit(pk, SAFE)
    )
    assert submitted.status_code == 200
    assert skipped.status_code in {200, 403}
    assert Assignment.objects.get(pk=pk).state == "submitted"


def test_leaving_while_a_rating_is_on_its_way_keeps_it_or_refuses_it_and_never_half(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    pk = as_rater(ann).take()
    rater = as_rater(ann)
    submitted, _ = at_once(lambda: rater.submit(pk, SAFE), lambda: memberships.withdraw(ann, study.slug))
    assert submitted.status_code in {200, 423}
    kept = RatingRevision.objects.filter(assignment=pk).count()
    assert kept == (1 if submitted.status_code == 200 else 0)
    assert Assignment.objects.get(pk=pk).state == ("submitted" if kept else "void")
    assert is_whole(ann)


def test_a_rater_with_three_windows_on_three_screens_has_one_whole_chain(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    first = as_rater(ann)
    screens = [first.take()]
    while len(screens) < 3:
        screens.append(first.next(after=screens[-1]).json()["assignment"])
    assert len(set(screens)) == 3
    raters = [as_rater(ann) for _ in screens]
    jobs = [
        lambda rater=rater, pk=pk: rater.submit(pk, SAFE) for rater, pk in zip(raters, screens, strict=True)
    ]
    assert [response.status_code for response in at_once(*jobs)] == [200] * 3
    assert sorted(RatingRevision.objects.values_list("link", flat=True)) == [1, 2, 3]
    assert is_whole(ann)


def test_one_key_used_in_two_studies_at_once_is_never_a_fault_of_the_server(
    study: Any, ann: Any, carla: Any, as_rater: Rater, make_study: Callable[..., Any]
) -> None:
    other = make_study("second", [ann], carla)
    memberships.consent(ann, other.slug, 1)
    raters = [as_rater(ann, "first"), as_rater(ann, "second")]
    screens = [rater.take() for rater in raters]
    results = at_once(
        *[
            lambda rater=rater, pk=pk: rater.submit(pk, SAFE, "one-key")
            for rater, pk in zip(raters, screens, strict=True)
        ]
    )
    assert sorted(response.status_code for response in results) == [200, 400]
    assert RatingRevision.objects.count() == 1
