"""Planning an open study again: nothing finished or opened moves, nothing planned is lost or comes twice."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.raters.coordination.replanning import check_whole, live, opened, rate, take
from tests.signed_in import signed_in

pytestmark = pytest.mark.django_db


def test_planning_again_with_nothing_changed_keeps_the_study_whole(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.services.replanning import lay_out_again

    study = opened(desk, item_lines(16), raters[:3])
    check_whole(study)
    for _ in range(3):
        lay_out_again(study)
        check_whole(study)


def test_a_newcomer_gets_a_part_and_the_finished_stays(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    study = opened(desk, item_lines(24), raters[:2])
    finished = {
        row.pk: row.membership_id for row in rate(raters[0], "first", 7) + rate(raters[1], "first", 3)
    }
    group = study.groups.get().pk
    assert desk.post("people/invite/", group=group, names="rater3").status_code == 302
    check_whole(study)
    newcomer = study.memberships.get(rater=raters[2])
    own = live(study, membership=newcomer)
    # 24 items of 2 answers, a quarter twice: 60 screens; the newcomer has the fewest done and catches up
    assert 12 <= len(own) <= 24
    for pk, member in finished.items():
        row = next(row for row in live(study) if row.pk == pk)
        assert (row.membership_id, row.state) == (member, "submitted")


def test_a_newcomer_begins_with_the_training_and_nobody_else_has_it_again(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    training = {
        "key": "t", "kind": "training", "case": {"question": "T?"}, "answers": {"Ash": "x", "Elm": "y"},
        "expected": {"systems": ["Ash"], "payload": {"safe": "yes"}},
    }  # fmt: skip
    study = opened(desk, [training, *item_lines(8)], raters[:2])
    rate(raters[0], "first", 2)
    desk.post("people/invite/", group=study.groups.get().pk, names="rater3")
    for member in study.memberships.all():
        own = member.assignments.exclude(state="void").order_by("place")
        assert [row.kind for row in own].count("training") == 1
        assert own[0].kind == "training"


def test_an_opened_screen_stays_even_when_everything_else_moves(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.models import Assignment

    study = opened(desk, item_lines(12), raters[:2])
    pk = take(signed_in(raters[0]), "first")
    before = Assignment.objects.get(pk=pk)
    for name in ("rater3", "rater4"):
        desk.post("people/invite/", group=study.groups.get().pk, names=name)
    after = Assignment.objects.get(pk=pk)
    assert (after.state, after.place, after.answers, after.order) == (
        "open",
        before.place,
        before.answers,
        before.order,
    )
    check_whole(study)


def test_repeats_come_after_what_they_repeat_and_not_right_after_it(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.models import Assignment
    from raters.services.replanning import lay_out_again

    gold = [
        {"key": f"g{n}", "kind": "gold", "case": {"question": f"G{n}?"}, "answers": {"Ash": "x", "Elm": "y"},
         "expected": {"systems": ["Ash"], "payload": {"safe": "yes"}}}
        for n in range(4)
    ]  # fmt: skip
    study = opened(desk, [*item_lines(40), *gold], raters[:2], repeat_share=0.1, gold_share=0.05)
    assert Assignment.objects.filter(study=study, kind="repeat").count() >= 8
    rate(raters[0], "first", 9)
    for name in ("rater3", "rater4"):
        desk.post("people/invite/", group=study.groups.get().pk, names=name)
    lay_out_again(study)
    check_whole(study)
    repeats = (
        Assignment.objects.filter(study=study, kind="repeat").exclude(state="void").select_related("repeats")
    )
    assert repeats
    for row in repeats:
        assert row.repeats is not None
        assert row.repeats.state != "void"
        assert (row.repeats.membership_id, row.repeats.answers) == (row.membership_id, row.answers)
        between = Assignment.objects.filter(
            membership=row.membership_id, place__gt=row.repeats.place, place__lt=row.place
        ).exclude(state="void")
        assert between.count() >= 9
    seen = Counter(
        Assignment.objects.filter(study=study, kind="gold")
        .exclude(state="void")
        .values_list("membership", "item")
    )
    assert set(seen.values()) <= {1}, "a gold item is planted once a rater"


def test_pairs_are_planned_again_with_their_sides(
    pair_desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    study = opened(pair_desk, item_lines(15, ("Ash", "Elm", "Oak")), raters[:2])
    pairs = Counter(tuple(row.answers) for row in live(study))
    pair_desk.post("people/invite/", group=study.groups.get().pk, names="rater3\nrater4")
    after = Counter(tuple(row.answers) for row in live(study))
    assert after == pairs, "the same pairs, each as often as before"
    sides = Counter(tuple(row.order) for row in live(study))
    assert abs(sides[0, 1] - sides[1, 0]) <= 4


def test_groups_are_planned_apart(desk: Any, item_lines: Callable[..., Any], raters: list[Any]) -> None:
    from raters.models import Assignment
    from raters.services import people, studies

    desk.upload(item_lines(8))
    lay = people.keep_group(
        desk.study, None, name="Lay", specialties=[], languages=[], needs_credential=False
    )
    first = desk.study.groups.first().pk
    people.invite(desk.study, first, ["rater1", "rater2"])
    people.invite(desk.study, lay.pk, ["rater3"])
    studies.open_study(desk.study, without_dry_run=True)
    before = set(Assignment.objects.filter(membership__group=lay.pk).values_list("item", flat=True))
    people.invite(desk.study, lay.pk, ["rater4"])
    rows = Assignment.objects.filter(membership__group=lay.pk, kind="live").exclude(state="void")
    assert len({(row.item_id, tuple(row.answers)) for row in rows}) == 16
    assert before == {row.item_id for row in rows}


def test_nothing_is_planned_again_in_a_draft_or_once_locked(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.services import people, studies
    from raters.services.refusals import NotAllowedError
    from raters.services.replanning import lay_out_again

    with pytest.raises(NotAllowedError):
        lay_out_again(desk.study)
    study = opened(desk, item_lines(6), raters[:2])
    studies.lock(study)
    with pytest.raises(NotAllowedError):
        lay_out_again(study)
    with pytest.raises(NotAllowedError):
        people.invite(study, study.groups.get().pk, ["rater3"])


def test_a_reserved_or_begun_screen_stays_and_one_that_was_only_looked_at_goes(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.models import Assignment
    from raters.services import rating
    from raters.services.replanning import lay_out_again

    study = opened(desk, item_lines(12), raters[:4])
    reserved, begun, looked_at = [take(signed_in(rater), "first") for rater in raters[:3]]
    rating.save_draft(raters[1], uuid.UUID(begun), {"safe": "no"}, 0, "", 0)
    ended = timezone.now() - timedelta(seconds=1)
    Assignment.objects.filter(pk__in=[begun, looked_at]).update(lease_until=ended)
    lay_out_again(study)
    states = {str(pk): state for pk, state in Assignment.objects.values_list("pk", "state")}
    assert [states[pk] for pk in (reserved, begun, looked_at)] == ["open", "open", "void"]
    check_whole(study)
