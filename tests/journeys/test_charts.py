"""Charts are there when looked at and cost nothing before; without JavaScript their numbers are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

DRAWN = "[data-figure][data-drawn] .main-svg"


@pytest.fixture
def fetched(page: Page) -> list[str]:
    """Addresses the page asked for, in order."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def plotly(fetched: list[str]) -> int:
    return sum("plotly.min" in address for address in fetched)


def test_a_chart_and_its_library_are_fetched_when_it_is_opened_and_not_before(
    page: Page, fetched: list[str]
) -> None:
    page.goto("/boards/sample/")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle") if "sse" not in page.content() else page.wait_for_timeout(500)
    assert plotly(fetched) == 0 and not [address for address in fetched if "/charts/" in address]
    page.get_by_text("All systems with their intervals").click()
    expect(page.locator(DRAWN).first).to_be_visible(timeout=30_000)
    assert plotly(fetched) == 1
    assert {
        address.split("/charts/")[1].split(".")[0].strip("/") for address in fetched if "/charts/" in address
    } == {"forest"}
    page.locator(".chart-closed > summary", has_text="Systems by task").click()
    expect(page.locator(DRAWN).nth(3)).to_be_attached(timeout=30_000)
    assert plotly(fetched) == 1


def test_an_opened_chart_follows_the_filter(page: Page) -> None:
    page.goto("/boards/sample/")
    page.get_by_text("All systems with their intervals").click()
    expect(page.locator(DRAWN).first).to_be_visible(timeout=30_000)
    before = page.locator(".board-chart figcaption").inner_text()
    page.goto("/boards/sample/?language=es")
    page.get_by_text("All systems with their intervals").click()
    expect(page.locator(DRAWN).first).to_be_visible(timeout=30_000)
    assert "language=es" in (page.locator("[data-figure]").get_attribute("data-figure") or "")
    assert page.locator(".board-chart figcaption").inner_text() != before


def test_a_page_of_charts_draws_each_as_it_is_come_to(page: Page, fetched: list[str]) -> None:
    page.goto("/boards/sample/charts/")
    frames = page.locator("[data-figure]")
    expect(frames.first.locator(".main-svg").first).to_be_visible(timeout=30_000)
    last = frames.last
    assert last.get_attribute("data-drawn") is None
    height = last.bounding_box()
    last.scroll_into_view_if_needed()
    expect(last.locator(".main-svg").first).to_be_visible(timeout=30_000)
    drawn = last.bounding_box()
    assert height and drawn and abs(height["height"] - drawn["height"]) < 2, (
        "nothing moves when a chart is drawn"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not Axe().run(page).response["violations"]


def test_a_chart_is_saved_as_picture_and_as_numbers(page: Page, tmp_path: Path) -> None:
    page.goto("/boards/sample/charts/forest/")
    expect(page.locator(DRAWN).first).to_be_visible(timeout=30_000)
    for kind, name in (("SVG", "svg"), ("PNG", "png")):
        with page.expect_download() as saving:
            page.get_by_role("button", name=f"Save as {kind}").click()
        saving.value.save_as(tmp_path / f"chart.{name}")
        assert saving.value.suggested_filename == f"sample-forest.{name}"
    assert "<svg" in (tmp_path / "chart.svg").read_text(encoding="utf-8")
    with Image.open(tmp_path / "chart.png") as picture:
        assert len(picture.convert("RGB").resize((64, 64)).getcolors(4096) or ()) > 3, "something is on it"
    with page.expect_download() as saving:
        page.get_by_role("link", name="CSV").click()
    saving.value.save_as(tmp_path / "chart.csv")
    assert (tmp_path / "chart.csv").read_text(encoding="utf-8").startswith("System,Rank range")


def test_a_chart_changes_with_the_scheme_of_the_page(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/boards/sample/charts/forest/")
    expect(page.locator(DRAWN).first).to_be_visible(timeout=30_000)
    light = page.evaluate("getComputedStyle(document.querySelector('.ytick text')).fill")
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".ytick text").first).not_to_have_css("fill", light)


def test_without_javascript_a_chart_is_its_table(browser: Browser, site: Any) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=site.address)
    page = context.new_page()
    page.goto("/boards/sample/")
    page.get_by_text("All systems with their intervals").click()
    page.get_by_role("link", name="Open it on a page of its own").first.click()
    expect(page.get_by_role("rowheader", name="Baseline: word overlap")).to_be_visible()
    expect(page.get_by_text("tie band").first).to_be_visible()
    context.close()


def test_a_search_of_the_methods_narrows_while_it_is_typed(page: Page) -> None:
    page.goto("/methods/")
    page.get_by_role("searchbox").fill("wilson clusters")
    expect(page.locator("#interval-cluster-wilson")).to_be_visible()
    expect(page.locator("#metric-accuracy")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto("/methods/#metric-rougeL")
    expect(page.locator("#metric-rougeL")).to_be_in_viewport()
