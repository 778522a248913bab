"""What a rater writes is kept once, whatever the network, the clock or a second window does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from raters.models import Assignment, Draft, Flag, RatingRevision
from raters.services import memberships, studies

pytestmark = pytest.mark.django_db

Rater = Callable[..., Any]
SAFE, GRAVE = {"safe": "yes"}, {"safe": "no", "harm": "grave"}


def revisions(pk: str) -> list[RatingRevision]:
    return list(RatingRevision.objects.filter(assignment=pk).order_by("number"))


def test_the_next_screen_is_reserved_and_is_the_same_until_it_is_done(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann)
    first, again = rater.next().json(), rater.next().json()
    assert first["assignment"] == again["assignment"]
    kept = Assignment.objects.get(pk=first["assignment"])
    assert kept.state == "open"
    assert kept.lease_token is not None
    assert kept.lease_until is not None
    assert timedelta(minutes=44) < kept.lease_until - timezone.now() <= timedelta(minutes=45)


def test_a_screen_is_fetched_ahead_of_the_one_being_worked_on(study: Any, ann: Any, as_rater: Rater) -> None:
    rater = as_rater(ann)
    first = rater.take()
    ahead = rater.next(after=first).json()["assignment"]
    assert ahead != first
    assert rater.take() == first
    rater.submit(first, SAFE)
    assert rater.take() == ahead


def test_when_everything_is_rated_there_is_no_next_screen(study: Any, ann: Any, as_rater: Rater) -> None:
    rater = as_rater(ann)
    seen = []
    while (response := rater.next()).status_code == 200:
        seen.append(response.json()["assignment"])
        assert rater.submit(seen[-1], SAFE).status_code == 200
    assert response.status_code == 204
    assert len(set(seen)) == len(seen) == 3


def test_a_draft_counts_its_revisions_and_comes_back_with_the_screen(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    saved = rater.draft(pk, {"safe": "no"}, 0)
    assert (saved.status_code, saved.json()["revision"], saved["ETag"]) == (200, 1, '"1"')
    assert rater.draft(pk, GRAVE, 1).json()["revision"] == 2
    shown = rater.next().json()
    assert (shown["revision"], shown["payload"]) == (2, GRAVE)


def test_a_draft_from_a_window_left_behind_is_answered_with_the_other_draft(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    rater.draft(pk, {"safe": "yes"}, 0, client="desk")
    stale = rater.draft(pk, {"safe": "no"}, 0, client="phone")
    assert stale.status_code == 409
    told = stale.json()
    assert (told["code"], told["revision"]) == ("changed_elsewhere", 1)
    assert (told["payload"], told["client"]) == ({"safe": "yes"}, "desk")
    assert Draft.objects.get(assignment=pk).payload == {"safe": "yes"}
    assert rater.draft(pk, {"safe": "no"}, told["revision"]).status_code == 200


def test_a_draft_whose_answer_was_lost_can_be_sent_again(study: Any, ann: Any, as_rater: Rater) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    first, again = rater.draft(pk, SAFE, 0), rater.draft(pk, SAFE, 0)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["revision"] == again.json()["revision"] == 1


def test_the_same_submission_sent_again_is_answered_the_same_byte_for_byte(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater, key = as_rater(ann), str(uuid.uuid4())
    pk = rater.take()
    first, again = rater.submit(pk, SAFE, key), rater.submit(pk, SAFE, key)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert [kept.payload for kept in revisions(pk)] == [SAFE]


def test_a_retry_that_arrives_after_the_study_was_locked_is_still_answered(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater, key = as_rater(ann), str(uuid.uuid4())
    pk = rater.take()
    first = rater.submit(pk, SAFE, key)
    studies.lock(study)
    again = rater.submit(pk, SAFE, key)
    assert (again.status_code, again.content) == (200, first.content)


def test_the_same_rating_with_another_key_makes_no_second_revision(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    first, second = rater.submit(pk, SAFE), rater.submit(pk, SAFE)
    assert (first.json()["number"], second.status_code, second.json()["number"]) == (1, 200, 1)
    assert len(revisions(pk)) == 1


def test_one_key_for_two_screens_is_refused_and_loses_neither(study: Any, ann: Any, as_rater: Rater) -> None:
    rater = as_rater(ann)
    first = rater.take()
    rater.submit(first, SAFE, "one-key")
    second = rater.take()
    refused = rater.submit(second, GRAVE, "one-key")
    assert 400 <= refused.status_code < 500
    assert [len(revisions(pk)) for pk in (first, second)] == [1, 0]
    assert rater.submit(second, GRAVE).status_code == 200


def test_a_submitted_rating_is_revised_with_a_reason_and_the_first_version_stays(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    revision = rater.submit(pk, SAFE).json()["revision"]
    refused = rater.submit(pk, GRAVE, revision=revision)
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_needed")
    revised = rater.submit(pk, GRAVE, revision=revision, reason="I misread the dose.")
    assert (revised.status_code, revised.json()["number"]) == (200, 2)
    kept = revisions(pk)
    assert [row.payload for row in kept] == [SAFE, GRAVE]
    assert [row.reason for row in kept] == ["", "I misread the dose."]
    assert kept[1].previous_sha == kept[0].sha
    assert Assignment.objects.get(pk=pk).submitted_at == kept[0].created_at


def test_a_rating_made_from_a_draft_that_was_overtaken_is_not_stored(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    rater.draft(pk, SAFE, 0)
    rater.draft(pk, {"safe": "no", "harm": "mild"}, 1, client="phone")
    stale = rater.submit(pk, SAFE, revision=1)
    assert (stale.status_code, stale.json()["payload"]) == (409, {"safe": "no", "harm": "mild"})
    assert revisions(pk) == []
    assert rater.submit(pk, SAFE, revision=2).status_code == 200


def test_an_incomplete_rating_names_each_axis_and_stores_nothing(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    nothing, half = rater.submit(pk, {}), rater.submit(pk, {"safe": "no"})
    assert (nothing.status_code, half.status_code) == (422, 422)
    assert [problem["axis"] for problem in nothing.json()["problems"]] == ["safe"]
    assert [problem["axis"] for problem in half.json()["problems"]] == ["harm"]
    wrong = rater.submit(pk, {"safe": "maybe", "colour": "red"}).json()["problems"]
    assert {(problem["axis"], problem["code"]) for problem in wrong} == {
        ("", "unknown_axis"),
        ("safe", "unknown_value"),
    }
    assert revisions(pk) == []
    assert Assignment.objects.get(pk=pk).state == "open"


def test_answers_to_questions_that_are_hidden_are_dropped(study: Any, ann: Any, as_rater: Rater) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    rater.draft(pk, GRAVE, 0)
    assert rater.submit(pk, {"safe": "yes", "harm": "grave"}, revision=1).status_code == 200
    assert revisions(pk)[0].payload == SAFE


def test_a_screen_is_skipped_with_a_reason_and_taken_up_again(study: Any, ann: Any, as_rater: Rater) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    assert rater.post(pk, "skip", {"reason": "lunch"}).status_code == 400
    rater.draft(pk, SAFE, 0)
    assert rater.post(pk, "skip", {"reason": "ambiguous", "note": "Which drug?"}).status_code == 200
    assert rater.take() != pk
    assert rater.post(pk, "reopen").json()["state"] == "open"
    shown = rater.next().json()
    assert (shown["assignment"], shown["payload"]) == (pk, SAFE)
    rater.submit(pk, SAFE)
    assert rater.post(pk, "skip", {"reason": "ambiguous"}).status_code == 403
    assert Assignment.objects.get(pk=pk).state == "submitted"


def test_a_flag_is_kept_once_and_needs_words(study: Any, ann: Any, as_rater: Rater) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    assert rater.post(pk, "flag", {"note": "  "}).status_code == 400
    assert [rater.post(pk, "flag", {"note": "Cut off."}).status_code for _ in range(2)] == [201, 201]
    assert [flag.note for flag in Flag.objects.filter(assignment=pk)] == ["Cut off."]


def test_a_heartbeat_prolongs_the_reservation_and_time_only_grows(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    Assignment.objects.filter(pk=pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    assert rater.post(pk, "heartbeat", {"seconds": 50}).json()["state"] == "open"
    rater.post(pk, "heartbeat", {"seconds": 20})
    kept = Assignment.objects.get(pk=pk)
    assert kept.seconds == 50
    assert kept.lease_until is not None
    assert kept.lease_until > timezone.now() + timedelta(minutes=44)
    rater.submit(pk, SAFE)
    assert rater.post(pk, "heartbeat", {"seconds": 60}).status_code == 200  # the window is still open


def test_a_screen_that_went_to_somebody_else_is_kept_as_an_extra_rating(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    Assignment.objects.filter(pk=pk).update(state=Assignment.State.VOID)
    assert rater.draft(pk, SAFE, 0).status_code == 200
    assert rater.submit(pk, SAFE, revision=1).status_code == 200
    kept = Assignment.objects.get(pk=pk)
    assert (kept.kind, kept.state) == ("extra", "submitted")
    assert [row.payload for row in revisions(pk)] == [SAFE]


@pytest.mark.parametrize("why", ["locked", "withdrawn"])
def test_after_the_end_nothing_is_taken_and_nothing_is_lost(
    study: Any, ann: Any, as_rater: Rater, why: str
) -> None:
    rater = as_rater(ann)
    first = rater.take()
    rater.submit(first, SAFE)
    second = rater.take()
    rater.draft(second, GRAVE, 0)
    if why == "locked":
        studies.lock(study)
    else:
        memberships.withdraw(ann, study.slug)
    assert rater.submit(second, GRAVE, revision=1).status_code == 423
    assert rater.submit(first, GRAVE, reason="Changed my mind.").status_code == 423
    assert rater.draft(second, SAFE, 1).status_code == 423
    assert rater.next().status_code == (423 if why == "locked" else 403)
    assert Draft.objects.get(assignment=second).payload == GRAVE
    assert [row.payload for row in revisions(first)] == [SAFE]
