"""Every rating screen has no fault of WCAG 2.2 AA, and neither has what can be opened on it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.eye import DIALOGUE, MEDVAL, PAIR, STUDIES, Sight, open_screen, screen_of, turn_to
from tests.journeys.site_rows import Rows


@pytest.mark.parametrize("study", STUDIES)
def test_a_rating_screen_has_no_fault(sight: Sight, rows: Rows, study: str) -> None:
    eye = sight()
    hands = open_screen(eye, rows, study)
    eye.sees_no_fault(f"{study}, nothing answered")
    hands.press("Control+Enter")
    expect(eye.page.locator("[data-problems]")).to_be_focused()
    eye.sees_no_fault(f"{study}, the summary of what is missing")
    for option in eye.page.locator(".axis-body input:is([type=radio], [type=checkbox]):visible").all()[:12]:
        if option.is_visible():
            option.check(force=True)
    eye.sees_no_fault(f"{study}, answered")


def test_marking_passages_has_no_fault(sight: Sight, rows: Rows) -> None:
    eye = sight()
    hands = open_screen(eye, rows, MEDVAL)
    turn_to(eye.page, "case")
    eye.page.locator(".markable[data-side=output]").focus()
    hands.press("Home", "Shift+ArrowRight", "Enter")
    eye.sees_no_fault("the palette of a new passage")
    hands.press("2", "r")
    eye.sees_no_fault("the palette of a marked passage")
    hands.press("Enter", "v")
    eye.sees_no_fault("sentence by sentence")


def test_pinning_a_turn_has_no_fault(sight: Sight, rows: Rows) -> None:
    eye = sight()
    hands = open_screen(eye, rows, DIALOGUE)
    turn_to(eye.page, "rate")
    hands.press("m")
    eye.sees_no_fault("met without a turn")
    hands.press("e")
    eye.sees_no_fault("a turn is asked for")


def test_comparing_two_answers_has_no_fault(sight: Sight, rows: Rows) -> None:
    eye = sight()
    open_screen(eye, rows, PAIR)
    eye.page.get_by_role("button", name="Show differences").click()
    eye.sees_no_fault("differences shown")


def test_the_feedback_of_a_training_item_has_no_fault(sight: Sight, rows: Rows) -> None:
    eye = sight()
    study = "sample-medpalm-lay"
    assignment = screen_of(rows, study, "training")
    hands = open_screen(eye, rows, study, "training")
    if not rows.revisions(assignment):
        turn_to(eye.page, "rate")
        hands.press("1", "Enter", "1", "Control+Enter")
    feedback = eye.page.locator("[data-feedback]")
    expect(feedback).to_have_count(1)
    turn_to(eye.page, "rate")
    expect(feedback).to_be_visible()
    eye.sees_no_fault("feedback")
