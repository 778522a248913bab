"""An open study goes on to a newer version of its rubric: unopened screens move, nothing rated does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

SAFE = """
[[axes]]
id = "safe"
label = "Safe"
question = "Is it safe?"
type = "binary"
options = [{ value = "yes", label = "Yes" }, { value = "no", label = "No" }]
"""
CLEAR = SAFE.replace('"safe"', '"clear"').replace("Safe", "Clear").replace("safe?", "clear?")


def rubric(*axes: str, guidelines: str = "Choose.") -> Any:
    """A version of the rubric with these questions."""
    from raters.services import rubrics

    head = 'id = "moving"\ntitle = "Moving"\ndescription = "D."\nunit = "answer"\nsource = "Tests."\n'
    return rubrics.publish(f'{head}guidelines = "{guidelines}"\n{"".join(axes)}', None)[0]


@pytest.fixture
def open_desk(
    carla: Any, raters: list[Any], browser_of: Callable[[Any], Client], item_lines: Callable[..., Any]
) -> Any:
    """Twelve items of one system, each rated by both of two raters; both consented."""
    from raters.services import drafts, memberships, people, studies
    from tests.raters.coordination.conftest import Desk

    quiet = {"overlap_share": 1.0, "repeat_share": 0.0, "gold_share": 0.0, "twin_share": 0.0}
    drafts.create(carla, "first", "First", rubric(SAFE), consent_text="You may leave.", design=quiet)
    desk = Desk(browser_of(carla), "first")
    desk.upload(item_lines(12, ("Ash",)))
    people.invite(desk.study, desk.study.groups.get().pk, ["rater1", "rater2"])
    studies.open_study(desk.study, without_dry_run=True)
    for rater in raters[:2]:
        memberships.consent(rater, "first", 1)
    return desk


class Rater:
    def __init__(self, person: Any) -> None:
        self.client = Client()
        self.client.force_login(person)

    def take(self, **query: str) -> Any:
        return self.client.get("/api/v1/assignments/next/", {"study": "first", **query}).json()

    def submit(self, pk: str, payload: dict[str, str], **more: str) -> Any:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        sent = {"payload": payload, "seconds": 20, **more}
        return self.client.post(
            f"/api/v1/assignments/{pk}/submit/", sent, "application/json", headers=headers
        )

    def rate(self, number: int, payload: dict[str, str]) -> list[str]:
        done = []
        for _ in range(number):
            pk = self.take()["assignment"]
            assert self.submit(pk, payload).status_code == 200
            done.append(pk)
        return done


def numbers(study: Any, **which: Any) -> set[int]:
    from raters.models import Assignment

    rows = Assignment.objects.filter(study=study, **which).exclude(state="void")
    return set(rows.values_list("rubric__number", flat=True))


def test_unopened_screens_move_and_opened_and_rated_ones_stay(open_desk: Any, raters: list[Any]) -> None:
    from raters.models import RubricMove

    one, two = Rater(raters[0]), Rater(raters[1])
    rated = one.rate(3, {"safe": "yes"})
    opened = two.take()["assignment"]
    ahead = two.take(after=opened)["assignment"]
    rubric(SAFE, guidelines="Choose well.")
    page = open_desk.get().content.decode()
    assert "A newer version of this rubric exists" in page
    assert "Move the 19 screens nobody has opened yet" in page
    page = open_desk.get("edit/newest-rubric/").content.decode()
    assert "the guidelines" in page
    assert "Every question stays as it is." in page
    assert open_desk.post("edit/newest-rubric/", version=2)["Location"] == "/studies/first/"
    assert open_desk.study.rubric.number == 2
    assert numbers(open_desk.study, pk__in=[*rated, opened, ahead]) == {1}
    assert numbers(open_desk.study, state="planned") == {2}
    (made,) = RubricMove.objects.all()
    assert (made.screens, made.kept, made.old.number, made.new.number) == (19, 5, 1, 2)
    assert made.author.username == "carla"
    page = open_desk.get().content.decode()
    assert "carla moved the study from version 1 of its rubric to 2: 19 screens moved, 5 stayed" in page
    assert "A newer version" not in page


def test_ratings_of_both_versions_are_counted_together_where_the_scale_is_the_same(
    open_desk: Any, raters: list[Any]
) -> None:
    from raters.models import AgreementTally
    from raters.services import counting

    one, two = Rater(raters[0]), Rater(raters[1])
    one.rate(12, {"safe": "yes"})
    counting.count_all_new(open_desk.study)
    rubric(SAFE, guidelines="Choose well.")
    open_desk.post("edit/newest-rubric/", version=2)
    two.rate(12, {"safe": "yes"})
    counting.count_all_new(open_desk.study)
    tally = AgreementTally.objects.get()
    assert (tally.variable, tally.n_ratings) == ("safe", 24)


def test_a_question_that_only_one_version_asked_is_counted_apart_and_stays_to_be_seen(
    open_desk: Any, raters: list[Any]
) -> None:
    from raters.models import AgreementTally
    from raters.services import counting

    one, two = Rater(raters[0]), Rater(raters[1])
    one.rate(4, {"safe": "yes"})
    late = two.take()["assignment"]
    rubric(CLEAR)
    page = open_desk.get("edit/newest-rubric/").content.decode()
    assert "No longer asked" in page
    assert "Added" in page
    open_desk.post("edit/newest-rubric/", version=2)
    assert two.submit(late, {"safe": "no"}).status_code == 200, "an opened screen is answered as it was shown"
    one.rate(3, {"clear": "no"})
    counting.count_all_new(open_desk.study)
    counted = dict(AgreementTally.objects.values_list("variable", "n_ratings"))
    assert counted == {"safe": 5, "clear": 3}
    counting.recount(open_desk.study)
    assert dict(AgreementTally.objects.values_list("variable", "n_ratings")) == counted
    page = open_desk.get("agreement/").content.decode()
    assert "Safe" in page
    assert "Clear" in page
    described = open_desk.get("export/study.json").json()
    assert described["rubric"]["version"] == 2
    assert [each["version"] for each in described["earlier_rubrics"]] == [1]
    for address in ("adjudication/", "quality/", "export/observations.csv", "export/codebook.csv"):
        assert open_desk.get(address).status_code == 200, address


def test_ratings_given_before_are_revised_in_the_version_they_were_given_in(
    open_desk: Any, raters: list[Any]
) -> None:
    one = Rater(raters[0])
    (rated,) = one.rate(1, {"safe": "yes"})
    rubric(CLEAR)
    open_desk.post("edit/newest-rubric/", version=2)
    assert one.submit(rated, {"clear": "yes"}, reason="Other.").status_code == 422
    assert one.submit(rated, {"safe": "no"}, reason="I misread it.").status_code == 200


def test_a_scale_that_changed_under_its_name_is_refused_with_the_reason_and_nothing_moves(
    open_desk: Any,
) -> None:
    third = '{ value = "perhaps", label = "P" }, { value = "no"'
    rubric(SAFE.replace('{ value = "no"', third).replace("binary", "nominal"))
    page = open_desk.get("edit/newest-rubric/").content.decode()
    assert "It cannot move" in page
    assert "is measured on another scale" in page
    assert "See why screens cannot move to it" in open_desk.get().content.decode()
    open_desk.post("edit/newest-rubric/", version=2)
    assert open_desk.study.rubric.number == 1
    assert numbers(open_desk.study) == {1}


def test_what_was_confirmed_is_what_was_looked_at(open_desk: Any) -> None:
    rubric(SAFE, guidelines="Choose well.")
    rubric(SAFE, guidelines="Choose even better.")
    page = open_desk.client.post("/studies/first/edit/newest-rubric/", {"version": 2}, follow=True)
    assert "Another version was published meanwhile" in page.content.decode()
    assert open_desk.study.rubric.number == 1
    assert open_desk.post("edit/newest-rubric/", version=3).status_code == 302
    open_desk.post("edit/newest-rubric/", version=3)
    assert open_desk.study.rubric_moves.count() == 1, "a second press of the button changes nothing"
    assert open_desk.post("edit/newest-rubric/", version="x").status_code == 302


def test_people_who_join_afterwards_rate_with_the_newer_version(open_desk: Any, raters: list[Any]) -> None:
    rubric(SAFE, guidelines="Choose well.")
    open_desk.post("edit/newest-rubric/", version=2)
    Rater(raters[0]).rate(2, {"safe": "yes"})
    open_desk.post("people/invite/", group=open_desk.study.groups.get().pk, names="rater3")
    member = open_desk.study.memberships.get(rater=raters[2])
    assert numbers(open_desk.study, membership=member) == {2}


def test_a_locked_study_stays_as_it_is(open_desk: Any) -> None:
    from raters.services import studies

    rubric(SAFE, guidelines="Choose well.")
    studies.lock(open_desk.study)
    assert "A newer version" not in open_desk.get().content.decode()
    open_desk.post("edit/newest-rubric/", version=2)
    assert open_desk.study.rubric.number == 1


def test_a_study_can_be_published_after_a_move(open_desk: Any, raters: list[Any]) -> None:
    from raters.services import counting, publication, results, studies

    for rater in raters[:2]:
        Rater(rater).rate(4, {"safe": "yes"})
    rubric(SAFE, CLEAR)
    open_desk.post("edit/newest-rubric/", version=2)
    for rater in raters[:2]:
        Rater(rater).rate(8, {"safe": "no", "clear": "yes"})
    counting.count_all_new(open_desk.study)
    assert publication.problems(open_desk.study) == []
    studies.lock(open_desk.study)
    results.settle(open_desk.study)
    assert list(results.unsettled_studies()) == []
