"""The rating screen in a browser: what is in view, and a rater's steps on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.rater_hands import Hands

RATER = "rater2"
LAY = "sample-medpalm-lay"  # two questions
REMARKS = "sample-equitymedqa-independent"  # one question and a comment
Open = Callable[..., Page]


def shown(page: Page) -> str:
    """The assignment of the screen in view."""
    return str(page.locator("#screen").get_attribute("data-assignment"))


def chip(page: Page) -> Any:
    return expect(page.locator("#save-chip"))


def eventually_in(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for the database while the page lives on."""
    for _ in range(200):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("not within ten seconds")


def answers_lay(page: Page, intent: str = "2", helps: str = "3") -> None:
    hands = Hands(page)
    hands.go_to("mp1_lay_intent")
    hands.press(intent)
    hands.go_to("mp1_lay_helpfulness")
    hands.press(helps)


LAY_PAYLOAD = {"mp1_lay_intent": "direct", "mp1_lay_helpfulness": "extremely"}


def in_view_after(page: Page, assignment: str) -> str:
    expect(page.locator(f"#screen:not([data-assignment='{assignment}'])")).to_be_visible()
    return shown(page)
