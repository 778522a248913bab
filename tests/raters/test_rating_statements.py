"""The statements a rater waits for: planned once, reading little, and giving what is next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from raters.models import Assignment, Study
from raters.selectors import rated_screen
from raters.services import handing_out

pytestmark = pytest.mark.django_db

Rater = Callable[..., Any]
SAFE = {"safe": "yes"}


def places(person: Any) -> list[str]:
    screens = Assignment.objects.filter(membership__rater=person).order_by("place")
    return [str(screen.pk) for screen in screens]


def prepared() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def test_every_statement_of_the_loop_is_planned_by_the_database_and_kept(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    rater.draft(pk, SAFE, 0)
    assert rater.submit(pk, SAFE, revision=1).status_code == 200
    kept = "\n".join(prepared())
    for word in ("wanted", "newer", "pg_advisory_xact_lock_shared", "raters_receipt receipt", "working_copy"):
        assert word in kept


@pytest.mark.django_db(transaction=True)
def test_behind_a_pooler_nothing_is_prepared(study: Any, ann: Any, as_rater: Rater, settings: Any) -> None:
    settings.PREPARE_STATEMENTS = False
    connection.close()  # with what was prepared before
    rater = as_rater(ann)
    assert rater.submit(rater.take(), SAFE).status_code == 200
    assert prepared() == []


def test_what_is_next_comes_after_the_present_screen_then_before_it(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann)
    first, second, third = places(ann)
    asked = {
        after: rater.next(**({"after": after} if after else {})).json()["assignment"]
        for after in ("", first, second, third)
    }
    assert asked == {"": first, first: second, second: third, third: first}
    assert rater.submit(first, SAFE).status_code == 200
    assert rater.next(after=third).json()["assignment"] == second
    assert rater.submit(second, SAFE).status_code == 200
    assert rater.next(after=third).status_code == 204  # it is the one being worked on
    assert rater.next().json()["assignment"] == third


def test_before_they_have_qualified_raters_are_given_training_alone(
    trained_study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann, "trained")
    training = set(
        Assignment.objects.filter(kind="training", membership__rater=ann).values_list("pk", flat=True)
    )
    last = Assignment.objects.filter(membership__rater=ann).order_by("-place")[0]
    assert last.kind != "training"
    found = handing_out.next_screen(ann, "trained", last.pk)
    assert found is not None
    assert found.id in training
    assert str(found.id) == rater.take()


@pytest.mark.parametrize("change", ["study", "consent", "member"])
def test_nothing_is_reserved_where_rating_is_not_allowed(
    study: Any, ann: Any, as_rater: Rater, change: str
) -> None:
    if change == "study":
        Study.objects.filter(pk=study.pk).update(state="locked")
    elif change == "consent":
        Study.objects.filter(pk=study.pk).update(consent_version=2)
    else:
        study.memberships.filter(rater=ann).update(state="paused")
    assert as_rater(ann).next().status_code in (403, 423)
    assert not Assignment.objects.filter(study=study, state="open").exists()


def test_what_is_handed_out_is_the_screen_as_it_is_read_afterwards(
    study: Any, ann: Any, as_rater: Rater
) -> None:
    rater = as_rater(ann)
    rater.draft(rater.take(), SAFE, 0, client="window")
    given = handing_out.next_screen(ann, study.slug)
    assert given is not None
    read = rated_screen.read(given.id, ann.pk)
    assert read is not None
    assert given == read
    assert (given.draft_revision, given.draft_payload, given.draft_client) == (1, SAFE, "window")
    assert given.state == "open"


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("", 200),
        ("*/*", 200),
        ("application/json", 200),
        ("application/json, text/html", 200),
        ("text/html, application/json;q=0.5", 200),
        ("text/html", 406),
    ],
)
def test_who_wants_no_json_is_told_that_there_is_nothing_else(
    study: Any, ann: Any, as_rater: Rater, accept: str, status: int
) -> None:
    client = as_rater(ann).client
    headers = {"Accept": accept} if accept else {}
    answer = client.get("/api/v1/assignments/next/", {"study": "first"}, headers=headers)
    assert answer.status_code == status
    unknown = client.get("/api/v1/assignments/next/", {"study": "first", "format": "xml"}, headers=headers)
    assert unknown.status_code == 404


def test_a_case_or_an_answer_that_is_gone_is_not_taken_for_an_empty_one(study: Any) -> None:
    with pytest.raises(rated_screen.StudyItem.DoesNotExist):
        rated_screen.case_of(-1)
    with pytest.raises(rated_screen.StudyAnswer.DoesNotExist):
        rated_screen.shown_answers((-1,))
    pk = Assignment.objects.filter(study=study)[0].answers[0]
    assert rated_screen.shown_answers((pk,))[0].text.startswith("Rest")
