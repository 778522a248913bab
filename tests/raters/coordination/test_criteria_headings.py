"""Headings over criteria: words for a reader, whatever a published file calls its groups."""

from __future__ import annotations

from typing import Any

import pytest

from raters.templatetags.screens import group_label


@pytest.mark.parametrize(
    ("group", "heading"),
    [
        ("context_awareness", "Context awareness"),
        ("axis:communication_quality", "Communication quality"),
        ("theme:hedging", "Responding under uncertainty"),
        ("red_flags", "Red flags"),
        ("follow-up", "Follow up"),
        ("History taking", "History taking"),
        ("NSAIDs", "NSAIDs"),
        ("用药安全", "用药安全"),
        ("Safety: dose", "Safety: dose"),
        ("", ""),
    ],
)
def test_ids_are_put_in_words_and_words_stay(group: str, heading: str) -> None:
    assert group_label(group) == heading


@pytest.mark.django_db
def test_the_rating_form_shows_the_words(carla: Any, browser_of: Any) -> None:
    from raters.services import drafts, rubrics
    from tests.raters.coordination.conftest import Desk

    rubric = next(each for each in rubrics.publish_shipped() if each.slug == "healthbench")
    drafts.create(carla, "bench", "Bench", rubric, consent_text="You may leave.")
    desk = Desk(browser_of(carla), "bench")
    criteria = [
        {"id": "c1", "text": "Says to call an ambulance", "group": "axis:context_awareness"},
        {"id": "c2", "text": "Is polite", "points": -1, "group": "Tone of voice"},
    ]
    case = {"dialogue": [{"speaker": "patient", "text": "It hurts."}], "criteria": criteria}
    answer = desk.upload([{"key": "q", "case": case, "answers": {"Ash": "Call 112."}}])
    assert answer.status_code == 302, answer.content.decode()
    page = desk.get("items/1/").content.decode()
    assert "Context awareness</span>" in page
    assert "Tone of voice</span>" in page
    assert ">axis:context_awareness" not in page
