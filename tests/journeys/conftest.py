"""A real browser at desk and phone width."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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
    """Whether a console message is one; a refresh cut off by going to another page is none."""
    cut_off = message.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
    return message.type == "error" and not cut_off


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
    page.goto("/account/login/")
    page.get_by_label("Username").or_(page.locator("input[name=login]")).first.fill("submitter")
    page.locator("input[name=password]").fill("submitter-consilium-demo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/submissions/")
    return page
