"""Groups and invitations: who gets in, who is told why not, and who sees what of whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


def invite(desk: Any, names: str, **more: Any) -> str:
    group = desk.study.groups.first().pk
    sent = {"group": group, "names": names, **more}
    return str(desk.client.post(f"/studies/{desk.slug}/people/invite/", sent, follow=True).content.decode())


def members(desk: Any) -> set[str]:
    return set(desk.study.memberships.values_list("name", flat=True))


def test_raters_are_invited_by_name_and_by_address_and_the_rest_is_named(
    desk: Any, raters: list[Any], make_person: Callable[..., Any]
) -> None:
    make_person("mia", "rater", email="Mia@Example.org")
    make_person("sub", "submitter", email="sub@example.org")
    gone = make_person("gone", "rater")
    gone.is_active = False
    gone.save()
    shown = invite(desk, "rater1\n mia@example.ORG , rater2;rater1\nsub\nsub@example.org\ngone\nnobody")
    assert members(desk) == {"rater1", "rater2", "mia"}
    assert "No rater is known by: sub, sub@example.org, gone, nobody." in shown
    assert "In the study already: rater1." in invite(desk, "rater1")
    assert members(desk) == {"rater1", "rater2", "mia"}


def test_an_address_of_two_accounts_invites_neither(desk: Any, make_person: Callable[..., Any]) -> None:
    make_person("one", "rater", email="same@example.org")
    make_person("two", "rater", email="SAME@example.org")
    assert "Several accounts have the address" in invite(desk, "same@example.org")
    assert members(desk) == set()


@pytest.mark.parametrize(
    "names", ["", "  \n ", ",;,", "\x00", "x" * 20_001, "\n".join(f"n{n}" for n in range(201))]
)
def test_a_list_of_nobody_or_of_too_many_is_refused(desk: Any, names: str) -> None:
    answer = desk.post("people/invite/", group=desk.study.groups.first().pk, names=names)
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()


@pytest.mark.parametrize("group", ["", "x", "999999", "-1", "9" * 30])
def test_a_group_that_is_not_there_takes_nobody(desk: Any, raters: list[Any], group: str) -> None:
    assert desk.post("people/invite/", group=group, names="rater1").status_code == 400
    assert members(desk) == set()


def test_a_group_of_another_study_takes_nobody(desk: Any, pair_desk: Any, raters: list[Any]) -> None:
    foreign = pair_desk.study.groups.get().pk
    assert desk.post("people/invite/", group=foreign, names="rater1").status_code == 400
    assert desk.post(f"people/groups/{foreign}/", **{f"group{foreign}-name": "Mine"}).status_code == 400
    desk.post(f"people/groups/{foreign}/remove/")
    assert pair_desk.study.groups.get().name == "Raters"


def test_members_of_another_study_cannot_be_taken_out(desk: Any, pair_desk: Any, raters: list[Any]) -> None:
    invite(pair_desk, "rater1")
    foreign = pair_desk.study.memberships.get().pk
    for act in ("remove", "end"):
        assert desk.post(f"people/{foreign}/{act}/").status_code == 302
    assert pair_desk.study.memberships.get().state == "invited"


def test_what_people_agreed_to_is_kept_and_planned(filled: Any, raters: list[Any]) -> None:
    from raters.selectors import design
    from raters.services import people

    people.remove(filled.study, filled.study.memberships.get(rater=raters[0]).pk)
    invite(filled, "rater1", at_most="3")
    limits = {rater.at_most for rater in design.raters_of(filled.study.groups.get())}
    assert limits == {3, None}


def test_groups_are_added_changed_and_removed_while_they_are_empty(desk: Any, raters: list[Any]) -> None:
    sent = {"group-name": "Lay readers", "group-languages": ["es", "en"], "group-needs_credential": "on"}
    assert desk.post("people/groups/add/", **sent).status_code == 302
    made = desk.study.groups.get(name="Lay readers")
    assert (set(made.languages), made.specialties, made.needs_credential) == ({"en", "es"}, [], True)
    changed = {f"group{made.pk}-name": "Readers", f"group{made.pk}-specialties": ["cardiology"]}
    desk.post(f"people/groups/{made.pk}/", **changed)
    made.refresh_from_db()
    assert (made.name, made.specialties, made.languages, made.needs_credential) == (
        "Readers",
        ["cardiology"],
        [],
        False,
    )
    invite(desk, "rater1")
    first = desk.study.groups.get(name="Raters")
    desk.post(f"people/groups/{first.pk}/remove/")
    assert desk.study.groups.count() == 2, "a group with raters stays"
    desk.post(f"people/groups/{made.pk}/remove/")
    assert [group.name for group in desk.study.groups.all()] == ["Raters"]
    desk.post(f"people/{desk.study.memberships.get().pk}/remove/")
    desk.post(f"people/groups/{first.pk}/remove/")
    assert desk.study.groups.count() == 1, "the last group stays"


@pytest.mark.parametrize(
    "sent",
    [
        {"group-name": ""},
        {"group-name": "x" * 61},
        {"group-name": "Raters"},
        {"group-name": "nul\x00l"},
        {"group-name": "A", "group-specialties": ["nonsense"]},
        {"group-name": "A", "group-languages": ["xx"]},
    ],
)
def test_a_group_that_cannot_be_is_refused_beside_its_field(desk: Any, sent: dict[str, Any]) -> None:
    answer = desk.post("people/groups/add/", **sent)
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()
    assert desk.study.groups.count() == 1


def test_a_group_that_needs_credentials_says_who_is_given_nothing(desk: Any, raters: list[Any]) -> None:
    from django.utils import timezone

    from raters.models import Credential
    from raters.services import people

    group = desk.study.groups.get()
    people.keep_group(
        desk.study, group.pk, name="Raters", specialties=["cardiology"], languages=[], needs_credential=True
    )
    people.invite(desk.study, group.pk, ["rater1", "rater2"])
    shown = desk.get("people/").content.decode()
    assert shown.count("is given nothing") == 2
    assert "Nobody can rate in" in desk.get().content.decode()
    Credential.objects.create(rater=raters[0], specialties=["cardiology"], confirmed_at=timezone.now())
    shown = desk.get("people/").content.decode()
    assert shown.count("is given nothing") == 1
    assert "Cardiology" in shown


def test_credentials_confirmed_after_opening_are_planned_for_at_a_press(
    desk: Any, raters: list[Any], item_lines: Any
) -> None:
    from django.utils import timezone

    from raters.models import Credential
    from raters.services import people, studies

    group = desk.study.groups.get().pk
    people.keep_group(desk.study, group, name="Raters", specialties=[], languages=[], needs_credential=True)
    desk.upload(item_lines(10))
    Credential.objects.create(rater=raters[0], confirmed_at=timezone.now())
    people.invite(desk.study, group, ["rater1", "rater2"])
    studies.open_study(desk.study, without_dry_run=True)
    late = desk.study.memberships.get(rater=raters[1])
    assert late.assignments.count() == 0
    Credential.objects.create(rater=raters[1], confirmed_at=timezone.now())
    assert "no screens yet" in desk.get("people/").content.decode().replace(
        "has no screens", "have no screens"
    )
    desk.post("people/plan-again/")
    assert late.assignments.filter(state="planned").exists()


def test_progress_and_pace_are_shown(filled: Any, raters: list[Any]) -> None:
    from raters.models import Assignment
    from raters.selectors import members as page
    from raters.services import studies

    studies.open_study(filled.study, without_dry_run=True)
    member = filled.study.memberships.get(rater=raters[0])
    done = list(Assignment.objects.filter(membership=member)[:3])
    for row, seconds in zip(done, (30, 50, 100), strict=True):
        Assignment.objects.filter(pk=row.pk).update(state="submitted", seconds=seconds)
    row = next(row for row in page.groups_of(filled.study)[0].members if row.member == member)
    assert (row.done, row.median_seconds) == (3, 50.0)
    assert row.total == Assignment.objects.filter(membership=member).count()
    assert "50 s" in filled.get("people/").content.decode()


def test_the_page_of_many_people_asks_the_database_a_few_times(
    filled: Any, make_person: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    from raters.services import people

    for n in range(40):
        make_person(f"more{n}", "rater")
    people.invite(filled.study, filled.study.groups.get().pk, [f"more{n}" for n in range(40)])
    with django_assert_max_num_queries(25):
        filled.get("people/")
