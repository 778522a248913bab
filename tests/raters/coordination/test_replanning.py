"""Planning an open study again: nothing finished or opened moves, nothing planned is lost or comes twice."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.same_moment import at_once

pytestmark = pytest.mark.django_db

QUIET = {"overlap_share": 0.25, "repeat_share": 0.0, "gold_share": 0.0, "twin_share": 0.0}


def opened(desk: Any, items: list[dict[str, Any]], raters: list[Any], **design: Any) -> Any:
    """An open study; everybody consented."""
    from raters.services import drafts, memberships, people, studies

    assert desk.upload(items).status_code == 302
    people.invite(desk.study, desk.study.groups.get().pk, [rater.username for rater in raters])
    drafts.change(desk.study, design=QUIET | design)
    studies.open_study(desk.study, without_dry_run=True)
    for rater in raters:
        memberships.consent(rater, desk.slug, 1)
    return desk.study


def take(client: Client, slug: str) -> str:
    """The next screen of a rater, opened."""
    answer = client.get("/api/v1/assignments/next/", {"study": slug})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["assignment"])


def rater_client(rater: Any) -> Client:
    client = Client()
    client.force_login(rater)
    return client


def rate(rater: Any, slug: str, number: int, value: str = "yes") -> list[Any]:
    """Rate the next screens as a program does; their assignments."""
    from raters.models import Assignment

    done, client = [], rater_client(rater)
    for _ in range(number):
        pk = take(client, slug)
        sent = {"payload": {"safe": value}, "seconds": 20}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = client.post(f"/api/v1/assignments/{pk}/submit/", sent, "application/json", headers=headers)
        assert answer.status_code == 200, answer.content
        done.append(Assignment.objects.get(pk=pk))
    return done


def live(study: Any, **more: Any) -> list[Any]:
    from raters.models import Assignment

    rows = Assignment.objects.filter(study=study, kind="live", **more).exclude(state="void")
    return list(rows.order_by("membership", "place"))


def answers_wanted(study: Any) -> Counter[int]:
    """How often each answer is to be rated: by two in the overlap, by one otherwise."""
    group = study.groups.get()
    wanted: Counter[int] = Counter()
    for item, _content, needed, _overlap in study.plan[str(group.pk)]["blocks"]:
        for pk in study.items.get(pk=int(item)).answers.filter(is_twin=False).values_list("pk", flat=True):
            wanted[pk] += needed
    return wanted


def given(study: Any, **more: Any) -> Counter[int]:
    return Counter(answer for row in live(study, **more) for answer in row.answers)


def check_whole(study: Any) -> None:
    """Every answer is planned as often as wanted, no rater has one twice, places are in order."""
    study.refresh_from_db()
    assert given(study) == answers_wanted(study)
    seen = Counter((row.membership_id, answer) for row in live(study) for answer in row.answers)
    assert set(seen.values()) <= {1}
    for member in study.memberships.all():
        places = list(
            member.assignments.exclude(state="void").order_by("place").values_list("place", flat=True)
        )
        assert len(places) == len(set(places))


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


def test_an_opened_screen_stays_even_when_everything_else_moves(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.models import Assignment

    study = opened(desk, item_lines(12), raters[:2])
    pk = take(rater_client(raters[0]), "first")
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
    client = rater_client(raters[1])
    where = f"/api/v1/assignments/{take(client, 'first')}/draft/"
    answer = client.put(where, {"payload": {"safe": "no"}}, "application/json", headers={"If-Match": '"0"'})
    assert answer.status_code == 200
    for rater in raters[:2]:
        member = study.memberships.get(rater=rater)
        page = desk.client.post(f"/studies/first/people/{member.pk}/remove/", follow=True).content.decode()
        assert "has begun to rate" in page
        assert study.memberships.filter(pk=member.pk).exists()


def test_an_item_left_out_is_asked_of_nobody_again_and_planning_goes_on(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.models import Assignment
    from raters.services.replanning import lay_out_again

    study = opened(desk, item_lines(12), raters[:3])
    done = rate(raters[0], "first", 3)
    item = done[0].item
    desk.post(f"items/{item.number}/leave-out/", reason="the table is cut off")
    assert not Assignment.objects.filter(item=item, state="planned").exists()
    assert Assignment.objects.get(pk=done[0].pk).state == "submitted"
    lay_out_again(study)
    desk.post("people/invite/", group=study.groups.get().pk, names="rater4")
    assert not Assignment.objects.filter(item=item, state__in=["planned", "open"]).exists()
    rest = [row for row in live(study) if row.item_id != item.pk]
    wanted = answers_wanted(desk.study)
    own = set(item.answers.values_list("pk", flat=True))
    assert Counter(a for row in rest for a in row.answers) == Counter(
        {a: n for a, n in wanted.items() if a not in own}
    )


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


@pytest.mark.django_db(transaction=True)
def test_raters_who_submit_while_the_study_is_planned_again_lose_nothing(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.models import RatingRevision
    from raters.services import people
    from raters.services.replanning import lay_out_again

    study = opened(desk, item_lines(30), raters[:3])
    failures: list[BaseException] = []

    def in_thread(act: Callable[[], Any]) -> threading.Thread:
        def run() -> None:
            try:
                act()
            except BaseException as fault:  # told to the test, which fails on it
                failures.append(fault)
            finally:
                connection.close()

        return threading.Thread(target=run)

    threads = [in_thread(lambda rater=rater: rate(rater, "first", 8)) for rater in raters[:3]]
    threads += [in_thread(lambda: [lay_out_again(study) for _ in range(3)])]
    threads += [in_thread(lambda: people.invite(study, study.groups.get().pk, ["rater4"]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert RatingRevision.objects.filter(membership__study=study).count() == 24
    study.refresh_from_db()
    rated = given(study, state="submitted")
    planned = given(study)
    wanted = answers_wanted(study)
    assert all(planned[answer] >= number for answer, number in wanted.items()), (
        "no answer is left without a rater"
    )
    extra = study.assignments.filter(kind="extra").count()
    assert sum(rated.values()) + extra == 24


def test_an_item_taken_back_counts_again_and_what_is_unrated_of_it_is_handed_out(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.models import Assignment, Observation
    from raters.services import counting

    study = opened(desk, item_lines(12), raters[:3], overlap_share=1.0)
    done = rate(raters[0], "first", 3)
    item = done[0].item
    counting.count_all_new(study)
    counted = Observation.objects.filter(study=study).count()
    desk.post(f"items/{item.number}/leave-out/", reason="the table is cut off")
    counting.count_all_new(study)
    assert Observation.objects.filter(study=study).count() < counted
    page = desk.get(f"items/{item.number}/").content.decode()
    assert "what of it is not rated yet is handed out" in page
    page = desk.client.post(f"/studies/first/items/{item.number}/take-back/", follow=True).content.decode()
    assert "The item counts again: 2 screens are handed out for it." in page
    check_whole(study)
    counting.count_all_new(study)
    assert Observation.objects.filter(study=study).count() == counted
    waiting = Assignment.objects.filter(item=item, state="planned")
    assert waiting.count() == 2, "the other rater of each of its two answers"
    assert done[0].membership_id not in set(waiting.values_list("membership", flat=True))
    desk.post(f"items/{item.number}/take-back/")
    assert waiting.count() == 2, "pressed twice it is taken back once"


def test_planted_screens_come_back_with_their_item(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    gold = {
        "key": "g", "kind": "gold", "case": {"question": "G?"}, "answers": {"Ash": "x", "Elm": "y"},
        "expected": {"systems": ["Ash"], "payload": {"safe": "yes"}},
    }  # fmt: skip
    study = opened(desk, [gold, *item_lines(40)], raters[:2], gold_share=0.05)
    item = study.items.get(key="g")
    planned = item.assignments.filter(state="planned", kind="gold")
    number = planned.count()
    assert number == 2
    for _ in range(2):
        desk.post(f"items/{item.number}/leave-out/", reason="its answer is disputed")
        assert planned.count() == 0
        desk.post(f"items/{item.number}/take-back/")
        assert planned.count() == number
        assert len(set(planned.values_list("membership", flat=True))) == number, "one each, not two"
    check_whole(study)


def test_nothing_is_taken_back_once_the_study_is_locked(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.services import studies

    study = opened(desk, item_lines(6), raters[:2])
    item = study.items.first()
    desk.post(f"items/{item.number}/leave-out/", reason="a fault")
    studies.lock(study)
    page = desk.client.post(f"/studies/first/items/{item.number}/take-back/", follow=True).content.decode()
    assert "what it counts stays as it is" in page
    item.refresh_from_db()
    assert item.left_out == "a fault"


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


def test_a_reserved_or_begun_screen_stays_and_one_that_was_only_looked_at_goes(
    desk: Any, item_lines: Callable[..., Any], raters: list[Any]
) -> None:
    from raters.models import Assignment
    from raters.services import rating
    from raters.services.replanning import lay_out_again

    study = opened(desk, item_lines(12), raters[:4])
    reserved, begun, looked_at = [take(rater_client(rater), "first") for rater in raters[:3]]
    rating.save_draft(raters[1], uuid.UUID(begun), {"safe": "no"}, 0, "", 0)
    ended = timezone.now() - timedelta(seconds=1)
    Assignment.objects.filter(pk__in=[begun, looked_at]).update(lease_until=ended)
    lay_out_again(study)
    states = {str(pk): state for pk, state in Assignment.objects.values_list("pk", "state")}
    assert [states[pk] for pk in (reserved, begun, looked_at)] == ["open", "open", "void"]
    check_whole(study)


@pytest.mark.django_db(transaction=True)
def test_raters_leave_while_the_study_is_planned_again_and_nobody_waits_for_ever(
    desk: Any, item_lines: Callable[..., Any], make_person: Callable[..., Any]
) -> None:
    from raters.services import memberships
    from raters.services.replanning import lay_out_again

    people = [make_person(f"leaver{n}", "rater") for n in range(12)]
    study = opened(desk, item_lines(12), people)
    for rater in people:
        rate(rater, "first", 1)
    for rater in people[:9]:
        outcomes = at_once(
            lambda rater=rater: memberships.withdraw(rater, "first"),
            lambda: lay_out_again(study),
            lambda: lay_out_again(study),
        )
        assert not [each for each in outcomes if isinstance(each, Exception)], outcomes
    assert study.memberships.filter(state="withdrawn").count() == 9
    assert not study.assignments.filter(membership__state="withdrawn", state__in=["planned", "open"]).exists()
