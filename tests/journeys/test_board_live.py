"""A score lands while people read: their boards change in place, and nothing they were doing is disturbed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from secrets import token_hex
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running_site import wait_until

BOARD = "/boards/sample/"
SOON = 60_000  # a worker scores the file first


@pytest.fixture(scope="module")
def lab(site: Any) -> Iterator[httpx.Client]:
    with site.client("submitter") as client:
        yield client


@pytest.fixture(scope="module")
def crowd(lab: httpx.Client) -> None:
    """Systems enough that the table is taller than its window."""
    for n in range(16):
        hand_in(lab, f"Crowd {n:02}", wrong=n)
    wait_until(lambda: all(f"Crowd {n:02}<" in lab.get(BOARD).text for n in range(16)), 180)


Reader = Callable[..., Page]


@pytest.fixture
def reader(browser: Browser, site: Any) -> Iterator[Reader]:
    opened = []

    def reader(**more: Any) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 700}, base_url=site.address, **more)
        opened.append(context)
        return context.new_page()

    yield reader
    for context in opened:
        context.close()


def hand_in(lab: httpx.Client, system: str, wrong: int = 0) -> None:
    """The example of the site as a system's answers, the first `wrong` of them empty."""
    answers = [json.loads(line) for line in lab.get("/benchmarks/sample/example.jsonl").text.splitlines()]
    answers[0]["tokens_out"] = 1 + wrong
    lines = [json.dumps(each | {"output": ""} if n < wrong else each) for n, each in enumerate(answers)]
    answer = lab.post(
        "/api/v1/submissions/",
        data={"benchmark": "sample", "system": system},
        files={"file": ("answers.jsonl", "\n".join(lines).encode(), "application/jsonl")},
    )
    assert answer.status_code in (200, 201), answer.text


def row_of(page: Page, system: str) -> Any:
    return page.locator("table.board tbody tr", has=page.get_by_role("link", name=system, exact=True))


def test_a_score_reaches_two_open_boards_and_disturbs_neither(
    reader: Reader, lab: httpx.Client, crowd: None
) -> None:
    one, other = reader(), reader()
    for page in (one, other):
        page.goto(BOARD)
        expect(row_of(page, "Crowd 10")).to_be_visible()
    one.evaluate("window.untouched = document.querySelector('table.board')")
    one.locator("#scroll").evaluate("(each) => each.scrollTo(160, 300)")
    one.locator("#chooser > summary").click()
    watched = row_of(one, "Crowd 10")
    watched.get_by_role("checkbox").check()
    focused = watched.get_by_role("link").get_attribute("id")
    one.evaluate("(id) => document.getElementById(id).focus({ preventScroll: true })", focused)
    place = watched.bounding_box()
    other.evaluate("scrollTo(0, 300)")

    hand_in(lab, "Aardvark", wrong=3)
    for page in (one, other):
        expect(row_of(page, "Aardvark")).to_be_attached(timeout=SOON)
        expect(page.locator("tr.fresh", has_text="Aardvark")).to_have_count(1)
        expect(page.locator("#told")).to_contain_text("updated")
    assert one.evaluate("window.untouched === document.querySelector('table.board')")
    assert one.locator("#scroll").evaluate("(each) => each.scrollLeft") == 160
    assert one.evaluate("document.activeElement.id") == focused
    assert watched.get_by_role("checkbox").is_checked()
    now = watched.bounding_box()
    assert place and now and abs(now["y"] - place["y"]) < 2
    assert other.evaluate("scrollY") == 300


def test_only_what_changed_is_marked_and_the_mark_goes(
    reader: Reader, lab: httpx.Client, crowd: None
) -> None:
    page = reader()
    system = f"Zebra {token_hex(3)}"
    hand_in(lab, system, wrong=1)
    wait_until(lambda: f"{system}</a>" in lab.get(BOARD).text, 60)
    page.goto(f"{BOARD}?q={system}")
    expect(row_of(page, system)).to_contain_text("3 / 123")
    hand_in(lab, system, wrong=60)
    expect(row_of(page, system)).not_to_contain_text(re.compile(r"(?<!\d)3 / 123"), timeout=SOON)
    marked = page.locator("tr.fresh > th")
    expect(marked).to_have_count(1)
    assert (
        page.evaluate("getComputedStyle(document.querySelector('tr.fresh > th'), '::after').content")
        == '"updated"'
    )
    expect(page.locator("#told")).to_have_text("1 row updated")
    expect(marked).to_have_count(0, timeout=10_000)


def test_a_reader_who_marks_text_is_not_disturbed_and_then_caught_up(
    reader: Reader, lab: httpx.Client, crowd: None
) -> None:
    page = reader()
    page.goto(BOARD)
    expect(row_of(page, "Crowd 01")).to_be_visible()
    page.evaluate(
        "getSelection().selectAllChildren(document.querySelector('table.board tbody tr[data-key^=run] th'))"
    )
    hand_in(lab, "Beaver", wrong=5)
    wait_until(lambda: "Beaver<" in lab.get(BOARD).text, 60)
    page.wait_for_timeout(2500)
    assert row_of(page, "Beaver").count() == 0
    page.evaluate("getSelection().removeAllRanges()")
    expect(row_of(page, "Beaver")).to_be_attached(timeout=SOON)


def test_a_board_of_the_past_never_changes(reader: Reader, lab: httpx.Client, crowd: None) -> None:
    page = reader()
    page.goto(BOARD)
    page.locator("summary", has_text="Cite").click()
    address = page.locator("#cite-address").inner_text()
    then = reader()
    then.goto(address)
    before = then.locator("#rows").inner_html()
    hand_in(lab, "Chipmunk", wrong=7)
    expect(row_of(page, "Chipmunk")).to_be_attached(timeout=SOON)
    assert then.locator("#rows").inner_html() == before
    then.reload()
    assert then.locator("#rows").inner_html() == before
    assert row_of(then, "Chipmunk").count() == 0


def test_a_mark_does_not_move_for_those_who_asked_for_rest(
    reader: Reader, lab: httpx.Client, crowd: None
) -> None:
    page = reader(reduced_motion="reduce")
    page.goto(BOARD)
    hand_in(lab, "Dormouse", wrong=9)
    expect(row_of(page, "Dormouse")).to_be_attached(timeout=SOON)
    assert page.evaluate("document.getAnimations().length") == 0
