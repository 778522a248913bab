"""A submitter hands a file in and watches it reach the board; a reader watches the board."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, expect

WIDEST_SPILL = 1  # pixels a page may be wider than its window


def example_file(site: Any, folder: Path, note: str) -> Path:
    """The example the site offers, made unlike any other by a note in the first answer."""
    lines = httpx.get(f"{site.address}/benchmarks/sample/example.jsonl").text.splitlines()
    first = json.loads(lines[0])
    first["tokens_out"] = abs(hash(note)) % 10_000
    path = folder / "answers.jsonl"
    path.write_text("\n".join([json.dumps(first), *lines[1:]]) + "\n", encoding="utf-8")
    return path


def no_sideways_scroll(page: Page) -> bool:
    spill: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return spill <= WIDEST_SPILL


def test_a_file_is_checked_scored_and_on_an_open_board_without_a_reload(
    site: Any, submitter: Page, tmp_path: Path, request: Any
) -> None:
    system = f"Journey {request.node.callspec.id}"
    board = submitter.context.new_page()
    board.goto("/boards/sample/")
    expect(board.get_by_role("link", name="Baseline: constant")).to_be_visible()

    submitter.goto("/submit/?benchmark=sample")
    submitter.get_by_label("System").fill(system)
    submitter.locator("input[type=file]").set_input_files(example_file(site, tmp_path, system))
    submitter.get_by_role("button", name="Check and submit").click()

    submitter.wait_for_url("**/submissions/*-*/")
    expect(submitter.locator(".badge-scored").first).to_be_visible(timeout=60_000)
    expect(submitter.get_by_role("heading", name="Scores")).to_be_visible()
    expect(board.get_by_role("link", name=system)).to_be_visible(timeout=30_000)
    assert no_sideways_scroll(submitter)
    assert no_sideways_scroll(board)


def test_a_wrong_file_shows_line_id_and_remedy_and_can_be_mended(
    site: Any, submitter: Page, tmp_path: Path, request: Any
) -> None:
    right = example_file(site, tmp_path, f"mended {request.node.callspec.id}")
    wrong = tmp_path / "wrong.jsonl"
    lines = right.read_text(encoding="utf-8").splitlines()
    wrong.write_text("\n".join(["{not json", *lines[1:]]), encoding="utf-8")
    submitter.goto("/submit/")
    submitter.get_by_label("System").fill(f"Mended {request.node.callspec.id}")
    submitter.locator("input[type=file]").set_input_files(wrong)
    submitter.get_by_role("button", name="Check and submit").click()

    verdict = submitter.locator("#verdict")
    expect(verdict.get_by_text("Not accepted")).to_be_visible()
    expect(verdict.locator(".problem-line").first).to_have_text("line 1")
    assert no_sideways_scroll(submitter)

    submitter.locator("input[type=file]").set_input_files(right)  # the name that was typed is still there
    submitter.get_by_role("button", name="Check and submit").click()
    submitter.wait_for_url("**/submissions/*-*/")


def test_a_board_is_filtered_and_sorted_in_its_address(page: Page) -> None:
    page.goto("/boards/sample/")
    more = page.locator("#more > summary")
    if more.is_visible():  # on a phone the filters are folded
        more.click()
    page.locator("details.facet > summary", has_text="Language").click()
    page.get_by_role("checkbox", name="Spanish").check()
    page.wait_for_url("**language=es**")
    expect(page.locator(".chip", has_text="Spanish")).to_be_visible()
    page.locator("#sort-average").click()
    page.wait_for_url("**sort=average**")

    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_role("checkbox", name="Spanish", include_hidden=True)).to_be_checked()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Average")
    assert no_sideways_scroll(page)


def test_every_public_page_opens_without_an_account_and_fits(page: Page) -> None:
    for address in [
        "/",
        "/benchmarks/",
        "/benchmarks/sample/",
        "/benchmarks/sample/items/",
        "/queue/",
        "/boards/sample/",
    ]:
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        assert no_sideways_scroll(page), address


def test_a_token_is_shown_once_and_can_be_revoked(submitter: Page, request: Any) -> None:
    name = f"laptop {request.node.callspec.id}"
    submitter.goto("/account/")
    submitter.get_by_label("Name").fill(name)
    submitter.get_by_role("button", name="Make the token").click()
    expect(submitter.get_by_text("csl_").first).to_be_visible()
    shown = submitter.content()
    submitter.goto("/account/")
    hidden = submitter.content()
    token = shown.split("csl_")[1].split("<")[0].split('"')[0]
    assert len(token) > 30
    assert token not in hidden
