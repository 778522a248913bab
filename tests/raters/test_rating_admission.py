"""Who may rate: after consent and training, signed in, and only what is theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from raters.models import Assignment, Flag, Membership, RatingRevision, Study
from raters.services import studies

pytestmark = pytest.mark.django_db

Rater = Callable[..., Any]
SAFE, GRAVE = {"safe": "yes"}, {"safe": "no", "harm": "grave"}


def test_nobody_rates_before_consent_nor_after_a_new_text_without_reading_it(
    ann: Any, carla: Any, as_rater: Rater, make_study: Callable[..., Any]
) -> None:
    study = make_study("first", [ann], carla)
    rater = as_rater(ann)
    assert rater.next().status_code == 403
    assert Assignment.objects.filter(state="open").count() == 0
    rater.consent(1)
    pk = rater.take()
    rater.draft(pk, SAFE, 0)

    studies.change(Study.objects.get(pk=study.pk), consent_text="You may leave, and we keep the ratings.")
    assert rater.next().status_code == 403
    rater.consent(1)  # the old text, from a page that was open
    assert rater.next().status_code == 403
    rater.consent(2)
    shown = rater.next().json()
    assert (shown["assignment"], shown["payload"]) == (pk, SAFE)


def test_training_gives_feedback_and_enough_right_answers_open_the_study(
    trained_study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann, trained_study.slug)
    answered = []
    while Membership.objects.get(rater=ann).state == "active":
        pk = rater.take()
        assert Assignment.objects.get(pk=pk).kind == "training"
        answered.append(rater.submit(pk, SAFE).json())
    assert all(answer["kind"] == "training" for answer in answered)
    assert all(axis["close_enough"] for answer in answered for axis in answer["feedback"])
    assert all(answer["feedback"] for answer in answered)
    # right every time, the sequential test of 0.8 against 0.5 passes when (0.8/0.5)^n > 0.95/0.05: n = 7
    assert (Membership.objects.get(rater=ann).state, len(answered)) == ("qualified", 7)


def test_wrong_training_answers_end_the_study_for_the_rater(
    trained_study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann, trained_study.slug)
    while Membership.objects.get(rater=ann).state == "active":
        feedback = rater.submit(rater.take(), GRAVE).json()["feedback"]
        assert not all(axis["close_enough"] for axis in feedback)
    assert Membership.objects.get(rater=ann).state == "refused"
    assert rater.next().status_code == 403
    assert not Assignment.objects.filter(kind="live", state="open").exists()


def test_what_was_changed_after_the_feedback_does_not_qualify(
    trained_study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann, trained_study.slug)
    for _ in range(4):
        pk = rater.take()
        rater.submit(pk, GRAVE)
        rater.submit(pk, SAFE, reason="As the feedback says.")
    # four wrong first tries: (0.2/0.5)^4 = 0.026 < 0.05/0.95, which the sequential test refuses
    assert Membership.objects.get(rater=ann).state == "refused"


def test_live_answers_say_nothing_of_what_was_expected(study: Any, ann: Any, as_rater: Rater) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    Assignment.objects.filter(pk=pk).update(kind=Assignment.Kind.GOLD)
    answer = rater.submit(pk, SAFE).json()
    assert (answer["kind"], answer["feedback"]) == ("live", [])


CALLS = [
    ("get", "/api/v1/studies/"),
    ("get", "/api/v1/assignments/next/?study=first"),
    ("put", "/api/v1/assignments/{pk}/draft/"),
    *[("post", f"/api/v1/assignments/{{pk}}/{what}/") for what in ("submit", "skip", "flag", "reopen", "heartbeat")],
    ("get", "/studies/first/rate/screen/"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "where"), CALLS)
def test_signed_out_is_401_with_a_sign_and_never_a_redirect(
    study: Any, ann: Any, as_rater: Rater, method: str, where: str
) -> None:
    pk = as_rater(ann).take()
    response = getattr(Client(), method)(where.format(pk=pk), content_type="application/json")
    assert (response.status_code, response["X-Reauth"]) == (401, "required")
    assert response.json()["code"] == "signed_out"


@pytest.mark.parametrize(("method", "where"), [call for call in CALLS if call[0] != "get"])
def test_a_missing_csrf_token_is_told_apart_from_being_signed_out(
    study: Any, ann: Any, as_rater: Rater, method: str, where: str
) -> None:
    pk = as_rater(ann).take()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)
    response = getattr(strict, method)(
        where.format(pk=pk), {"payload": SAFE}, content_type="application/json"
    )
    assert (response.status_code, response.json()["code"]) == (403, "csrf")
    assert "X-Reauth" not in response


@pytest.mark.parametrize("what", ["submit", "skip", "flag", "reopen", "heartbeat", "draft"])
def test_a_screen_of_somebody_else_does_not_exist(
    study: Any, ann: Any, ben: Any, as_rater: Rater, what: str
) -> None:
    pk, stranger = as_rater(ann).take(), as_rater(ben)
    sent = {"payload": SAFE, "reason": "ambiguous", "note": "Mine now."}
    response = (
        stranger.draft(pk, SAFE, 0)
        if what == "draft"
        else stranger.post(pk, what, sent, {"Idempotency-Key": "k"})
    )
    assert response.status_code == 404
    assert not RatingRevision.objects.filter(assignment=pk).exists()
    assert not Flag.objects.exists()
    assert Assignment.objects.get(pk=pk).state == "open"
