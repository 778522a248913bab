"""The boards held against WCAG 2.2 AA by axe, light and dark, at a desk, on a tablet and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
WIDTHS = (1440, 820, 360)
WIDEST_SPILL = 1  # pixels a page may be wider than its window
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
    context.add_init_script(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    yield context.new_page()
    context.close()


def sees_no_fault(page: Page, state: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = page.evaluate(
                "(rules) => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", RULES
            )
            faults = [
                f"{fault['id']}: {node['target']} {node['failureSummary']}"
                for fault in found["violations"]
                for node in fault["nodes"]
            ]
            assert not faults, f"{state}, {width} pixels, {scheme}: " + "\n".join(faults)
        spill = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert spill <= WIDEST_SPILL, f"{state} is {spill} pixels too wide at {width}"


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
