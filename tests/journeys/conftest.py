"""A real browser at desk and phone width."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.journeys.eye import HEIGHT, LOOKER, WIDTHS, Eye, Sight, axe_script
from tests.journeys.rater_hands import Hands
from tests.journeys.rating_screen import LAY, RATER, REMARKS, Open, chip, eventually_in, shown
from tests.journeys.signing_in import cookies_of, sign_in
from tests.journeys.site_rows import Rows, rows_of

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module only: while Playwright runs, its event loop keeps Django from the database in this process."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip(
            "no browser: install Chromium (for instance: apt-get install chromium) to run the journeys"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def is_fault(message: Any) -> bool:
    """Whether a console message is one; a refresh cut off by going away, or a form refused in place (422), is none."""
    expected = (
        message.text.startswith(("htmx:sendAbort", "htmx:afterRequest")) or "status of 422" in message.text
    )
    return message.type == "error" and not expected


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, site: Any) -> Iterator[Page]:
    """A page on which nothing may go wrong unseen: console errors and script faults fail the test."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=site.address)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
    yield page
    context.close()
    assert not faults


@pytest.fixture
def submitter(page: Page) -> Page:
    """The page of the demo submitter, signed in by keyboard."""
    sign_in(page, "submitter")
    return page


@pytest.fixture
def coordinator(page: Page) -> Page:
    """The page of the demo coordinator, signed in by keyboard."""
    sign_in(page, "coordinator")
    return page


@pytest.fixture(scope="module")
def rows(site: Any) -> Iterator[Rows]:
    with rows_of(site) as rows:
        yield rows


@pytest.fixture(scope="module")
def signed_in(browser: Browser, site: Any) -> Any:
    """The cookies of a rater, so that the tests after the first need not sign in."""
    return cookies_of(browser, site.address, RATER)


@pytest.fixture
def rater(browser: Browser, site: Any, signed_in: Any) -> Iterator[BrowserContext]:
    """The rater's browser. A fault of a script fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, base_url=site.address, storage_state=signed_in
    )
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    yield context
    context.close()
    assert not faults


@pytest.fixture
def open_screen(rater: BrowserContext, rows: Rows) -> Open:
    """A window on a live screen that nobody has opened, or on the one that is named."""

    def open_screen(study: str = LAY, assignment: str = "") -> Page:
        rows.admit(RATER, study)
        page = rater.new_page()
        wanted = assignment or rows.waiting(RATER, study)[0]
        page.goto(f"/studies/{study}/rate/?assignment={wanted}")
        expect(page.locator(".axis-current")).to_have_count(1)
        after = min(len(rows.waiting(RATER, study)), 3) if not assignment else 1
        expect(page.locator("#rating")).to_have_attribute("data-ahead", re.compile(f"[{after}-3]"))
        return page

    return open_screen


@pytest.fixture
def remark(browser: Browser, site: Any, rows: Rows) -> Iterator[tuple[Page, BrowserContext]]:
    """A window of its own session, with a comment half written."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site.address)
    page = context.new_page()
    sign_in(page, RATER)
    rows.admit(RATER, REMARKS)
    page.goto(f"/studies/{REMARKS}/rate/?assignment={rows.waiting(RATER, REMARKS)[0]}")
    hands = Hands(page)
    hands.press("2")
    hands.tab_to("textarea")
    hands.write("Half a thought")
    chip(page).to_contain_text("Draft saved")
    assignment = shown(page)  # what is said to be saved may be the key alone
    eventually_in(page, lambda: "Half a thought" in str(rows.draft(assignment)))
    yield page, context
    context.close()


@pytest.fixture(scope="module")
def sessions(browser: Browser, site: Any) -> dict[str, Any]:
    """The cookies of the people who look at pages."""
    return {name: cookies_of(browser, site.address, name) for name in (LOOKER, "coordinator")}


@pytest.fixture
def sight(browser: Browser, site: Any, sessions: dict[str, Any]) -> Iterator[Sight]:
    """`sight(person, width)`; axe gets in around the content policy, which allows no foreign script."""
    axe = axe_script()
    opened: list[Any] = []

    def sight(person: str = LOOKER, width: int = WIDTHS[0], **more: Any) -> Eye:
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
