"""What can come over a rating screen, dialogs and messages, has no fault of WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.eye import CLINICIAN, Sight, open_screen, turn_to
from tests.journeys.rater_hands import Hands
from tests.journeys.site_rows import Rows


def guidelines(hands: Hands) -> None:
    hands.page.get_by_role("button", name="Guidelines").click()


def keys(hands: Hands) -> None:
    hands.page.get_by_role("button", name="Keys").click()


def pause(hands: Hands) -> None:
    hands.page.get_by_role("button", name="Pause").click()


def flag(hands: Hands) -> None:
    turn_to(hands.page, "rate")
    hands.page.get_by_role("button", name="Flag").click()


def skip(hands: Hands) -> None:
    turn_to(hands.page, "rate")
    hands.page.get_by_role("button", name="Skip").click()


def cannot_judge(hands: Hands) -> None:
    turn_to(hands.page, "rate")
    hands.page.locator(".axis-current [data-judge]").click()
    hands.page.locator(".judge-panel select").select_option("ambiguous")


def break_due(hands: Hands) -> None:
    """The dialog of a break, as it stands after half an hour."""
    hands.page.evaluate("document.getElementById('dialog-break').showModal()")


def sign_in(hands: Hands) -> None:
    hands.page.route(
        "**/draft/",
        lambda route: route.fulfill(status=401, json={"code": "signed_out", "detail": "Sign in."}),
    )
    turn_to(hands.page, "rate")
    hands.press("2")
    expect(hands.page.locator("#dialog-signin")).to_be_visible()


def conflict(hands: Hands) -> None:
    other = {
        "revision": 7,
        "payload": {"mp1_consensus": "opposed"},
        "client": "",
        "saved_at": "2026-01-01T10:00:00Z",
    }
    hands.page.route(
        "**/draft/", lambda route: route.fulfill(status=409, json={"detail": "Choose.", **other})
    )
    turn_to(hands.page, "rate")
    hands.press("1")
    expect(hands.page.locator("#dialog-conflict")).to_be_visible()


def retrying(hands: Hands) -> None:
    hands.page.route("**/draft/", lambda route: route.abort())
    turn_to(hands.page, "rate")
    hands.press("1")
    expect(hands.page.locator("#save-chip")).to_contain_text("Not saved: retrying")


def closed(hands: Hands) -> None:
    hands.page.route(
        "**/draft/", lambda route: route.fulfill(status=423, json={"detail": "This study is closed."})
    )
    turn_to(hands.page, "rate")
    hands.press("1")
    expect(hands.page.locator("#save-chip")).to_contain_text("This study is closed")


def stepped_back(hands: Hands) -> None:
    second = hands.page.context.new_page()
    second.goto(hands.page.url)
    expect(hands.page.locator(".stepped-back")).to_be_visible()


STATES = [guidelines, keys, pause, flag, skip, cannot_judge, break_due, sign_in, conflict, retrying, closed, stepped_back]  # fmt: skip


@pytest.mark.parametrize("reach", STATES, ids=lambda reach: reach.__name__)
def test_a_state_of_the_frame_has_no_fault(sight: Sight, rows: Rows, reach: Callable[[Hands], None]) -> None:
    eye = sight()
    reach(open_screen(eye, rows, CLINICIAN))
    eye.sees_no_fault(reach.__name__)
