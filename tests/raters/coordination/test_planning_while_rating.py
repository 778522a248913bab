"""Raters submit and leave while their study is planned again: nothing is lost and nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tests.raters.coordination.replanning import answers_wanted, given, opened, rate
from tests.same_moment import at_once

pytestmark = pytest.mark.django_db


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
