"""A reason that everybody reads at once names no person: the browser warns, the server refuses."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.base import File
from django.urls import reverse

from evaluation.models import Submission
from evaluation.services import submissions
from leaderboard.models import Flag, ScoreEvent
from tests.signed_in import signed_in
from workers import tasks

pytestmark = pytest.mark.django_db

NAMING = "The patient named Jane Roe, MRN: 00481516, is in the training data."


@pytest.fixture
def published(lab: Any, tiny: Any, answers_to: Any) -> Submission:
    file = File(io.BytesIO(answers_to()), name="p.jsonl")
    made, _ = submissions.submit(lab, tiny, "Alpha", "", "p.jsonl", file)
    tasks.serve_queue()
    return Submission.objects.get(pk=made.pk)


def test_a_flag_is_refused_with_the_passages_and_the_words_are_kept(published: Submission, eve: Any) -> None:
    where = reverse("leaderboard:flag", args=[published.run.pk])
    answer = signed_in(eve).post(where, {"reason": NAMING})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "“Jane Roe”, “MRN: 00481516”" in page
    assert f"{NAMING}</textarea>" in page
    assert not Flag.objects.exists()
    signed_in(eve).post(where, {"reason": "Item 3 is in the training data."})
    assert Flag.objects.get().reason == "Item 3 is in the training data."


def test_moderation_and_withdrawal_take_no_such_reason(
    published: Submission, root_admin: Any, lab: Any
) -> None:
    before = ScoreEvent.objects.count()
    hide = reverse("leaderboard:hide", args=[published.run.pk])
    page = signed_in(root_admin).post(hide, {"reason": NAMING}, follow=True).content.decode()
    assert "This may name a person" in page
    withdraw = reverse("leaderboard:withdraw", args=[published.pk])
    page = signed_in(lab).post(withdraw, {"sure": "1", "reason": NAMING}, follow=True).content.decode()
    assert "This may name a person" in page
    assert ScoreEvent.objects.count() == before


def test_every_page_with_such_a_reason_warns_while_it_is_written(
    published: Submission, root_admin: Any, lab: Any
) -> None:
    pages = {
        reverse("leaderboard:flag", args=[published.run.pk]): lab,
        reverse("leaderboard:control", args=[published.pk]): lab,
        reverse("leaderboard:moderation"): root_admin,
    }
    for where, person in pages.items():
        assert "public-words.js" in signed_in(person).get(where).content.decode(), where
