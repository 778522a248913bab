"""A rater finds everything they did again, and nothing that would tell what was planted or whose answer it is."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from raters.models import Assignment, Flag
from raters.services import memberships, studies

pytestmark = pytest.mark.django_db
SAFE = {"safe": "yes"}


def page_of(person: Any, slug: str = "first", **query: str) -> Any:
    client = Client()
    client.force_login(person)
    return client.get(f"/studies/{slug}/mine/", query)


def text_of(person: Any, slug: str = "first", **query: str) -> str:
    response = page_of(person, slug, **query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_each_screen_stands_there_with_a_way_back_to_it(
    study: Any, ann: Any, as_rater: Callable[..., Any]
) -> None:
    rater = as_rater(ann)
    first = rater.take()
    rater.submit(first, SAFE, seconds=90)
    second = rater.take()
    rater.post(second, "skip", {"reason": "missing_context", "note": "no age"})
    rater.post(first, "flag", {"note": "Cut <i>off</i>."})
    Flag.objects.update(resolved_at="2026-01-01T00:00Z", resolution="Mended.")
    page = text_of(ann)
    assert f"/studies/first/rate/?assignment={first}" in page
    assert f"/studies/first/mine/{second}/take-up/" in page
    assert "Context is missing" in page
    assert '<td class="num">1.5</td>' in page  # 90 seconds
    assert "Cut &lt;i&gt;off&lt;/i&gt;." in page
    assert "Mended." in page
    assert "1 more screen waits for you." in page


def test_what_comes_next_is_not_shown_ahead(study: Any, ann: Any, as_rater: Callable[..., Any]) -> None:
    as_rater(ann).take()  # reserved, never looked at
    page = text_of(ann)
    assert "No screen here" in page
    assert "3 more screens wait for you." in page
    assert "Case 0?" not in page


@pytest.mark.parametrize(
    ("show", "rated", "skipped"),
    [
        ("all", True, True),
        ("rated", True, False),
        ("skipped", False, True),
        ("flagged", False, False),
        ("'", True, True),
    ],
)
def test_the_list_is_narrowed(
    show: str, rated: bool, skipped: bool, study: Any, ann: Any, as_rater: Callable[..., Any]
) -> None:
    rater = as_rater(ann)
    first = rater.take()
    rater.submit(first, SAFE)
    second = rater.take()
    rater.post(second, "skip", {"reason": "ambiguous"})
    page = text_of(ann, show=show, page="99999999999999999999")
    assert (first in page, second in page) == (rated, skipped)


def test_planted_screens_look_like_any_other(study: Any, ann: Any, as_rater: Callable[..., Any]) -> None:
    rater = as_rater(ann)
    for kind in ("gold", "repeat", "twin"):
        pk = rater.take()
        Assignment.objects.filter(pk=pk).update(kind=kind)
        rater.submit(pk, SAFE)
    page = text_of(ann)
    table = page[page.index("<table") : page.index("</table>")]
    rows = re.findall(r"<tr>.*?</tr>", table)[1:]
    alike = {re.sub(r"[0-9a-f-]{36}|\d|<time.*?</time>|Case [^<]*", "", row) for row in rows}
    assert len(rows) == 3
    assert len(alike) == 1
    assert not re.search(r"gold|repeat|twin", page.lower())


def test_sources_are_named_after_the_lock_and_not_before(
    ann: Any, carla: Any, make_study: Callable[..., Any], as_rater: Callable[..., Any]
) -> None:
    study = make_study("named", [ann], carla)
    study.systems.update(name="Zebrafish-9")
    memberships.consent(ann, "named", 1)
    rater = as_rater(ann, "named")
    rater.submit(rater.take(), SAFE)
    assert "Zebrafish-9" not in text_of(ann, "named")
    studies.lock(study)
    assert "Zebrafish-9" in text_of(ann, "named")


def test_a_skipped_screen_is_taken_up_again(study: Any, ann: Any, as_rater: Callable[..., Any]) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    rater.post(pk, "skip", {"reason": "ambiguous"})
    for _ in range(2):  # twice is once
        answer = rater.client.post(f"/studies/first/mine/{pk}/take-up/")
        assert answer["Location"] == f"/studies/first/rate/?assignment={pk}"
    assert Assignment.objects.get(pk=pk).state == "open"


def test_nobody_takes_up_or_reads_what_is_anothers(
    study: Any, ann: Any, ben: Any, eve: Any, carla: Any, root_admin: Any, as_rater: Callable[..., Any]
) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    rater.post(pk, "skip", {"reason": "ambiguous"})
    for other in (ben, eve, carla, root_admin):
        assert as_rater(other).client.post(f"/studies/first/mine/{pk}/take-up/").status_code == 404
    for other in (eve, carla, root_admin):
        assert page_of(other).status_code == 404
    assert rater.client.post(f"/studies/first/mine/{uuid.uuid4()}/take-up/").status_code == 404
    assert page_of(ann, "nowhere").status_code == 404
    assert Client().get("/studies/first/mine/").status_code == 302
    assert Assignment.objects.get(pk=pk).state == "skipped"


def test_training_is_shown_as_it_was_answered_first(
    trained_study: Any, ann: Any, as_rater: Callable[..., Any]
) -> None:
    rater = as_rater(ann, "trained")
    pk = rater.take()
    rater.submit(pk, {"safe": "no", "harm": "grave"})
    rater.submit(pk, SAFE, reason="the feedback")
    page = text_of(ann, "trained")
    assert "Training 1: 0 of 1 as expected" in page
    assert "It is." in page


def test_what_an_adjudicator_decided_is_told_once_the_rater_is_done(
    study: Any, ann: Any, carla: Any, as_rater: Callable[..., Any]
) -> None:
    from raters.models import Adjudication
    from raters.services import counting

    rater = as_rater(ann)
    first = rater.take()
    rater.submit(first, {"safe": "no", "harm": "grave"})
    row = Assignment.objects.get(pk=first)
    Adjudication.objects.create(
        study=study, item=row.item, unit=row.unit, variable="safe", value="yes", adjudicator=carla,
        explanation="It <i>is</i>. Call 212-555-0187.",
    )  # fmt: skip
    counting.count_all_new(study)
    assert "Where raters differed" not in text_of(ann)
    for _ in range(2):
        rater.submit(rater.take(), SAFE)
    page = text_of(ann)
    assert re.search(r'<td dir="auto">No</td><td dir="auto">Yes</td>', page)
    assert "212-555-0187" not in page  # the adjudicator's words go through the guard like anybody's
    assert "held back" in page


@pytest.mark.parametrize(
    ("value", "order", "said"),
    [
        ("a", [0, 1], "answer 1"),
        ("a", [1, 0], "answer 2"),
        ("b_much", [1, 0], "answer 1, clearly"),
        ("tie", [1, 0], "a tie"),
        ("neither", [0, 1], "neither"),
        (None, [0, 1], "not judged"),
    ],
)
def test_a_decision_on_a_pair_is_told_by_the_places_the_rater_saw(
    value: Any, order: list[int], said: str
) -> None:
    from raters.domain.rubric import read_rubric, shipped
    from raters.selectors.outcomes import in_words

    rubric = read_rubric(shipped()["quick_preference"])
    axis = next(axis for axis in rubric.axes if axis.type == "pairwise")
    assert in_words(axis, value, order) == said
