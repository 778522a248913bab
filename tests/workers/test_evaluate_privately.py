"""`manage.py evaluate` takes the same choices of who sees a result as the page does."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluation.models import Run, Submission
from leaderboard.models import ScoreEvent
from workers import warm

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_model_stays_warm() -> Any:
    yield
    warm.drop()


def evaluate(**more: str) -> None:
    asked = {
        "benchmark": "tiny",
        "system": "M",
        "backend": "baseline",
        "model": "constant",
        "json": True,
        **more,
    }
    call_command("evaluate", **asked, stdout=io.StringIO())


def test_a_private_run_is_scored_and_published_nowhere(tiny: Any) -> None:
    evaluate(visibility="private")
    assert Run.objects.get().state == "scored"
    assert Submission.objects.get().visibility == "private"
    assert not ScoreEvent.objects.exists()


def test_what_cannot_be_is_refused_in_words(tiny: Any) -> None:
    with pytest.raises(CommandError, match="a day such as 2027-01-31"):
        evaluate(visibility="anonymous", named_on="soon")
    with pytest.raises(CommandError, match="how the owner agreed"):
        evaluate(relation="agreed")
    assert not Submission.objects.exists()
