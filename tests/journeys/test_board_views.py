"""A reader narrows a board down, cites it and comes back: every view is an address, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

BOARD = "/boards/sample/"


def said(page: Page) -> list[str]:
    """Every line of the table as it reads, the marks of what is new left out."""
    lines: list[str] = page.evaluate(
        "[...document.querySelectorAll('table.board tr')].map((row) => row.innerText.replace(/\\s+/g, ' ').trim())"
    )
    return lines


def open_facet(page: Page, name: str) -> None:
    more = page.locator("#more > summary")
    if more.is_visible() and page.locator("#more").get_attribute("open") is None:
        more.click()
    page.locator("details.facet > summary", has_text=name).click()


def test_a_filter_is_an_address_and_a_reload_gives_the_same_table(page: Page) -> None:
    page.goto(BOARD)
    whole = said(page)
    open_facet(page, "Language")
    page.get_by_role("checkbox", name="Spanish").check()
    page.wait_for_url("**language=es**")
    expect(page.locator(".chip", has_text="Spanish")).to_be_visible()
    filtered = said(page)
    assert filtered != whole

    address = page.url
    page.goto("about:blank")
    page.goto(address)
    assert said(page) == filtered
    open_facet_is_marked = page.get_by_role("checkbox", name="Spanish", include_hidden=True)
    expect(open_facet_is_marked).to_be_checked()


def test_any_of_several_values_may_be_chosen(page: Page) -> None:
    page.goto(BOARD)
    open_facet(page, "Language")
    page.get_by_role("checkbox", name="Spanish").check()
    page.wait_for_url("**language=es**")
    expect(page.locator(".chip", has_text="Spanish")).to_be_visible()
    page.get_by_role("checkbox", name="Japanese").check()
    page.wait_for_url(re.compile("language=es&language=ja|language=ja&language=es"))
    expect(page.locator(".chip")).to_have_count(2)


def test_back_and_forward_lead_through_the_views(page: Page) -> None:
    page.goto(BOARD)
    whole = said(page)
    page.locator("#sort-system").click()
    page.wait_for_url("**sort=system**")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("System")
    by_name = said(page)
    page.go_back()
    page.wait_for_url(f"**{BOARD}")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Rank")
    page.wait_for_load_state()  # before its styles and scripts are there, texts run together and nobody hears a move
    assert said(page) == whole
    page.go_forward()
    page.wait_for_url("**sort=system**")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("System")
    page.wait_for_load_state()
    assert said(page) == by_name


def test_a_chip_takes_its_choice_back_and_the_form_follows(page: Page) -> None:
    page.goto(f"{BOARD}?language=es&sort=average")
    page.locator(".chip", has_text="Spanish").click()
    page.wait_for_url(f"**{BOARD}?sort=average")
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.get_by_role("checkbox", name="Spanish", include_hidden=True)).not_to_be_checked()


def test_a_system_is_found_by_its_name(page: Page) -> None:
    page.goto(BOARD)
    page.get_by_role("searchbox").fill("overlap")
    page.wait_for_url("**q=overlap**")
    expect(page.locator("table.board tbody th[scope=row]")).to_have_count(1)
    expect(page.locator("#found")).to_contain_text("1 of")


def test_columns_and_weights_are_chosen_and_stay_in_the_address(page: Page) -> None:
    page.goto(f"{BOARD}?language=es")
    page.locator("#chooser > summary").click()
    boxes = page.locator("#chooser input[name=columns]")
    kept = boxes.last.get_attribute("value")
    for box in boxes.all():
        box.set_checked(box.get_attribute("value") == kept)
    weight = page.locator(f"#chooser input[name='weight.{kept}']")
    weight.fill("3")
    page.get_by_role("button", name="Show these").click()
    page.wait_for_url("**columns=**")
    assert "language=es" in page.url
    assert re.search(r"weight=[^&]+%3A3", page.url)
    expect(page.locator("#sort-average")).to_have_text("Weighted average")
    fixed = page.locator(
        "thead th:is(#nothing, :has(#sort-system, #sort-rank, #sort-average, #sort-unparsed))"
    )
    expect(page.locator("table.board thead th")).to_have_count(fixed.count() + 1)


def test_two_rows_are_compared(page: Page) -> None:
    page.goto(f"{BOARD}?language=es")
    boxes = page.locator("input[name=compare]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    boxes.nth(2).check()
    expect(page.locator("input[name=compare]:checked")).to_have_count(2)
    expect(boxes.nth(0)).not_to_be_checked()
    page.get_by_role("button", name="Compare the ticked").click()
    page.wait_for_url("**/compare/?**")
    assert page.url.count("compare=run-") == 2
    assert "language=es" in page.url
    expect(page.locator("h1")).to_be_visible()


def test_the_address_to_cite_shows_the_same_table_for_good(page: Page) -> None:
    page.goto(f"{BOARD}?language=es")
    now = said(page)
    page.locator("summary", has_text="Cite").click()
    address = page.locator("#cite-address").inner_text()
    assert "as_of=" in address
    expect(page.locator("#cite-bibtex")).to_contain_text("@misc{consilium-sample")
    page.goto(address.replace(re.sub(r"(https?://[^/]+).*", r"\1", address), ""))
    expect(page.locator(".then")).to_contain_text("The board as it stood on")
    assert said(page) == now
    assert page.locator("[sse-connect]").count() == 0


def test_a_date_that_cannot_be_is_explained(page: Page) -> None:
    answered = page.request.get(f"{BOARD}?as_of=someday")
    assert answered.status == 400
    assert "2026-05-01" in answered.text()


def test_the_board_is_read_and_narrowed_by_keyboard_alone(page: Page) -> None:
    page.goto(BOARD)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # to the content
    more = page.locator("#more > summary")
    for _ in range(30):
        page.keyboard.press("Tab")
        if more.is_visible() and more.evaluate("(each) => each === document.activeElement"):
            page.keyboard.press("Enter")
        if page.evaluate("document.activeElement.matches('details.facet > summary')"):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('details.facet[open] input')")
    page.keyboard.press("Space")
    expect(page.locator(".chip")).to_have_count(1)
    assert page.evaluate("document.activeElement.matches('details.facet[open] input:checked')")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('details.facet:not([open]) > summary')")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id === 'sort-average'"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Average")
    expect(page.locator("#sort-average")).to_be_focused()


def test_nothing_is_pushed_aside_while_the_board_loads(
    page: Page, record_figure: Callable[..., None]
) -> None:
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver((list) => { for (const each of list.getEntries())"
        " if (!each.hadRecentInput) window.shift += each.value; })"
        ".observe({ type: 'layout-shift', buffered: true })"
    )
    page.goto(BOARD)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    shift = page.evaluate("window.shift")
    record_figure("layout shift while the board loads", f"{shift:.3f}", "below 0.01", shift < 0.01)
    assert shift < 0.01


@pytest.fixture
def scriptless(browser: Browser, site: Any) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False, base_url=site.address)
    yield context.new_page()
    context.close()


def test_without_javascript_the_same_table_is_one_form_away(scriptless: Page) -> None:
    scriptless.goto(BOARD)
    expect(scriptless.locator("table.board tbody th[scope=row]").first).to_be_visible()
    scriptless.locator("details.facet > summary", has_text="Language").click()
    scriptless.get_by_role("checkbox", name="Spanish").check()
    opened = scriptless.locator("details.facet[open]")  # it lies over the form's own button
    opened.get_by_role("button", name="Show", exact=True).click()
    assert "language=es" in scriptless.url
    expect(scriptless.locator(".chip", has_text="Spanish")).to_be_visible()
    scriptless.get_by_role("link", name="Average").click()
    assert "language=es" in scriptless.url
    expect(scriptless.locator("th[aria-sort=descending]")).to_contain_text("Average")
    scriptless.locator("#chooser > summary").click()
    weight = scriptless.locator("#chooser input[type=number]").first
    weight.fill("2")
    scriptless.get_by_role("button", name="Show these").click()
    expect(scriptless.locator("#sort-average")).to_have_text("Weighted average")
