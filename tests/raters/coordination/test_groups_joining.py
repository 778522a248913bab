"""Groups of an open study: one joins and the others are not touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.raters.coordination.replanning import live, opened, rate

pytestmark = pytest.mark.django_db


def test_a_group_joins_an_open_study_and_the_others_are_not_touched(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.models import Assignment
    from raters.services import memberships

    study = opened(desk, item_lines(16), raters[:2])
    rate(raters[0], "first", 3)
    before = list(Assignment.objects.filter(study=study).exclude(state="void").order_by("pk").values())
    item = study.items.last()
    desk.post(f"items/{item.number}/leave-out/", reason="a fault")
    before = [row for row in before if row["item_id"] != item.pk]
    page = desk.client.post("/studies/first/people/groups/add/", {"group-name": "Lay"}, follow=True)
    assert "is added: invite its raters" in page.content.decode()
    lay = desk.study.groups.get(name="Lay")
    desk.post("people/invite/", group=lay.pk, names="rater3")
    alone = live(study, membership__group=lay)
    assert len(alone) == 2 * 15, "all that is not left out"
    desk.post("people/invite/", group=lay.pk, names="rater4")
    together = Counter(answer for row in live(study, membership__group=lay) for answer in row.answers)
    assert set(together.values()) == {1, 2}, "drawn again while nobody has begun: now with an overlap"
    assert item.pk not in {row.item_id for row in live(study, membership__group=lay)}
    others = Assignment.objects.filter(membership__group__name="Raters").exclude(item=item)
    assert list(others.exclude(state="void").order_by("pk").values()) == before
    memberships.consent(raters[2], "first", 1)
    done = rate(raters[2], "first", 4)
    desk.post(f"items/{item.number}/take-back/")
    assert item.pk in {row.item_id for row in live(study, membership__group=lay)}
    kept = Assignment.objects.filter(pk__in=[row.pk for row in done], state="submitted")
    assert kept.count() == 4
    after = Assignment.objects.filter(study=study, membership__group__name="Raters").exclude(state="void")
    assert {row["id"] for row in before if row["state"] == "submitted"} <= set(
        after.values_list("pk", flat=True)
    )


def test_a_group_of_an_open_study_is_not_changed_and_removed_only_while_it_has_nobody(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    study = opened(desk, item_lines(8), raters[:2])
    first = study.groups.get()
    page = desk.post(f"people/groups/{first.pk}/", **{f"group{first.pk}-name": "Other"}).content.decode()
    assert "its groups stay as they are" in page
    desk.post("people/groups/add/", **{"group-name": "Lay"})
    lay = study.groups.get(name="Lay")
    assert "Remove the group" in desk.get("people/").content.decode()
    desk.post(f"people/groups/{lay.pk}/remove/")
    assert study.groups.count() == 1
    desk.post(f"people/groups/{first.pk}/remove/")
    assert study.groups.count() == 1
