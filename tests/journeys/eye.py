"""A page seen by axe, in every look: light and dark, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page, expect

from raters.domain.sample_studies import sample_studies
from tests.journeys.rater_hands import Hands
from tests.journeys.site_rows import Rows

LOOKER = "rater3"  # whose pages and screens are looked at
STUDIES = [f"sample-{sample.slug}".replace("_", "-") for sample in sample_studies()]
CLINICIAN, MEDVAL, DIALOGUE = "sample-medpalm-clinician", "sample-medval", "sample-meddialogrubrics"
PAIR, REPORTS = "sample-quick-preference", "sample-reports-side-by-side"
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# what lies half under the footer can be scrolled out of it: it is no smaller for that
FOOTER_AT_ITS_PLACE = ".actions { position: static !important }"
# colours are read once they have stopped changing; what turns for ever is not waited for
SETTLED = """() => Promise.all(document.getAnimations()
  .filter((each) => each.playState === "running" && each.effect.getComputedTiming().endTime !== Infinity)
  .map((each) => each.finished.catch(() => null)))"""
CONTRAST = {"type": "rule", "values": ["color-contrast"]}  # all that darkness changes
WIDTHS = (1440, 360)
WIDEST_SPILL = 1  # pixels a page may be wider than its window
HEIGHT = 900


def axe_script() -> str:
    """For a context that bypasses the content policy, which allows no foreign script."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def axe_sees_no_fault(page: Page, rules: dict[str, Any], state: str) -> None:
    found = page.evaluate(
        "(rules) => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", rules
    )
    faults = [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]
    assert not faults, f"{state}: " + "\n".join(faults)


def fits_its_window(page: Page, state: str) -> None:
    spill = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert spill <= WIDEST_SPILL, f"{state} is {spill} pixels too wide"


class Eye:
    """A page, and what axe says of it in every look: light and dark, at a desk and on a phone."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, address: str) -> None:
        answered = self.page.goto(address)
        assert answered is not None and answered.ok, address
        self.page.add_style_tag(content=FOOTER_AT_ITS_PLACE)
        self.page.wait_for_load_state("networkidle")

    def sees_no_fault(self, state: str) -> None:
        """No violation in the state the page is in now, and nothing wider than the window."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            for tab in self._tabs():
                self._look(f"{state}, {width} pixels{tab}", RULES)
                self.page.emulate_media(color_scheme="dark")
                self._look(f"{state}, {width} pixels{tab}, dark", CONTRAST)
                self.page.emulate_media(color_scheme="light")
                self.fits(f"{state}, {width} pixels{tab}")
        self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})

    def _tabs(self) -> Iterator[str]:
        """On a narrow page the case and the form take turns; a dialog covers both."""
        switch = self.page.locator("[data-show]")
        if not switch.first.is_visible() or self.page.locator("dialog:modal, .stepped-back").count():
            yield ""
            return
        for name in ("case", "rate"):
            self.page.locator(f"[data-show={name}]").click()
            yield f", {name}"

    def _look(self, state: str, rules: dict[str, Any]) -> None:
        self.page.evaluate(SETTLED)
        axe_sees_no_fault(self.page, rules, state)

    def fits(self, state: str) -> None:
        fits_its_window(self.page, state)


Sight = Callable[..., Eye]


def screen_of(rows: Rows, study: str, kind: str = "live") -> str:
    """The first screen of the rater in a study, that of the training or a live one."""
    found = rows.all(
        "SELECT screen.id FROM raters_assignment screen"
        " JOIN raters_membership member ON member.id = screen.membership_id"
        " JOIN raters_study study ON study.id = screen.study_id"
        " JOIN accounts_user person ON person.id = member.rater_id"
        " WHERE person.username = %s AND study.slug = %s AND screen.kind = %s ORDER BY screen.place",
        LOOKER, study, kind,
    )  # fmt: skip
    return str(found[0]["id"])


def open_screen(eye: Eye, rows: Rows, study: str, kind: str = "live") -> Hands:
    rows.admit(LOOKER, study)
    assignment = screen_of(rows, study, kind)
    if kind == "live":  # as it was given out, whatever an earlier test answered
        rows.change("DELETE FROM raters_draft WHERE assignment_id = %s", assignment)
    eye.open(f"/studies/{study}/rate/?assignment={assignment}")
    expect(eye.page.locator(".axis-current")).to_have_count(1)
    return Hands(eye.page)


def turn_to(page: Page, tab: str) -> bool:
    """On a narrow page the case and the form take turns."""
    button = page.locator(f"[data-show={tab}]")
    if not button.is_visible():
        return False
    button.click()
    return True
