"""The operator's page in a browser: it renews itself, fits a phone, and has no fault of WCAG 2.2 AA."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.eye import HEIGHT, WIDTHS, Eye, axe_script
from tests.journeys.signing_in import cookies_of
from tests.journeys.site_rows import Rows


@pytest.fixture
def eye(browser: Browser, site: Any) -> Any:
    context = browser.new_context(
        viewport={"width": WIDTHS[0], "height": HEIGHT}, bypass_csp=True, base_url=site.address,
        storage_state=cookies_of(browser, site.address, "admin"),
    )  # fmt: skip
    context.add_init_script(axe_script())
    yield Eye(context.new_page())
    context.close()


def test_an_administrator_finds_the_page_and_sees_what_is_new_without_a_reload(eye: Eye, rows: Rows) -> None:
    eye.page.goto("/")
    eye.page.get_by_role("link", name="Operations").click()
    expect(eye.page.get_by_role("heading", level=1)).to_have_text("Operations")
    expect(eye.page.locator("#workers ~ .table-scroll .badge-scored").first).to_be_visible()
    message = f"an error of the test {uuid.uuid4().hex}"
    rows.change(
        "INSERT INTO telemetry_fault (at, process, logger, message, \"where\", request, run)"
        " VALUES (now(), 'test/1', 'tests', %s, 'evaluation:queue', 'request-1', '')",
        message,
    )  # fmt: skip
    expect(eye.page.get_by_text(message)).to_be_visible(timeout=30_000)
    eye.page.wait_for_load_state("networkidle")
    eye.sees_no_fault("operations with an error")
