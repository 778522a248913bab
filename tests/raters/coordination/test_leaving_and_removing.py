"""Who leaves, is removed or fails the training gives back what is not finished; what was rated stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.raters.coordination.replanning import (
    answers_wanted,
    check_whole,
    given,
    live,
    opened,
    rate,
    take,
)
from tests.signed_in import signed_in

pytestmark = pytest.mark.django_db


def test_what_a_leaver_had_not_finished_goes_to_others_and_ratings_stay(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.models import RatingRevision

    study = opened(desk, item_lines(18), raters[:3])
    rate(raters[0], "first", 5)
    leaver = study.memberships.get(rater=raters[0])
    half_done = leaver.assignments.get(state="submitted", place=5)
    assert desk.post(f"people/{leaver.pk}/end/").status_code == 302
    leaver.refresh_from_db()
    assert leaver.state == "withdrawn"
    assert RatingRevision.objects.filter(membership=leaver).count() == 5
    assert not leaver.assignments.filter(state__in=["planned", "open"]).exists()
    others = given(study, membership__in=study.memberships.exclude(pk=leaver.pk))
    # two answers an item: the fifth screen is the first half of the third block, which somebody else sees whole
    sibling = half_done.item.answers.exclude(pk=half_done.answers[0]).get(is_twin=False)
    whole = {
        answer for row in leaver.assignments.filter(state="submitted", place__lte=4) for answer in row.answers
    }
    study.refresh_from_db()
    wanted = answers_wanted(study)
    for answer, number in wanted.items():
        assert others[answer] == number - (answer in whole), answer
    assert others[sibling.pk] >= 1
    assert others[half_done.answers[0]] >= 1


def test_leaving_by_oneself_and_planning_again_is_the_same(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.services import memberships, people

    study = opened(desk, item_lines(12), raters[:3])
    rate(raters[1], "first", 2)
    memberships.withdraw(raters[1], "first")
    people.plan_again(study)
    study.refresh_from_db()
    leaver = study.memberships.get(rater=raters[1])
    done = {answer for row in leaver.assignments.filter(state="submitted") for answer in row.answers}
    others = given(study, membership__in=study.memberships.exclude(pk=leaver.pk))
    assert all(others[pk] == n - (pk in done) for pk, n in answers_wanted(study).items())
    people.plan_again(study)
    again = given(study, membership__in=study.memberships.exclude(pk=leaver.pk))
    assert again == others, "a second time nothing is given out once more"


def test_somebody_who_has_not_begun_is_removed_without_a_trace(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    study = opened(desk, item_lines(10), raters[:3])
    member = study.memberships.get(rater=raters[2])
    assert desk.post(f"people/{member.pk}/remove/").status_code == 302
    assert not study.memberships.filter(rater=raters[2]).exists()
    check_whole(study)


def test_somebody_who_has_begun_is_not_removed_not_even_with_a_draft_alone(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    study = opened(desk, item_lines(10), raters[:3])
    rate(raters[0], "first", 1)
    client = signed_in(raters[1])
    where = f"/api/v1/assignments/{take(client, 'first')}/draft/"
    answer = client.put(where, {"payload": {"safe": "no"}}, "application/json", headers={"If-Match": '"0"'})
    assert answer.status_code == 200
    for rater in raters[:2]:
        member = study.memberships.get(rater=rater)
        page = desk.client.post(f"/studies/first/people/{member.pk}/remove/", follow=True).content.decode()
        assert "has begun to rate" in page
        assert study.memberships.filter(pk=member.pk).exists()


def test_twins_and_gold_of_somebody_who_left_are_not_planned_for_others(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.models import Assignment

    lines = item_lines(30)
    for line in lines:
        line["wrong_twins"] = {"Ash": "Take ten times as much."}
    study = opened(desk, lines, raters[:3], twin_share=0.1)
    assert Assignment.objects.filter(study=study, kind="twin").exists()
    rate(raters[0], "first", 4)
    leaver = study.memberships.get(rater=raters[0])
    desk.post(f"people/{leaver.pk}/end/")
    twins = (
        Assignment.objects.filter(study=study, kind="twin").exclude(state="void").select_related("repeats")
    )
    for row in twins:
        assert row.membership_id != leaver.pk
        assert row.repeats is not None
        assert row.repeats.membership_id == row.membership_id
        assert row.repeats.state != "void"
        assert row.repeats.place < row.place


def test_a_rater_who_failed_the_training_gives_everything_back(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.services.replanning import lay_out_again

    study = opened(desk, item_lines(10), raters[:3])
    member = study.memberships.get(rater=raters[0])
    study.memberships.filter(pk=member.pk).update(state="refused")
    lay_out_again(study)
    assert not live(study, membership=member)
    check_whole(study)
