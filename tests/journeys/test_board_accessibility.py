"""The boards held against WCAG 2.2 AA by axe, light and dark, at a desk, on a tablet and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.eye import RULES, axe_script, axe_sees_no_fault, fits_its_window

WIDTHS = (1440, 820, 360)
STILL = "*, *::before, *::after { animation: none !important; transition: none !important }"

ADDRESSES = [
    "/",
    "/?q=nothing-of-this-name",
    "/boards/sample/",
    "/boards/sample/?language=es&sort=-average",
    "/boards/sample/?q=nobody",
]


@pytest.fixture
def page(browser: Browser, site: Any) -> Iterator[Page]:
    """axe gets in around the content policy, which allows no foreign script."""
    context = browser.new_context(bypass_csp=True, base_url=site.address)
    context.add_init_script(axe_script())
    yield context.new_page()
    context.close()


def sees_no_fault(page: Page, state: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            axe_sees_no_fault(page, RULES, f"{state}, {width} pixels, {scheme}")
        fits_its_window(page, f"{state}, {width} pixels")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_board_page_has_no_fault(page: Page, address: str) -> None:
    page.goto(address)
    page.add_style_tag(content=STILL)
    sees_no_fault(page, address)


def test_a_board_of_the_past_has_no_fault(page: Page) -> None:
    page.goto("/boards/sample/")
    page.goto(page.locator("#cite-address").text_content() or "")
    page.add_style_tag(content=STILL)
    sees_no_fault(page, "as_of")


@pytest.mark.parametrize("opened", ["Language", "Columns", "Download", "Cite"])
def test_an_opened_list_has_no_fault(page: Page, opened: str) -> None:
    page.goto("/boards/sample/?language=es")
    page.add_style_tag(content=STILL)
    page.locator("details.drop > summary", has_text=opened).click()
    sees_no_fault(page, opened)


def test_the_boards_of_studies_have_no_fault(page: Page) -> None:
    found = page.request.get("/api/v1/boards/").json()["results"]
    others = [
        board["slug"]
        for board in found
        if not board["slug"].startswith("sample_") and board["slug"] != "sample"
    ]
    assert others, "the demo publishes a study"
    for slug in others:
        page.goto(f"/boards/{slug}/")
        page.add_style_tag(content=STILL)
        sees_no_fault(page, slug)
