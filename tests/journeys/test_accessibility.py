"""Every state of every rating screen and coordinator page, held against WCAG 2.2 AA by axe, contrast included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from raters.domain.sample_studies import sample_studies
from tests.journeys.rater_hands import Hands
from tests.journeys.site_rows import Rows, rows_of

RATER = "rater3"
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


@pytest.fixture(scope="module")
def rows(site: Any) -> Iterator[Rows]:
    with rows_of(site) as rows:
        yield rows


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
        found = self.page.evaluate(
            "(rules) => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", rules
        )
        faults = [
            f"{fault['id']}: {node['target']} {node['failureSummary']}"
            for fault in found["violations"]
            for node in fault["nodes"]
        ]
        assert not faults, f"{state}: " + "\n".join(faults)

    def fits(self, state: str) -> None:
        spill = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert spill <= WIDEST_SPILL, f"{state} is {spill} pixels too wide"


Sight = Callable[..., Eye]


@pytest.fixture(scope="module")
def sessions(browser: Browser, site: Any) -> dict[str, Any]:
    """The cookies of the people who look at pages."""
    return {name: _signed_in(browser, site.address, name) for name in (RATER, "coordinator")}


def _signed_in(browser: Browser, address: str, name: str) -> Any:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(f"{name}-consilium-demo")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda here: "/login/" not in here)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def sight(browser: Browser, site: Any, sessions: dict[str, Any]) -> Iterator[Sight]:
    """`sight(person, width)`; axe gets in around the content policy, which allows no foreign script."""
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    opened: list[Any] = []

    def sight(person: str = RATER, width: int = WIDTHS[0], **more: Any) -> Eye:
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHT}, bypass_csp=True, base_url=site.address,
            storage_state=sessions[person], **more,
        )  # fmt: skip
        context.add_init_script(axe)
        opened.append(context)
        return Eye(context.new_page())

    yield sight
    for context in opened:
        context.close()


def screen_of(rows: Rows, study: str, kind: str = "live") -> str:
    """The first screen of the rater in a study, that of the training or a live one."""
    found = rows.all(
        "SELECT screen.id FROM raters_assignment screen"
        " JOIN raters_membership member ON member.id = screen.membership_id"
        " JOIN raters_study study ON study.id = screen.study_id"
        " JOIN accounts_user person ON person.id = member.rater_id"
        " WHERE person.username = %s AND study.slug = %s AND screen.kind = %s ORDER BY screen.place",
        RATER, study, kind,
    )  # fmt: skip
    return str(found[0]["id"])


def open_screen(eye: Eye, rows: Rows, study: str, kind: str = "live") -> Hands:
    rows.admit(RATER, study)
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


# Pages around the screens ----

RATER_PAGES = [
    "/studies/", "/studies/{study}/", "/studies/{study}/mine/", "/account/", "/account/credential/",
]  # fmt: skip
COORDINATOR_PAGES = [
    "/studies/", "/studies/new/", "/studies/{study}/", "/studies/{study}/edit/", "/studies/{study}/items/",
    "/studies/{study}/edit/newest-rubric/", "/studies/{study}/items/1/", "/studies/{study}/people/", "/studies/{study}/design/",
    "/studies/{study}/dry-run/", "/studies/{study}/agreement/", "/studies/{study}/adjudication/",
    "/studies/{study}/export/", "/studies/{study}/quality/", "/studies/{study}/honorarium/",
    "/methods/agreement/", "/rubrics/", "/rubrics/medpalm-clinician/", "/rubrics/medval/", "/raters/",
]  # fmt: skip


@pytest.mark.parametrize("address", RATER_PAGES)
def test_a_page_of_the_rater_has_no_fault(sight: Sight, rows: Rows, address: str) -> None:
    eye = sight()
    eye.open(address.format(study=CLINICIAN))
    eye.sees_no_fault(address)


@pytest.mark.parametrize("address", COORDINATOR_PAGES)
def test_a_page_of_the_coordinator_has_no_fault(sight: Sight, rows: Rows, address: str) -> None:
    eye = sight("coordinator")
    eye.open(address.format(study=CLINICIAN))
    eye.sees_no_fault(address)


# Zoom, motion, focus ----


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
