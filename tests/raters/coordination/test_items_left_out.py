"""An item left out of an open study is asked of nobody, and counts again when it is taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.raters.coordination.replanning import answers_wanted, check_whole, live, opened, rate

pytestmark = pytest.mark.django_db


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
