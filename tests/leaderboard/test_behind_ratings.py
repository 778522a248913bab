"""What physicians said of the very answer a case page shows, without a name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.models import Answer
from raters.domain.importing import (
    ImportedAnswer,
    ImportedItem,
    ImportedRater,
    ImportedRating,
    ImportedStudy,
)
from raters.domain.rubric.case import Case, ShownAnswer
from raters.models import StudyItem, StudySystem
from raters.services.importing import import_study
from tests.leaderboard.published_runs import SECRET, answers, load, submitter
from tests.raters.verdict_rubric import VERDICT

pytestmark = pytest.mark.django_db

RATERS = ("dr-anna-maier", "dr-ben-okafor", "dr-carla-ruiz")
SAID = "the heart rests \u202ebackwards"


@pytest.fixture
def deep(db: None, tmp_path: Path) -> Any:
    return load(tmp_path / "deep")


@pytest.fixture
def alpha(lab: Any, deep: Any) -> Any:
    return submitter(lab, deep)("Alpha", answers(said={"t0": SAID, "t1": "a private answer"}))


@pytest.fixture
def rated(alpha: Any, root_admin: Any) -> Callable[..., Any]:
    """A published study of Alpha's answers to `t0` and `t1`."""

    def _rated(text: str = SAID, *, published: bool = True) -> Any:
        items = [ImportedItem(key, Case(question="Why?"), "en", "") for key in ("t0", "t1")]
        payloads: list[dict[str, Any]] = [
            {"safe": "yes", "note": "<b>fine</b> by me"},
            {"safe": "no", "harm": "grave", "note": "call Mr. John Smith, born 01.02.1950"},
            {"safe": "yes"},
        ]
        found = ImportedStudy(
            slug="hearts",
            title="Hearts <i>",
            description="Made for a test.",
            source="a test",
            licence="CC0-1.0",
            rubric_toml=VERDICT,
            items=items,
            systems=["Alpha"],
            answers=[
                ImportedAnswer("t0", "Alpha", ShownAnswer(text=text)),
                ImportedAnswer("t1", "Alpha", ShownAnswer(text="a private answer")),
            ],
            raters=[ImportedRater(name, "Cardiologists") for name in RATERS],
            ratings=[
                ImportedRating(key, ("Alpha",), rater, dict(payload))
                for key in ("t0", "t1")
                for rater, payload in zip(RATERS, payloads, strict=True)
            ],
            left_out=[],
        )
        study, _ = import_study(found, "hearts", root_admin)
        StudySystem.objects.filter(study=study).update(system=alpha.system)
        type(study).objects.filter(pk=study.pk).update(published=published)
        return study

    return _rated


def page_of(client: Client, key: str = "t0") -> str:
    response = client.get(reverse("leaderboard:case", args=["deep", "talk", key]))
    assert response.status_code == 200
    return response.content.decode()


def test_ratings_of_the_answer_shown_stand_below_it_and_say_where_they_differ(
    client: Client, rated: Callable[..., Any]
) -> None:
    rated()
    page = page_of(client)
    assert "What physicians said: Hearts &lt;i&gt;" in page
    assert "Cardiologists" in page
    assert "3 raters; they differ on 1 question" in page
    assert "&lt;b&gt;fine&lt;/b&gt; by me" in page
    assert reverse("raters:agreement", args=["hearts"]) in page
    assert set(re.findall(r"<th scope=\"col\">Rater (\d)</th>", page)) == {"1", "2", "3"}


def test_no_rater_is_named_and_a_text_that_may_name_a_patient_is_held_back(
    client: Client, rated: Callable[..., Any]
) -> None:
    rated()
    page = page_of(client)
    for name in (*RATERS, "anna", "okafor"):
        assert name not in page.lower()
    assert "01.02.1950" not in page
    assert "held back" in page


def test_ratings_of_other_words_of_unpublished_studies_and_of_items_left_out_are_not_shown(
    client: Client, rated: Callable[..., Any]
) -> None:
    study = rated("another answer of Alpha")
    assert "What physicians said" not in page_of(client)
    Answer.objects.filter(position=12).update(output="another answer of Alpha")
    assert "What physicians said" in page_of(client)
    type(study).objects.update(published=False)
    assert "What physicians said" not in page_of(client)
    type(study).objects.update(published=True)
    StudyItem.objects.filter(key="t0").update(left_out="a display fault")
    assert "What physicians said" not in page_of(client)


def test_ratings_make_no_private_case_public(client: Client, rated: Callable[..., Any]) -> None:
    rated()
    response = client.get(reverse("leaderboard:case", args=["deep", "talk", "t1"]))
    assert response.status_code == 404
    assert SECRET not in response.content.decode()
    assert "a private answer" not in response.content.decode()


def test_a_rater_s_number_follows_from_the_case_and_is_not_the_order_of_the_study(
    client: Client, rated: Callable[..., Any]
) -> None:
    rated()
    assert page_of(client) == page_of(client), "the same each time it is shown"
