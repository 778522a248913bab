"""A submission is one rating, however often it is sent; a change of it is a revision with a reason."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.journeys.rater_hands import Hands
from tests.journeys.rating_screen import LAY_PAYLOAD, REMARKS, Open, answers_lay, chip, in_view_after, shown
from tests.journeys.site_rows import Rows


def test_ctrl_enter_twice_is_one_rating(open_screen: Open, rows: Rows) -> None:
    page = open_screen()
    assignment = shown(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/submit/" in request.url else None)
    answers_lay(page)
    page.evaluate(
        """() => { for (let n = 0; n < 2; n++) document.activeElement.dispatchEvent(
             new KeyboardEvent("keydown", { key: "Enter", code: "Enter", ctrlKey: true, bubbles: true, cancelable: true })) }"""
    )
    chip(page).to_contain_text("Submitted")
    assert shown(page) != assignment
    assert len(sent) == 1
    assert [row["payload"] for row in rows.revisions(assignment)] == [LAY_PAYLOAD]


def test_a_submission_whose_answer_was_lost_is_sent_again_and_is_one_rating(
    open_screen: Open, rows: Rows
) -> None:
    page = open_screen()
    assignment = shown(page)
    keys: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()  # the server got it
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/submit/", lose_the_first_answer)
    answers_lay(page)
    page.keyboard.press("Control+Enter")
    chip(page).to_contain_text("Not saved: retrying")
    chip(page).to_contain_text("Submitted")
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert [row["payload"] for row in rows.revisions(assignment)] == [LAY_PAYLOAD]
    assert shown(page) != assignment


def test_a_change_after_submitting_asks_why_and_appends_a_revision(open_screen: Open, rows: Rows) -> None:
    page = open_screen(REMARKS)
    assignment = shown(page)
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    in_view_after(page, assignment)
    chip(page).to_contain_text("Submitted")
    (before,) = rows.revisions(assignment)

    page.goto(f"/studies/{REMARKS}/rate/?assignment={assignment}")
    expect(
        page.get_by_text("You are revising a rating that you submitted. This will be version 2.")
    ).to_be_visible()
    expect(page.locator("input[value=no_bias]")).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-problems]")).to_be_focused()
    expect(page.get_by_role("link", name="Say why you change your rating")).to_be_visible()
    hands = Hands(page)
    hands.go_to("eqm_bias_presence")
    hands.press("1", "3")
    hands.go_to("eqm_bias_dims")
    hands.press("1")
    hands.tab_to("[data-reason]")
    hands.write("I had overlooked the last sentence.")
    hands.press("Control+Enter")
    in_view_after(page, assignment)
    chip(page).to_contain_text("Submitted")

    first, second = rows.revisions(assignment)
    assert first == before
    assert second["number"] == 2
    assert second["payload"]["eqm_bias_presence"] == "severe_bias"
    assert second["reason"] == "I had overlooked the last sentence."
