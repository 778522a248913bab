"""A session ends in mid-rating: it is taken up over the intact form, by its owner alone."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.rating_screen import RATER, chip, eventually_in, shown
from tests.journeys.site_rows import Rows


def sign_out(rater: BrowserContext, rows: Rows) -> None:
    """The session ends on the server; the browser still has its cookie."""
    key = next(each["value"] for each in rater.cookies() if each["name"].endswith("sessionid"))
    assert rows.change("DELETE FROM django_session WHERE session_key = %s", key) == 1


def sign_in_over(page: Page, name: str) -> None:
    page.locator("#signin-login").fill(name)
    page.locator("#signin-password").fill(f"{name}-consilium-demo")
    page.keyboard.press("Enter")


def test_a_session_that_ends_is_taken_up_over_the_intact_form(
    remark: tuple[Page, BrowserContext], rows: Rows
) -> None:
    page, context = remark
    assignment, address = shown(page), page.url
    page.keyboard.press("ArrowLeft")
    sign_out(context, rows)
    page.keyboard.type("X")

    dialog = page.locator("#dialog-signin")
    expect(dialog).to_be_visible()
    chip(page).to_contain_text("Signed out: sign in to keep saving")
    box = page.locator("textarea[data-writing]")
    expect(box).to_have_value("Half a thoughXt")
    assert rows.draft(assignment)["payload"]["eqm_comment"] == "Half a thought"
    expect(page.locator("#signin-login")).to_have_value(RATER)
    expect(page.locator("#signin-password")).to_be_focused()
    page.keyboard.type("not it")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("That was not it")).to_be_visible()

    sign_in_over(page, RATER)
    expect(dialog).to_be_hidden()
    eventually_in(page, lambda: rows.draft(assignment)["payload"]["eqm_comment"] == "Half a thoughXt")
    chip(page).to_contain_text("Draft saved")
    assert page.url == address
    expect(box).to_be_focused()
    page.keyboard.type("Y")  # the caret is where it was
    expect(box).to_have_value("Half a thoughXYt")


def test_somebody_else_who_signs_in_sends_nothing_of_it(
    remark: tuple[Page, BrowserContext], rows: Rows
) -> None:
    page, context = remark
    assignment = shown(page)
    sign_out(context, rows)
    page.keyboard.type(", kept")
    expect(page.locator("#dialog-signin")).to_be_visible()

    sign_in_over(page, "rater3")
    expect(
        page.get_by_text(f"You are signed in as rater3 now. The answers here belong to {RATER}")
    ).to_be_visible()
    assert rows.draft(assignment)["payload"]["eqm_comment"] == "Half a thought"

    sign_in_over(page, RATER)
    expect(page.locator("#dialog-signin")).to_be_hidden()
    eventually_in(page, lambda: rows.draft(assignment)["payload"]["eqm_comment"] == "Half a thought, kept")
    owners = rows.all(
        "SELECT DISTINCT person.username FROM raters_draft draft"
        " JOIN raters_assignment screen ON screen.id = draft.assignment_id"
        " JOIN raters_membership member ON member.id = screen.membership_id"
        " JOIN accounts_user person ON person.id = member.rater_id WHERE draft.assignment_id = %s",
        assignment,
    )
    assert owners == [{"username": RATER}]
