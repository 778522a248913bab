"""How long is left: the planned time at first, the rater's own more and more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from raters.models import Assignment
from raters.selectors.assignments import PLANNED_COUNTS_AS, Progress, progress_of


def test_before_the_first_screen_the_planned_minutes_are_told() -> None:
    assert Progress(done=0, total=8, seconds=0, timed=0).minutes_left(3.0) == pytest.approx(24.0)


def test_after_as_many_screens_as_the_plan_counts_both_paces_weigh_the_same() -> None:
    halfway = Progress(done=5, total=15, seconds=5 * 60, timed=PLANNED_COUNTS_AS)
    assert halfway.minutes_left(3.0) == pytest.approx(10 * (3.0 + 1.0) / 2)


def test_in_the_end_the_raters_own_pace_is_what_counts() -> None:
    late = Progress(done=5000, total=5010, seconds=5000 * 60, timed=5000)
    assert late.minutes_left(3.0) == pytest.approx(10.0, rel=0.01)


def test_one_screen_left_open_over_lunch_does_not_make_days_of_the_rest() -> None:
    assert Progress(done=1, total=11, seconds=7200, timed=1).minutes_left(3.0) == pytest.approx(225.0)


def test_skipped_screens_are_done_and_tell_nothing_of_the_pace() -> None:
    assert Progress(done=4, total=8, seconds=0, timed=0).minutes_left(3.0) == pytest.approx(12.0)


def test_when_nothing_is_left_no_time_is_told() -> None:
    assert Progress(done=8, total=8, seconds=900, timed=8).minutes_left(3.0) is None


@pytest.mark.django_db
def test_only_submitted_screens_that_are_no_training_are_timed(
    trained_study: Any, ann: Any, as_rater: Callable[..., Any]
) -> None:
    member = trained_study.memberships.get(rater=ann)
    rows = list(Assignment.objects.filter(membership=member).order_by("place"))
    training, live = rows[0], rows[-3:]
    for row, state, seconds in (
        (training, "submitted", 600),
        (live[0], "submitted", 90),
        (live[1], "skipped", 45),
        (live[2], "void", 30),
    ):
        Assignment.objects.filter(pk=row.pk).update(state=state, seconds=seconds)
    assert progress_of(member.pk) == Progress(done=3, total=len(rows) - 1, seconds=90, timed=1)
