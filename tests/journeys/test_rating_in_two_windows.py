"""The same screen in two windows: the rater chooses, and nothing is discarded."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, expect

from tests.journeys.rater_hands import Hands
from tests.journeys.rating_screen import LAY, Open, answers_lay, chip, eventually_in, shown
from tests.journeys.site_rows import Rows


def test_two_windows_choose_question_by_question_and_nothing_is_discarded(
    browser: Browser, site: Any, signed_in: Any, open_screen: Open, rows: Rows
) -> None:
    mine = open_screen()
    assignment = shown(mine)
    device = browser.new_context(base_url=site.address, storage_state=signed_in)
    other = device.new_page()
    other.goto(f"/studies/{LAY}/rate/?assignment={assignment}")
    answers_lay(other, "1", "1")
    chip(other).to_contain_text("Draft saved")
    answers_lay(mine, "2", "2")

    box = mine.locator("#dialog-conflict")
    expect(box).to_be_visible()
    chip(mine).to_contain_text("Changed in another window")
    mine.keyboard.press("Escape")
    expect(box).to_be_visible()  # nothing is decided by closing it
    first, second = (box.locator("fieldset").nth(number) for number in range(2))
    expect(first.get_by_text("Keep mine: Meets it")).to_be_visible()
    expect(first.get_by_text("Keep the other: Misses it")).to_be_visible()
    expect(second.get_by_text("Keep mine: A bit")).to_be_visible()
    expect(second.get_by_text("Keep the other: Not at all")).to_be_visible()
    assert rows.draft(assignment)["payload"] == {"mp1_lay_intent": "not", "mp1_lay_helpfulness": "not"}

    second.get_by_text("Keep the other: Not at all").click()
    box.get_by_role("button", name="Use these answers").click()
    chip(mine).to_contain_text("Draft saved")
    chosen = {"mp1_lay_intent": "direct", "mp1_lay_helpfulness": "not"}
    eventually_in(mine, lambda: rows.draft(assignment)["payload"] == chosen)
    expect(mine.locator("input[value=direct]")).to_be_checked()

    mine.keyboard.press("z")  # what was chosen can be undone
    expect(mine.locator("[data-axis=mp1_lay_helpfulness] input[value=somewhat]")).to_be_checked()
    eventually_in(mine, lambda: rows.draft(assignment)["payload"]["mp1_lay_helpfulness"] == "somewhat")
    device.close()


def test_a_second_window_of_the_same_browser_makes_the_first_step_back(open_screen: Open, rows: Rows) -> None:
    first = open_screen()
    assignment = shown(first)
    Hands(first).press("2")
    second = open_screen(assignment=assignment)
    expect(first.get_by_text("This item is open in another window.")).to_be_visible()
    first.bring_to_front()
    first.get_by_role("button", name="Go on here").click()
    expect(first.locator("input[value=direct]")).to_be_checked()
    expect(second.get_by_text("This item is open in another window.")).to_be_visible()
    assert rows.draft(assignment)["payload"] == {"mp1_lay_intent": "direct"}
