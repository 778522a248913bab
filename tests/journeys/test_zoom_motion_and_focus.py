"""Rating reflows, rests when asked to, and shows where the focus is."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.eye import CLINICIAN, MEDVAL, REPORTS, STUDIES, Sight, open_screen, turn_to
from tests.journeys.site_rows import Rows


@pytest.mark.parametrize("study", STUDIES)
def test_a_screen_reflows_at_320_pixels(sight: Sight, rows: Rows, study: str) -> None:
    eye = sight(width=320)
    open_screen(eye, rows, study)
    eye.fits(f"{study}, the case")
    turn_to(eye.page, "rate")
    eye.fits(f"{study}, the form")
    eye.page.get_by_role("button", name="Guidelines").click()
    eye.fits(f"{study}, the guidelines")


@pytest.mark.parametrize("study", [CLINICIAN, MEDVAL, REPORTS])
def test_a_screen_at_twice_its_size_hides_nothing(sight: Sight, rows: Rows, study: str) -> None:
    """A window of 1440 pixels at 200 % is one of 720 for its style sheets."""
    eye = sight(width=720, device_scale_factor=2)
    open_screen(eye, rows, study)
    eye.fits(f"{study}, the case")
    turn_to(eye.page, "rate")
    eye.fits(f"{study}, the form")
    expect(eye.page.locator("[data-submit]")).to_be_visible()


def test_nothing_moves_for_those_who_asked_for_rest(sight: Sight, rows: Rows) -> None:
    eye = sight(reduced_motion="reduce")
    hands = open_screen(eye, rows, CLINICIAN)
    hands.press("g")
    expect(eye.page.locator("#guidelines")).to_be_visible()
    longest = eye.page.evaluate(
        """Math.max(0, ...document.getAnimations().map((each) => each.effect.getComputedTiming().duration))"""
    )
    assert longest <= 1  # milliseconds
    assert eye.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_the_focus_can_be_seen_wherever_tab_leads(sight: Sight, rows: Rows) -> None:
    eye = sight()
    hands = open_screen(eye, rows, CLINICIAN)
    unseen = []
    for _ in range(60):
        hands.press("Tab")
        found = eye.page.evaluate(
            """() => {
              const at = document.activeElement;
              const outlined = (each) => getComputedStyle(each).outlineStyle !== "none" && parseFloat(getComputedStyle(each).outlineWidth) >= 2;
              const seen = [at, at.closest("label")].filter(Boolean).some(outlined) || getComputedStyle(at).boxShadow !== "none";
              return [seen || at === document.body, at.outerHTML.slice(0, 120)];
            }"""
        )
        if not found[0]:
            unseen.append(found[1])
    assert not unseen
